"""`proxx schema NAME`: the JSON Schemas of the documents that Proxx reads and writes."""

import argparse

from proxx_daemon.cli import output
from proxx_daemon.operators.schemas import NAMES, schemas, to_text
from proxx_daemon.profiles.catalogue import profiles

_EXAMPLE = """example:
  proxx schema jobspec > jobspec.schema.json

These are JSON Schemas, version 2020-12. They say what Proxx checks. A rule that a schema cannot
express is in its $comment.

exit codes: 0
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "schema", help="print the JSON Schema of one kind of document", epilog=_EXAMPLE
    )
    parser.add_argument("document", choices=NAMES, help="the kind of document")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema; return the exit code."""
    output.answer_bytes(to_text(schemas(profiles())[arguments.document]).encode())
    return 0
