"""The bounded pool: claimed jobs are checked here and carried out by an executor."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TypedDict

import structlog
from attrs import define, field, frozen

from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.messages import (
    JobDone,
    JobNamed,
    JobPlanned,
    JobReport,
    Message,
    WorkerBroke,
)
from proxx_daemon.documents import strict_json
from proxx_daemon.executors.executor import Ended, ExecutionEvent, Executor
from proxx_daemon.executors.threads import Threads
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, JobFailed, failure
from proxx_daemon.job.progress import JobEvent
from proxx_daemon.pipeline import paths
from proxx_daemon.pipeline.context import JobContext
from proxx_daemon.pipeline.job_run import JobRun, Submission, new_attempt_id
from proxx_daemon.pipeline.lifecycle import JobLifecycle
from proxx_daemon.pipeline.pipeline import Pipeline, executor_for
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.result.result import ClipResult
from proxx_daemon.spool import candidates, spec_file
from proxx_daemon.spool.folders import Claim, WatchFolder, spool_failure
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.system import storage
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.storage import Patience

_LOG = structlog.get_logger()


class JobNames(TypedDict):
    """What a job is called in events and in the log."""

    #: file name of the spec
    spec: str
    #: unique for this claim of the spec
    attempt_id: str


@define(kw_only=True)
class RunningJob:
    """A claimed job and everything that belongs to it until it is filed."""

    #: the claimed spec
    claim: Claim
    #: the notes about this attempt
    journal: AttemptJournal
    #: the state of the job; used by the supervisor alone
    lifecycle: JobLifecycle
    #: who has it: `worker-N` or the name of an executor that queues
    worker: str
    #: the executor that it was given to; None while it is checked
    executor: Executor | None = None
    #: what is known of the attempt
    run: JobRun = field(init=False)
    #: decides when its thread does not come back
    patience: Patience = field(init=False)
    #: asks the checks to stop
    stop_checks: CancelToken = field(factory=CancelToken)
    #: why it must end as failed, even if its worker reports success; None while it may go on
    doomed: Failure | None = None
    #: why an operator ended it; None if nobody did
    cancelled: Failure | None = None
    #: the id that its spec gives it; None until that is read, and if there is none
    job_id: str | None = None
    #: its outputs, as `paths.output_keys` names them; empty until it is planned
    outputs: frozenset[tuple[object, ...]] = frozenset()
    #: when it was claimed
    claimed_at: datetime = field(factory=lambda: datetime.now(UTC))

    @property
    def attempt_id(self) -> str:
        """The attempt's unique id."""
        return self.journal.attempt_id

    def end(self) -> None:
        """End the job as soon as possible: its checks or its execution."""
        if self.patience.ended_at is None:
            self.patience.ended_at = time.monotonic()
        self.stop_checks.cancel()
        if self.executor is not None:
            self.executor.cancel(self.attempt_id)

    @property
    def names(self) -> JobNames:
        """The fields that every event and log line about this job has."""
        return {"spec": self.claim.name, "attempt_id": self.attempt_id}

    def is_called(self, name: str | None) -> bool:
        """Whether an operator can mean this job: its file's name, its own id or the attempt's."""
        stem = self.claim.name.removesuffix(candidates.SUFFIX)
        return name is not None and name in (self.claim.name, stem, self.attempt_id, self.job_id)

    def remove_notes(self) -> None:
        """Close and remove the journal of a job that is filed or returned."""
        self.journal.close()
        try:
            self.journal.remove()
        except OSError as error:
            # The job is over; the next start removes what is left of its notes.
            _LOG.warning("notes_kept", attempt_id=self.attempt_id, reason=str(error))

    def close(self) -> None:
        """Release what the job held, after it was filed or returned."""
        self.stop_checks.close()
        if self.claim.descriptor is not None:
            os.close(self.claim.descriptor)


@frozen
class _SpoolContext(JobContext):
    """The context of a job in a watch folder: notes go to its journal, reports to the inbox."""

    job: RunningJob
    post: Callable[[Message], None]

    @property
    def cancel(self) -> CancelToken:
        return self.job.stop_checks

    @property
    def keep_descriptors(self) -> Sequence[int]:
        return (self.job.journal.lock_descriptor,)

    def log(self, lines: Sequence[bytes]) -> None:
        # If the volume is full, the log is incomplete; the job goes on.
        with suppress(OSError):
            self.job.journal.log(lines)

    def report(self, event: JobEvent) -> None:
        self.post(JobReport(self.job.attempt_id, event))

    def started(self, jobspec_sha256: str | None) -> None:
        claim = self.job.claim
        self._noted(lambda: self.job.journal.started(claim.name, claim.file_id, jobspec_sha256))

    def planned(self, plan: JobPlan) -> None:
        self._noted(lambda: self.job.journal.planned(plan.clips))

    def begun(self) -> None:
        self._noted(self.job.journal.begun)

    def publishing(self, clip: ClipResult) -> None:
        self._noted(lambda: self.job.journal.publishing(clip))

    def _noted(self, write: Callable[[], None]) -> None:
        try:
            write()
        except OSError as error:
            raise JobFailed(spool_failure(error)) from error


