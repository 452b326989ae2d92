"""The bounded pool: worker threads that each take one job through the pipeline."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import BinaryIO

from attrs import define, field, frozen

from proxx_daemon.daemon.messages import (
    JobDone,
    JobNamed,
    JobReport,
    Message,
    ResolveNeeded,
    WorkerBroke,
)
from proxx_daemon.daemon.resolve_lane import ResolveLane
from proxx_daemon.documents import strict_json
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, JobFailed, failure
from proxx_daemon.job.progress import JobEvent
from proxx_daemon.pipeline.lifecycle import JobLifecycle
from proxx_daemon.pipeline.pipeline import Pipeline, Submission, WaitingForResolve, new_attempt_id
from proxx_daemon.plan.resolve_clips import PlannedClip
from proxx_daemon.result.result import ClipResult, JobOutcome
from proxx_daemon.spool import candidates, spec_file
from proxx_daemon.spool.faults import spool_failure
from proxx_daemon.spool.folders import Claim, WatchFolder
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.system.child import CancelToken


@define(kw_only=True)
class RunningJob:
    """A claimed job and everything that belongs to it until it is filed."""

    #: the claimed spec
    claim: Claim
    #: the notes about this attempt
    journal: AttemptJournal
    #: where the job stands; used by the supervisor alone
    lifecycle: JobLifecycle
    #: which place of the pool it has, from 1; None once it is in the lane of Resolve
    slot: int | None
    #: what is left of it while it waits for Resolve
    rest: WaitingForResolve | None = None
    #: asks the worker to stop
    cancel: CancelToken = field(factory=CancelToken)
    #: why it must not go on, whatever its worker says; None while it may
    doomed: Failure | None = None
    #: why an operator ended it; None where nobody did
    cancelled: Failure | None = None
    #: the id that its spec gives it; None until that was read, and where it gives none
    job_id: str | None = None
    #: when it was claimed
    claimed_at: datetime = field(factory=lambda: datetime.now(UTC))
    #: the same moment on the monotonic clock
    claimed_monotonic: float = field(factory=time.monotonic)

    @property
    def attempt_id(self) -> str:
        """The attempt's unique id."""
        return self.journal.attempt_id

    @property
    def worker(self) -> str:
        """Who runs it."""
        return "resolve" if self.slot is None else f"worker-{self.slot}"

    def is_called(self, name: str | None) -> bool:
        """Whether an operator can mean this job: its file's name, its own id or the attempt's."""
        stem = self.claim.name.removesuffix(candidates.SUFFIX)
        return name in (self.claim.name, stem, self.attempt_id) or (
            name is not None and name == self.job_id
        )

    def close(self) -> None:
        """Give back what the job held, after it was filed."""
        self.cancel.close()
        if self.claim.descriptor is not None:
            os.close(self.claim.descriptor)


