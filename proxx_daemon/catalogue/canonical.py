"""Loads the ten canonical profiles, once, into frozen values behind a read-only mapping."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from proxx_daemon.model.profile import CanonicalProfile
from proxx_daemon.rules import profile_document


def _folder() -> Traversable | Path:
    """Where the files are: inside an installed wheel, or at the top of a checkout."""
    packaged = files("proxx_daemon.catalogue") / "data" / "canonical"
    if packaged.is_dir():
        return packaged
    return Path(__file__).parents[2] / "profiles" / "canonical"


@cache
def profiles() -> Mapping[str, CanonicalProfile]:
    """Give every canonical profile by name, FFmpeg's first, in alphabetical order.

    Raises ValueError when a file is not a profile: Proxx does not start with a broken one.
    """
    return load(_folder())


def load(folder: Traversable | Path) -> Mapping[str, CanonicalProfile]:
    """Read every profile of a folder, in the order of `profiles`.

    Raises ValueError, which names the file, when one is not a profile.
    """
    loaded = [_read(entry) for entry in folder.iterdir() if entry.name.endswith(".toml")]
    loaded.sort(key=lambda profile: (profile.engine, profile.name))
    return MappingProxyType({profile.name: profile for profile in loaded})


def _read(entry: Traversable | Path) -> CanonicalProfile:
    try:
        document = tomllib.loads(entry.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{entry.name} is not TOML: {error}") from error
    return profile_document.read(document, file_name=entry.name)
