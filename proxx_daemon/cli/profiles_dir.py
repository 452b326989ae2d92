"""Where user profiles are read from: one rule, the same for every command."""

import argparse
import os

from proxx_daemon.profiles import user_folder
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.eligibility import eligibilities
from proxx_daemon.profiles.user_profile import Eligibility

#: the rule, for --help
RULE = (
    "User profiles come from --profiles-dir, else from the folder that PROXX_USER_PROFILES\n"
    "names, else from the examples that ship with Proxx. Only one of the three is read."
)


def add_option(parser: argparse.ArgumentParser) -> None:
    """Describe the option."""
    parser.add_argument(
        "--profiles-dir",
        metavar="DIR",
        help="folder with the user profiles (*.toml, *.json)",
    )


def read(arguments: argparse.Namespace) -> tuple[Eligibility, ...]:
    """Judge every user profile of the folder that the rule names; raises FatalError."""
    folder = arguments.profiles_dir
    if folder is None:
        folder = os.environ.get("PROXX_USER_PROFILES") or user_folder.shipped_folder()
    return eligibilities(user_folder.load(folder), profiles())
