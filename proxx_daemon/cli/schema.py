"""`proxx schema NAME`: the JSON Schemas of the documents that Proxx reads and writes."""

import argparse
import json
from collections.abc import Mapping
from typing import Final

from proxx_daemon.cli import output
from proxx_daemon.documents.fields import Schema
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.schemas import jobspec_schema, user_profile_schema
from proxx_daemon.result.schema import result_schema

#: the documents that have a schema
NAMES: Final = ("jobspec", "result", "user-profile")

_EXAMPLE = """example:
  proxx schema jobspec > jobspec.schema.json

These are JSON Schemas, version 2020-12. They say what Proxx checks. A rule that a schema cannot
express is in its $comment.

exit codes: 0
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("document", choices=NAMES, help="the kind of document")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema; return the exit code."""
    output.answer_bytes(to_text(schemas(profiles())[arguments.document]).encode())
    return 0


def schemas(canonical: Mapping[str, CanonicalProfile]) -> Mapping[str, Schema]:
    """Return every schema by the name of its document."""
    every = (jobspec_schema(canonical), result_schema(), user_profile_schema(canonical))
    return dict(zip(NAMES, every, strict=True))


def to_text(schema: Schema) -> str:
    """Return a schema as JSON for people and programs: ASCII, indented, newline at the end."""
    return json.dumps(schema, indent=2) + "\n"
