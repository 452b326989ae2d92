"""`proxx verify RESULT.json`: checks that the proxies are still as their result says."""

import argparse

from proxx_daemon.cli import proof, settings
from proxx_daemon.result import proving
from proxx_daemon.result.proof import Proof

_EXAMPLE = f"""Reads every proxy of the job once, and compares its size and SHA-256 with the
result. Writes nothing.

example:
  proxx verify /srv/proxies/completed/job.result.json

{proof.CODES}
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    proof.add_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare the proxies and print the verdict; return the exit code."""
    job = proof.read(arguments.result)
    if not isinstance(job, Proof):
        silent = arguments.json
        job = proving.verify(
            job,
            folder=arguments.folder,
            report=(lambda _: None) if silent else proof.show,
            step_seconds=settings.read().stall_seconds,
        )
    return proof.conclude(job, as_json=arguments.json)
