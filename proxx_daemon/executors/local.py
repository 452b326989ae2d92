"""Executors on this machine: threads that each take one job through an engine, clip by clip."""

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import structlog
from attrs import define, field, frozen

from proxx_daemon.executors.clip_run import ClipRun
from proxx_daemon.executors.executor import (
    Attempt,
    ClipFailed,
    Ended,
    JobBegun,
    LeftAttempt,
    Settlement,
)
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.output.publication import check_free
from proxx_daemon.plan.plan import JobPlan, PlannedClip
from proxx_daemon.plan.resolve_session import ResolveEngine
from proxx_daemon.system import engine_lock
from proxx_daemon.system.child import CancelToken

_LOG = structlog.get_logger()


@frozen(kw_only=True)
class EngineHold:
    """An engine that is there for one job."""

    #: descriptors that its processes inherit
    descriptors: tuple[int, ...]
    #: the DaVinci Resolve that was asked; None for every other engine
    resolve: ResolveEngine | None = None


@define(kw_only=True)
class LocalRun:
    """One job in the hands of a local executor."""

    plan: JobPlan
    attempt: Attempt
    #: readable when the job must end
    cancel: CancelToken = field(factory=CancelToken)
    #: its first clip is about to begin, or has
    begun: bool = False
    #: it was taken back before that
    withdrawn: bool = False


class LocalExecutor(ABC):
    """Runs at most `slots` jobs at a time; the others wait in the order in which they came."""

    def __init__(self, name: str, *, slots: int, takes: int) -> None:
        """Take at most `takes` jobs, waiting ones included."""
        self.name = name
        self._takes = takes
        self._runs: dict[str, LocalRun] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=slots, thread_name_prefix=name)

    @property
    def capacity(self) -> int:
        """How many more jobs it takes now."""
        return self._takes - len(self._runs)

    def start(self, plan: JobPlan, attempt: Attempt) -> None:
        """Take a job and return at once."""
        run = LocalRun(plan=plan, attempt=attempt)
        with self._lock:
            self._runs[attempt.attempt_id] = run
        self._threads.submit(self._work, run)

    def cancel(self, attempt_id: str) -> None:
        """End a job as soon as possible."""
        with self._lock:
            run = self._runs.get(attempt_id)
            if run is not None:
                run.cancel.cancel()

    def withdraw(self, attempt_id: str) -> bool:
        """Take a job back of which nothing has begun."""
        with self._lock:
            run = self._runs.get(attempt_id)
            if run is None or run.begun:
                return False
            run.withdrawn = True
            run.cancel.cancel()
            del self._runs[attempt_id]
        return True

    def settle(self, left: LeftAttempt) -> Settlement:
        """End the engines of a dead daemon."""
        return settle(left)

    def close(self) -> None:
        """Cancel what still runs and end the threads."""
        with self._lock:
            for run in self._runs.values():
                run.cancel.cancel()
        self._threads.shutdown(wait=True)

    @abstractmethod
    def clip_run(self, run: LocalRun, clip: PlannedClip, descriptors: tuple[int, ...]) -> ClipRun:
        """Return what takes one clip to its sealed file; engines inherit the descriptors."""

    @contextmanager
    def engine(self, run: LocalRun) -> Iterator[EngineHold]:
        """Get hold of the engine for one job.

        Raises JobFailed where the engine cannot be had, or the job was cancelled meanwhile.
        """
        yield EngineHold(descriptors=run.attempt.keep_descriptors)

    def _work(self, run: LocalRun) -> None:
        try:
            reason = self._run(run)
        except JobFailed as error:
            reason = error.failure
        except Exception as error:  # noqa: BLE001 - a defect fails its job, never the daemon
            reason = defect(error, run.attempt.job_id)
        with self._lock:
            self._runs.pop(run.attempt.attempt_id, None)
            run.cancel.close()
        if not run.withdrawn:
            run.attempt.tell(Ended(failure=reason))

    def _run(self, run: LocalRun) -> Failure | None:
        """Run the clips one after another; returns or raises the first failure."""
        with self.engine(run) as engine:
            # They were free when the job was planned, which may be long ago.
            check_free(run.plan)
            if not self._begin(run):
                return None
            run.attempt.tell(JobBegun(resolve=engine.resolve))
            for clip in run.plan.clips:
                if run.cancel.cancelled:
                    return failure(Code.INTERRUPTED, "Proxx was stopped before the next clip.")
                sealed = self.clip_run(run, clip, engine.descriptors).run()
                run.attempt.tell(sealed)
                if isinstance(sealed, ClipFailed):
                    return sealed.clip.failure
        return None

    def _begin(self, run: LocalRun) -> bool:
        """Mark a job as begun; False where it was taken back before."""
        with self._lock:
            run.begun = not run.withdrawn
            return run.begun


def settle(left: LeftAttempt) -> Settlement:
    """End the children of a dead daemon on this machine: they hold the lock that they inherited."""
    ended = engine_lock.end_holders(left.lock_path)
    for group in ended.groups:
        _LOG.warning("orphan_engine_ended", process_group=group)
    return Settlement.GONE if ended.all else Settlement.UNKNOWN


def defect(error: Exception, job_id: str) -> Failure:
    """Return the failure that an unforeseen error is, and log where it came from."""
    trace = "".join(traceback.format_exception(error))
    _LOG.error("job_defect", job_id=job_id, traceback=trace)
    return failure(Code.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
