"""`proxx validate JOB.json`: every check that needs no encoding; writes nothing."""

import argparse
import json
import uuid

from proxx_daemon.cli import build, settings, spec_argument
from proxx_daemon.cli.lean import lean_imports
from proxx_daemon.failures.errors import JobFailed

_EXAMPLE = """example:
  proxx validate job.json

exit codes: 0 valid, 1 invalid, 4 system error (no such file, no permission)
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "validate",
        help="check a JobSpec, its sources and its outputs without encoding",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("job", metavar="JOB.json", help="the JobSpec")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check the spec and say what was found; returns the exit code."""
    checks = build.preparation(settings.read())
    # Imported while the engine answers.
    with lean_imports():
        from proxx_daemon.cli import validation_report  # noqa: PLC0415
        from proxx_daemon.failures.document import failure_document  # noqa: PLC0415
        from proxx_daemon.pipeline.validation import validate  # noqa: PLC0415

    reason = None
    try:
        plan = validate(checks, spec_argument.read(arguments.job), uuid.uuid4().hex)
        lines = validation_report.valid(arguments.job, plan)
    except JobFailed as error:
        reason = error.failure
        lines = validation_report.invalid(arguments.job, reason)
    if arguments.json:
        failure = None if reason is None else failure_document(reason)
        print(json.dumps({"valid": reason is None, "failure": failure}, indent=2))  # noqa: T201
    else:
        print("\n".join(lines))  # noqa: T201
    return 0 if reason is None else 1
