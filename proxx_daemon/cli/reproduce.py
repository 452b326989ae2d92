"""`proxx reproduce RESULT.json`: encodes again in a scratch folder and compares the bytes."""

import argparse
import sys

from proxx_daemon.cli import build, interrupts, proof, settings
from proxx_daemon.pipeline.reproducing import ReproduceRequest, Reproduction
from proxx_daemon.result.proof import Proof, RecordedClip

_EXAMPLE = f"""Encodes every completed clip of the job a second time and compares it byte for byte.
Source, canonical profile and FFmpeg must be the recorded ones. Sources and proxies are only read;
the second encode is removed, unless it differs: then it is kept and named.

example:
  proxx reproduce --scratch /scratch /srv/proxies/completed/job.result.json

{proof.CODES}
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "reproduce",
        help="encode again and compare byte for byte",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    proof.add_options(parser)
    parser.add_argument(
        "--scratch", metavar="DIR", help="existing folder to encode in; else the system's (TMPDIR)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reproduce it or say why not; returns the exit code."""
    job = proof.read(arguments.result)
    if not isinstance(job, Proof):
        request = ReproduceRequest(job=job, scratch=arguments.scratch, folder=arguments.folder)
        job = Reproduction(
            pipeline=build.pipeline(settings.read()),
            request=request,
            cancel=interrupts.cancelled_by_signals(),
            begin=_begin,
            report=(lambda _: None) if arguments.json else proof.say,
        ).run()
    return proof.conclude(job, as_json=arguments.json)


def _begin(clip: RecordedClip) -> None:
    print(f"encoding again: {clip.source_path}", file=sys.stderr, flush=True)  # noqa: T201
