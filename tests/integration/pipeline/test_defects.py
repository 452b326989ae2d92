"""What is nobody's fault but ours fails the job, and only the job."""

import time
from datetime import UTC, datetime

import pytest

from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.pipeline.foreground import ForegroundJob
from proxx_daemon.pipeline.job_run import Submission
from proxx_daemon.pipeline.lifecycle import IllegalTransitionError, JobLifecycle
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.profiles.catalogue import profiles


def _refuse() -> bytes:
    raise ZeroDivisionError("nobody foresaw this")


def test_a_defect_becomes_a_failure_with_its_own_code() -> None:
    pipeline = Pipeline(
        profiles=profiles(),
        engines=FfmpegSelection(None, {}),
        resolve=LocalResolve(environment={}),
        probe_seconds=1,
    )
    submission = Submission(
        attempt_id="a",
        read=_refuse,
        claimed_at=datetime.now(UTC),
        claimed_monotonic=time.monotonic(),
    )
    job = ForegroundJob(pipeline=pipeline, executors=(), listener=lambda _: None)
    outcome = job.run(submission)
    assert outcome.status is FinalStatus.FAILED
    assert outcome.failure is not None
    assert outcome.failure.code is Code.INTERNAL_ERROR
    assert "nobody foresaw this" in outcome.failure.message


def _entered(state: JobState) -> StateEntered:
    return StateEntered(state=state, at=datetime.now(UTC))


def test_a_state_is_written_before_it_is_entered() -> None:
    seen: list[tuple[str, JobState]] = []
    lifecycle = JobLifecycle(lambda entered: seen.append((lifecycle.state, entered.state)))
    lifecycle.enter(_entered(JobState.CLAIMED))
    assert seen == [("PENDING", JobState.CLAIMED)]
    assert lifecycle.state == "CLAIMED"


def test_a_journal_that_fails_leaves_the_state_where_it_was() -> None:
    def full(_: StateEntered) -> None:
        raise OSError(28, "No space left on device")

    lifecycle = JobLifecycle(full)
    with pytest.raises(OSError, match="No space left"):
        lifecycle.enter(_entered(JobState.CLAIMED))
    assert lifecycle.state == "PENDING"
    assert lifecycle.history == ()


def test_an_edge_that_the_table_does_not_have_is_refused() -> None:
    lifecycle = JobLifecycle(lambda _: None)
    with pytest.raises(IllegalTransitionError):
        lifecycle.enter(_entered(JobState.EXECUTING))
    assert lifecycle.state == "PENDING"
