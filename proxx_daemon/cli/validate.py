"""`proxx validate JOB.json`: every check that needs no encoding; writes nothing."""

import argparse
import uuid
from collections.abc import Iterator

from proxx_daemon.cli import build, named, output, settings
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import Failure, JobFailed
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.plan.plan import ClipPlan, JobPlan, PlannedClip
from proxx_daemon.system.cancel import CancelToken

_EXAMPLE = """example:
  proxx validate job.json
  proxx validate job.json --json

It checks the JobSpec, its sources, its outputs and the engine. It writes nothing.

exit codes: 0 valid, 1 invalid, 4 system error (no such file, no permission)
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("job", metavar="JOB.json", help="the JobSpec")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Check the spec and print what was found; return the exit code."""
    chosen = settings.read()
    reason = None
    try:
        plan = build.pipeline(chosen, recorded=False).validate(
            named.spec(arguments.job),
            uuid.uuid4().hex,
            step_seconds=chosen.stall_seconds,
            cancel=CancelToken(),
        )
        lines = _valid(escaped(arguments.job), plan)
    except JobFailed as error:
        reason = error.failure
        lines = _invalid(escaped(arguments.job), reason)
    if arguments.json:
        failure = None if reason is None else failure_document(reason)
        output.answer_json({"valid": reason is None, "failure": failure})
    else:
        output.answer(*lines)
    return 0 if reason is None else 1


def _valid(job: str, plan: JobPlan) -> Iterator[str]:
    yield f"{job}: valid. {len(plan.clips)} clip(s) with profile {plan.profile.name}."
    for clip in plan.clips:
        yield f"  {clip.source.path}\n    -> {clip.output_path}  {_expected(clip)}"


def _expected(clip: PlannedClip) -> str:
    if isinstance(clip, ClipPlan):
        wanted = clip.expectation
        rate = "variable" if wanted.rate is None else frame_rate.text(wanted.rate)
        return f"{wanted.width}x{wanted.height}, {wanted.frame_count} frames at {rate} fps"
    frames = clip.source.frames
    count = "" if frames is None else f"{frames.count} frames, "
    return f"{count}Resolve measures the clip when it has imported it"


def _invalid(job: str, reason: Failure) -> Iterator[str]:
    count = max(1, len(reason.errors))
    yield f"{job}: not valid, {count} problem(s). {reason.code}"
    if not reason.errors:
        yield f"  {reason.message}\n    do: {reason.action}"
    for problem in reason.errors:
        place = f"{problem.path}: " if problem.path else ""
        message = problem.message.removeprefix(place)
        yield f"  {place}{message}  [{problem.code}]"
        yield from output.found_and_allowed(problem)
        yield f"    do:      {problem.advice()}"
