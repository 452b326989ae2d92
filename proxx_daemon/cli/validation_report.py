"""What `proxx validate` says to people."""

from collections.abc import Iterator

from proxx_daemon.failures.errors import Failure
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.plan.plan import ClipPlan, JobPlan, PlannedClip


def valid(job: str, plan: JobPlan) -> Iterator[str]:
    """Tell what a valid job would make."""
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
    return f"{count}measured by Resolve when it has imported the clip"


def invalid(job: str, reason: Failure) -> Iterator[str]:
    """Tell every problem of a job, with what to do."""
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
