"""One job in the foreground: `proxx run`, and the second encode of `proxx reproduce`."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

from attrs import define, field

from proxx_daemon.executors.executor import ExecutionEvent, Executor
from proxx_daemon.executors.threads import Threads
from proxx_daemon.job.progress import JobEvent
from proxx_daemon.pipeline.context import ForegroundContext
from proxx_daemon.pipeline.job_run import JobRun, Submission
from proxx_daemon.pipeline.pipeline import Pipeline, executor_for
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.system import storage
from proxx_daemon.system.storage import Patience

#: seconds between looks at the thread of the job
_LOOK_SECONDS: Final = 1.0


class _Stop:
    """The request to end the job."""


@define(kw_only=True)
class ForegroundJob:
    """Takes one job to its end while the calling thread waits.

    The waiting thread alone acts; everything else, signal handlers included, only enqueues.
    """

    pipeline: Pipeline
    executors: Sequence[Executor]
    #: takes states and progress, in a thread of the job's
    listener: Callable[[JobEvent], None]
    #: seconds for one step on a file; without a limit, a thread is left behind only at the end
    step_seconds: float = math.inf
    #: seconds for one step that writes to the disk
    flush_seconds: float = math.inf
    _inbox: SimpleQueue[JobOutcome | BaseException | _Stop] = field(factory=SimpleQueue, init=False)

    def stop(self) -> None:
        """End the job as soon as possible; safe in a signal handler."""
        self._inbox.put(_Stop())

    def run(self, submission: Submission) -> JobOutcome:
        """Take a job to its end; every failure, foreseen or not, ends up in the outcome."""
        context = ForegroundContext(listener=self.listener)
        run = JobRun(pipeline=self.pipeline, submission=submission, context=context)
        patience = Patience(
            errand=run.errand, step_seconds=self.step_seconds, flush_seconds=self.flush_seconds
        )
        threads = Threads(1, "job")
        threads.submit(run.errand, lambda: self._work(run))
        try:
            while True:
                message = self._next(patience)
                if isinstance(message, JobOutcome):
                    return message
                if isinstance(message, BaseException):
                    raise message
                if message is None:
                    return self._left(run, threads, stopped=patience.ended_at is not None)
                patience.ended_at = patience.ended_at or time.monotonic()
                self._end(run)
        finally:
            threads.close()
            context.cancel.close()

    def _next(self, patience: Patience) -> "JobOutcome | BaseException | _Stop | None":
        """Return what comes next; None if the job's thread does not come back."""
        while not patience.over():
            with suppress(Empty):
                return self._inbox.get(timeout=_LOOK_SECONDS)
        return None

    def _end(self, run: JobRun) -> None:
        """Ask the job to end."""
        run.context.cancel.cancel()
        for executor in self.executors:
            executor.cancel(run.submission.attempt_id)

    def _left(self, run: JobRun, threads: Threads, *, stopped: bool) -> JobOutcome:
        """End the job without its thread."""
        outcome = run.left(stopped=stopped)
        self._end(run)
        threads.replace(run.errand)
        for executor in self.executors:
            executor.abandon(run.submission.attempt_id)
        return outcome

    def _work(self, run: JobRun) -> None:
        try:
            outcome = run.prepare()
            if outcome is not None or run.plan is None:
                self._inbox.put(outcome or RuntimeError("a job has neither plan nor outcome"))
                return
            executor = executor_for(run.plan, self.executors)
            executor.start(run.plan, run.attempt(lambda event: self._tell(run, event)))
            if run.context.cancel.cancelled:
                # The request came between the checks and the start: cancel the job here.
                executor.cancel(run.submission.attempt_id)
        except storage.LeftBehind:
            raise
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self._inbox.put(error)

    def _tell(self, run: JobRun, event: ExecutionEvent) -> None:
        storage.check()
        outcome = run.tell(event)
        if outcome is not None:
            self._inbox.put(outcome)