@frozen
class _SpoolContext:
    """The context of a job in a watch folder: notes go to its journal, reports to the inbox."""

    job: RunningJob
    post: Callable[[Message], None]

    @property
    def cancel(self) -> CancelToken:
        return self.job.cancel

    @property
    def keep_descriptors(self) -> Sequence[int]:
        return (self.job.journal.lock_descriptor,)

    @property
    def log(self) -> BinaryIO | None:
        return self.job.journal.log

    def report(self, event: JobEvent) -> None:
        self.post(JobReport(self.job.attempt_id, event))

    def begin(self, jobspec_sha256: str | None) -> None:
        claim = self.job.claim
        self._noted(lambda: self.job.journal.begin(claim.name, claim.file_id, jobspec_sha256))

    def planned(self, clips: Sequence[PlannedClip]) -> None:
        self._noted(lambda: self.job.journal.planned(clips))

    def publishing(self, clip: ClipResult) -> None:
        self._noted(lambda: self.job.journal.publishing(clip))

    def _noted(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise JobFailed(spool_failure(error)) from error


def new_job(folder: WatchFolder, claim: Claim, slot: int) -> RunningJob:
    """Give a claimed spec what belongs to a job; nothing is written yet.

    Raises FatalError where this process may open no more files: the spec stays in running/.
    """
    journal = AttemptJournal(folder, new_attempt_id())
    try:
        return RunningJob(
            claim=claim, journal=journal, lifecycle=JobLifecycle(journal.state), slot=slot
        )
    except OSError as error:
        raise FatalError(
            f"{claim.name} cannot be started: {os.strerror(error.errno or 0)}. The spec stays in "
            "running/ and is recovered at the next start."
        ) from error


class Pool:
    """Runs at most `size` jobs at a time."""

    def __init__(self, size: int, pipeline: Pipeline, post: Callable[[Message], None]) -> None:
        self._pipeline = pipeline
        self._post = post
        self._free = list(range(size, 0, -1))
        self._threads = ThreadPoolExecutor(max_workers=size, thread_name_prefix="worker")
        self._lane = ResolveLane[RunningJob, JobOutcome](
            lambda job, done: self._post(_outcome(job, done))
        )

    @property
    def has_room(self) -> bool:
        """Whether another job may be claimed; nobody knows before whether it needs Resolve."""
        return bool(self._free) and self._lane.has_room

    def take_slot(self) -> int:
        """Reserve a place; give it back with `release`."""
        return self._free.pop()

    def release(self, job: RunningJob) -> None:
        """Give a job's place back when it is filed."""
        if job.slot is not None:
            self._free.append(job.slot)
            self._free.sort(reverse=True)
        elif job.rest is None:
            self._lane.release()

    def hand_over(self, job: RunningJob, rest: WaitingForResolve) -> int:
        """Take a job from its worker to the lane of Resolve; gives how many wait there."""
        self.release(job)
        job.slot = None
        job.rest = rest
        self._lane.add(job, lambda: self._resume(job, rest))
        return len(self._lane)

    def withdraw(self, job: RunningJob) -> WaitingForResolve | None:
        """Take one job out of the lane of Resolve; None when it does not wait there."""
        return job.rest if self._lane.remove(job) else None

    def leave_lane(self) -> tuple[tuple[RunningJob, WaitingForResolve], ...]:
        """Give the jobs that wait for Resolve and forget them."""
        return tuple((job, job.rest) for job in self._lane.empty() if job.rest is not None)

    def submit(self, job: RunningJob) -> None:
        """Start a job; its outcome comes as a message."""
        future = self._threads.submit(self._work, job)
        future.add_done_callback(lambda done: self._post(_outcome(job, done)))

    def close(self) -> None:
        """End the threads; jobs have ended before."""
        self._lane.close()
        self._threads.shutdown(wait=True)

    def _resume(self, job: RunningJob, rest: WaitingForResolve) -> JobOutcome:
        job.rest = None
        return rest.resume()

    def _work(self, job: RunningJob) -> JobOutcome | WaitingForResolve:
        submission = Submission(
            attempt_id=job.attempt_id,
            read=lambda: self._read(job),
            claimed_at=job.claimed_at,
            claimed_monotonic=job.claimed_monotonic,
        )
        return self._pipeline.begin(submission, _SpoolContext(job, self._post))

    def _read(self, job: RunningJob) -> bytes:
        content = _read(job.claim)
        with suppress(strict_json.Refused):
            document = strict_json.read_document(content)
            job_id = document.get("job_id") if isinstance(document, dict) else None
            if isinstance(job_id, str):
                self._post(JobNamed(job.attempt_id, strict_json.printable(job_id)))
        return content


def _outcome(
    job: RunningJob, done: Future[JobOutcome] | Future[JobOutcome | WaitingForResolve]
) -> Message:
    error = done.exception()
    if error is not None:
        return WorkerBroke(job.attempt_id, error)
    outcome = done.result()
    if isinstance(outcome, WaitingForResolve):
        return ResolveNeeded(job.attempt_id, outcome)
    return JobDone(job.attempt_id, outcome)


def _read(claim: Claim) -> bytes:
    if claim.problem is not None or claim.descriptor is None:
        raise JobFailed(
            claim.problem or failure(Code.SPEC_UNREADABLE, "The spec could not be opened.")
        )
    return spec_file.read(claim.descriptor)
