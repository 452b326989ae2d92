"""`proxx reproduce RESULT.json`: encodes the clips again and compares the bytes."""

import argparse

from proxx_daemon.cli import build, output, proof, settings, signals
from proxx_daemon.cli.executors import local_executors
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.pipeline.reproducing import Reproduction
from proxx_daemon.result.proof import Proof, RecordedClip

_EXAMPLE = f"""Encodes every completed clip of the job a second time and compares the bytes. Source,
canonical profile and FFmpeg must be those of the result. Sources and proxies are only read. The
second encode is removed if it is identical; if it differs, it is kept and its path printed.

example:
  proxx reproduce --scratch /scratch /srv/proxies/completed/job.result.json

{proof.CODES}
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    proof.add_options(parser)
    parser.add_argument(
        "--scratch", metavar="DIR", help="existing folder to encode in (default: TMPDIR)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Reproduce it or print why not; return the exit code."""
    job = proof.read(arguments.result)
    if not isinstance(job, Proof):
        common = settings.read()
        pipeline = build.pipeline(common)
        with local_executors(common, pipeline.resolve, workers=1) as executors:
            reproduction = Reproduction(
                pipeline=pipeline,
                executors=executors,
                job=job,
                scratch=arguments.scratch,
                folder=arguments.folder,
                begin=_begin,
                report=(lambda _: None) if arguments.json else proof.show,
                step_seconds=common.stall_seconds,
                flush_seconds=common.engine_seconds,
            )
            signals.on_stop(reproduction.stop)
            job = reproduction.run()
        if reproduction.stopped:
            raise KeyboardInterrupt
    return proof.conclude(job, as_json=arguments.json)


def _begin(clip: RecordedClip) -> None:
    output.tell(f"encoding again: {escaped(clip.source_path)}")
