"""`proxx schema NAME`: the JSON Schemas of the documents that Proxx reads and writes."""

import argparse
import sys

from proxx_daemon.operators.schemas import NAMES, schemas, to_text
from proxx_daemon.profiles.catalogue import profiles

_EXAMPLE = """example:
  proxx schema jobspec > jobspec.schema.json

The schemas are of JSON Schema 2020-12. They agree with what Proxx checks; what a schema cannot
say stands in its $comment.

exit codes: 0
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of a JobSpec, a result or a user profile",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("document", choices=NAMES, help="the document that it describes")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema; returns the exit code."""
    sys.stdout.write(to_text(schemas(profiles())[arguments.document]))
    return 0
