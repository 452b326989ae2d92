"""What a job's end counts as, beside what its worker says of it."""

from datetime import UTC, datetime

from attrs import evolve

from proxx_daemon.daemon.pool import RunningJob
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError
from proxx_daemon.result.result import ClipResult, JobOutcome


def as_decided(job: RunningJob, outcome: JobOutcome) -> JobOutcome:
    """Give the outcome with the failure that the supervisor, not the worker, knows of.

    A job whose journal failed has that failure, whatever ended it. One that an operator
    cancelled is CANCELLED where the cancel is what ended it: one that had failed by itself
    keeps its own reason, and one that completed has completed.
    """
    if outcome.failure is None:
        return outcome
    if job.doomed is not None:
        return evolve(outcome, failure=job.doomed)
    if job.cancelled is None or outcome.failure.code is not Code.INTERRUPTED:
        return outcome
    clips = tuple(_cancelled(clip, job.cancelled) for clip in outcome.clips)
    return evolve(outcome, failure=job.cancelled, clips=clips)


def _cancelled(clip: ClipResult, reason: Failure) -> ClipResult:
    ended = clip.failure is not None and clip.failure.code is Code.INTERRUPTED
    return evolve(clip, failure=reason) if ended else clip


def unstarted(job: RunningJob, reason: Failure) -> JobOutcome:
    """Give the outcome of a job whose journal could not be opened."""
    return JobOutcome(
        job_id=job.attempt_id,
        jobspec=None,
        jobspec_sha256=None,
        clips=(),
        failure=reason,
        profile_name=None,
        profile_fingerprint=None,
        resolve_preset=None,
        engine_used=None,
        engine=None,
        started_at=job.claimed_at,
        completed_at=datetime.now(UTC),
        duration_seconds=0.0,
    )


def unrecorded(jobs: int, reason: str | None) -> FatalError:
    """Give the error of a daemon that must end before it could record some finished jobs."""
    return FatalError(
        f"{jobs} finished job(s) could not be recorded: {reason}. Mend that and start Proxx again; "
        "they will be listed as interrupted with the clips that completed."
    )