class Pool:
    """Checks at most `max_workers` jobs at a time and hands each to the executor of its plan.

    Used by the supervisor's thread, except where threads of checks and executors report.
    """

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        executors: Sequence[Executor],
        post: Callable[[Message], None],
    ) -> None:
        """`post` puts a message into the supervisor's inbox, from any thread."""
        size = settings.max_workers
        self._settings = settings
        self._pipeline = pipeline
        self._executors = executors
        self._post = post
        self._jobs: dict[str, RunningJob] = {}
        #: names of the workers that have no job
        self._free = [f"worker-{number}" for number in range(size, 0, -1)]
        self._checking = 0
        self._threads = Threads(size, "check")

    @property
    def has_room(self) -> bool:
        """Whether another job may be claimed; which executor it needs is not known yet."""
        return bool(self._free) and all(
            executor.capacity > self._checking for executor in self._executors
        )

    def accept(self, folder: WatchFolder, claim: Claim) -> RunningJob:
        """Return a claimed spec with a worker and all that belongs to a job; write nothing.

        Raise FatalError if this process may open no more files: the spec stays in running/.
        """
        journal = AttemptJournal(folder, new_attempt_id())
        lifecycle = JobLifecycle(journal.state)
        try:
            job = RunningJob(
                claim=claim, journal=journal, lifecycle=lifecycle, worker=self._free.pop()
            )
        except OSError as error:
            raise FatalError(
                f"{claim.name} cannot be started: {os.strerror(error.errno or 0)}. The spec stays "
                "in running/ and is recovered at the next start."
            ) from error
        submission = Submission(
            attempt_id=job.attempt_id,
            read=lambda: self._read(job),
            claimed_at=job.claimed_at,
            claimed_monotonic=time.monotonic(),
        )
        context = _SpoolContext(job, self._post)
        job.run = JobRun(pipeline=self._pipeline, submission=submission, context=context)
        job.patience = Patience(
            errand=job.run.errand,
            step_seconds=self._settings.stall_seconds,
            flush_seconds=self._settings.engine_seconds,
        )
        self._jobs[job.attempt_id] = job
        return job

    def check(self, job: RunningJob) -> None:
        """Check and plan a job in a thread; the result comes as a message."""
        self._checking += 1
        self._threads.submit(job.run.errand, lambda: self._post(_checked(job)))

    def checked(self) -> None:
        """Note that the checks of a job are over."""
        self._checking -= 1

    def leave(self, job: RunningJob) -> None:
        """Replace the thread of a job that does not come back. Raise FatalError."""
        job.end()
        if job.executor is not None:
            job.executor.abandon(job.attempt_id)
        else:
            self.checked()
            self._threads.replace(job.run.errand)

    def executor(self, job: RunningJob) -> Executor:
        """Return the executor that a checked job needs."""
        return executor_for(_plan(job), self._executors)

    def start(self, job: RunningJob, executor: Executor) -> None:
        """Give a checked job to its executor; its events come as messages.

        Raise OSError when the journal cannot take that.
        """
        job.journal.given(executor.name, waits=executor.queues)
        if executor.queues:
            self.release(job)
            job.worker = executor.name
        job.executor = executor
        executor.start(_plan(job), job.run.attempt(lambda event: self._tell(job, event)))

    def release(self, job: RunningJob) -> None:
        """Make a job's worker free again, if the job still has one."""
        if job.worker.startswith("worker-"):
            self._free.append(job.worker)
            self._free.sort(reverse=True)

    def forget(self, job: RunningJob) -> None:
        """Forget a job that is over, and make its worker free again; may be called again."""
        if self._jobs.pop(job.attempt_id, None) is not None:
            self.release(job)

    def close(self) -> None:
        """End all jobs that still run, and the threads."""
        for job in self._jobs.values():
            job.stop_checks.cancel()
        for executor in self._executors:
            executor.close()
        self._threads.close()

    def _tell(self, job: RunningJob, event: ExecutionEvent) -> None:
        """Pass on an event of an executor, in its thread; raise JobFailed to end the job."""
        storage.check()
        try:
            outcome = job.run.tell(event)
        except (JobFailed, storage.LeftBehind):
            raise
        except BaseException as error:
            if isinstance(event, Ended):
                self._post(WorkerBroke(error))
            raise
        if outcome is not None:
            self._post(JobDone(job.attempt_id, outcome))

    def _read(self, job: RunningJob) -> bytes:
        content = _read(job.claim)
        with suppress(strict_json.Refused):
            document = strict_json.read_document(content)
            job_id = document.get("job_id") if isinstance(document, dict) else None
            if isinstance(job_id, str):
                self._post(JobNamed(job.attempt_id, strict_json.printable(job_id)))
        return content


def _checked(job: RunningJob) -> Message:
    """Check a job; return what came of it."""
    try:
        outcome = job.run.prepare()
        if job.run.plan is not None:
            job.outputs = paths.output_keys(job.run.plan)
        storage.check()
    except storage.LeftBehind:
        raise
    except BaseException as error:  # noqa: BLE001 - the supervisor ends the daemon for it
        return WorkerBroke(error)
    return JobPlanned(job.attempt_id, outcome)


def _plan(job: RunningJob) -> JobPlan:
    if job.run.plan is None:
        raise RuntimeError("a job was to be carried out before it was planned")
    return job.run.plan


def _read(claim: Claim) -> bytes:
    if claim.problem is not None or claim.descriptor is None:
        raise JobFailed(
            claim.problem or failure(Code.SPEC_UNREADABLE, "The spec could not be opened.")
        )
    return spec_file.read(claim.descriptor)
