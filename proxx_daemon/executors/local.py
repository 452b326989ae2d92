"""Executors on this machine: threads that each take one job through an engine, clip by clip."""

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from proxx_daemon.executors.clip_run import ClipRun, LocalRun
from proxx_daemon.executors.executor import (
    Attempt,
    ClipFailed,
    Ended,
    JobBegun,
    LeftAttempt,
    Settlement,
)
from proxx_daemon.executors.threads import Threads
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.output.partial import PartialFolder
from proxx_daemon.output.publication import check_free
from proxx_daemon.plan.naming import partial_folder
from proxx_daemon.plan.plan import JobPlan, PlannedClip
from proxx_daemon.plan.resolve_session import ResolveEngine
from proxx_daemon.system import engine_lock, storage
from proxx_daemon.system.child import RunLimits
from proxx_daemon.system.storage import LeftBehind

_LOG = structlog.get_logger()


class LocalExecutor(ABC):
    """Runs at most `slots` jobs at a time; the others wait in the order in which they came."""

    def __init__(
        self, name: str, *, slots: int, takes: int, limits: RunLimits, probe_seconds: float
    ) -> None:
        """Take at most `takes` jobs, waiting ones included; `name` is that of the engine."""
        self.name = name
        self._takes = takes
        self._limits = limits
        self._probe_seconds = probe_seconds
        self._runs: dict[str, LocalRun] = {}
        self._lock = threading.Lock()
        self._threads = Threads(slots, name)

    @property
    def capacity(self) -> int:
        """How many more jobs it takes now."""
        return self._takes - len(self._runs)

    def can_run(self, plan: JobPlan) -> bool:
        """Whether the plan is one for this engine."""
        return plan.profile.engine == self.name

    def start(self, plan: JobPlan, attempt: Attempt) -> None:
        """Take a job and return at once."""
        run = LocalRun(
            plan=plan,
            attempt=attempt,
            limits=self._limits,
            probe_seconds=self._probe_seconds,
            partials=PartialFolder(partial_folder(plan.spec.output_directory, attempt.attempt_id)),
            descriptors=attempt.keep_descriptors,
        )
        with self._lock:
            self._runs[attempt.attempt_id] = run
        self._threads.submit(attempt.errand, lambda: self._work(run))

    def cancel(self, attempt_id: str) -> None:
        """End a job as soon as possible."""
        with self._lock:
            run = self._runs.get(attempt_id)
            if run is not None:
                run.cancel.cancel()

    def withdraw(self, attempt_id: str) -> bool:
        """Withdraw a job of which nothing has begun."""
        with self._lock:
            run = self._runs.get(attempt_id)
            if run is None or run.begun:
                return False
            run.withdrawn = True
            run.cancel.cancel()
            del self._runs[attempt_id]
        return True

    def abandon(self, attempt_id: str) -> None:
        """Forget a job whose thread was left behind, and start another one."""
        with self._lock:
            run = self._runs.pop(attempt_id, None)
            if run is not None:
                run.cancel.cancel()
        if run is not None:
            self._threads.replace(run.attempt.errand)

    def settle(self, left: LeftAttempt) -> Settlement:
        """End the engines of a dead daemon."""
        return settle(left)

    def close(self) -> None:
        """Cancel what still runs and end the threads."""
        with self._lock:
            for run in self._runs.values():
                run.cancel.cancel()
        self._threads.close()

    @abstractmethod
    def clip_run(self, run: LocalRun, clip: PlannedClip) -> ClipRun:
        """Return what takes one clip to its sealed file."""

    @contextmanager
    def turn(self, run: LocalRun) -> Iterator[None]:
        """Wait until the engine is free for one job, and reserve it.

        Raise JobFailed if the engine cannot be reserved, or the job was cancelled meanwhile.
        """
        del run
        yield

    def identify(self, run: LocalRun) -> ResolveEngine | None:
        """Return the Resolve that runs the job; None for every other engine. Raise JobFailed."""
        del run
        return None

    def _work(self, run: LocalRun) -> None:
        try:
            reason = self._run(run)
        except JobFailed as error:
            reason = error.failure
        except LeftBehind:
            run.partials.close()
            run.cancel.close()
            raise
        except Exception as error:  # noqa: BLE001 - a defect fails its job, never the daemon
            reason = defect(error, run.attempt.job_id)
        run.partials.close()
        with self._lock:
            self._runs.pop(run.attempt.attempt_id, None)
            run.cancel.close()
        storage.check()
        if not run.withdrawn:
            run.attempt.tell(Ended(failure=reason))

    def _run(self, run: LocalRun) -> Failure | None:
        """Run the clips one after another; return or raise the first failure."""
        with self.turn(run):
            # From here on children inherit the attempt's descriptors: it cannot be withdrawn.
            if not self._begin(run):
                return None
            # The names were free when the job was planned, which may be long ago.
            check_free(run.plan)
            run.attempt.tell(JobBegun(resolve=self.identify(run)))
            for clip in run.plan.clips:
                if run.cancel.cancelled:
                    return failure(Code.INTERRUPTED, "Proxx was stopped before the next clip.")
                sealed = self.clip_run(run, clip).run()
                storage.check()
                run.attempt.tell(sealed)
                if isinstance(sealed, ClipFailed):
                    return sealed.clip.failure
        return None

    def _begin(self, run: LocalRun) -> bool:
        """Mark a job as begun; return False if it was withdrawn before."""
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
    """Return the failure for an unforeseen error, and log its traceback."""
    trace = "".join(traceback.format_exception(error))
    _LOG.error("job_defect", job_id=job_id, traceback=trace)
    return failure(Code.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
