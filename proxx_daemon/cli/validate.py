"""`proxx validate JOB.json`: every check that needs no encoding; writes nothing."""

import argparse
import json
import uuid
from collections.abc import Iterator

from proxx_daemon.cli import settings, spec_argument
from proxx_daemon.daemon.validation import validate
from proxx_daemon.model.failures import Failure, JobFailed
from proxx_daemon.model.plan import JobPlan, PlannedClip, ResolveClip, ResolvePlan
from proxx_daemon.rules import frame_rate
from proxx_daemon.rules.result_document import failure_document

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
    chosen = settings.read()
    plan: JobPlan | ResolvePlan | None = None
    reason: Failure | None = None
    try:
        content = spec_argument.read(arguments.job)
        plan = validate(settings.preparation(chosen), content, uuid.uuid4().hex)
    except JobFailed as error:
        reason = error.failure
    if arguments.json:
        failure = None if reason is None else failure_document(reason)
        print(json.dumps({"valid": reason is None, "failure": failure}, indent=2))  # noqa: T201
    else:
        lines = _valid(arguments.job, plan) if plan else _invalid(arguments.job, reason)
        print("\n".join(lines))  # noqa: T201
    return 0 if reason is None else 1


def _valid(job: str, plan: JobPlan | ResolvePlan) -> Iterator[str]:
    yield f"{job}: valid. {len(plan.clips)} clip(s) with profile {plan.profile.name}."
    for clip in plan.clips:
        yield f"  {clip.source.path}\n    -> {clip.output_path}  {_expected(clip)}"


def _expected(clip: PlannedClip) -> str:
    if isinstance(clip, ResolveClip):
        frames = clip.source.frames
        count = "" if frames is None else f"{frames.count} frames, "
        return f"{count}measured by Resolve when it has imported the clip"
    wanted = clip.expectation
    rate = "variable" if wanted.rate is None else frame_rate.text(wanted.rate)
    return f"{wanted.width}x{wanted.height}, {wanted.frame_count} frames at {rate} fps"


def _invalid(job: str, reason: Failure | None) -> Iterator[str]:
    if reason is None:
        return
    count = max(1, len(reason.errors))
    yield f"{job}: not valid, {count} problem(s). {reason.code}"
    if not reason.errors:
        yield f"  {reason.message}\n    do: {reason.action}"
    for problem in reason.errors:
        place = f"{problem.path}: " if problem.path else ""
        message = problem.message.removeprefix(place)
        yield f"  {place}{message}  [{problem.code}]"
        if problem.found is not None:
            yield f"    found:   {problem.found}"
        if problem.allowed is not None:
            yield f"    allowed: {problem.allowed}"
        yield f"    do:      {problem.advice()}"
