"""One job in the foreground: `proxx run`, and the second encode of `proxx reproduce`."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from attrs import define, field

from proxx_daemon.executors.executor import ExecutionEvent, Executor
from proxx_daemon.executors.threads import no_threads
from proxx_daemon.job.progress import JobEvent
from proxx_daemon.pipeline.context import ForegroundContext
from proxx_daemon.pipeline.job_run import JobRun, Submission
from proxx_daemon.pipeline.pipeline import Pipeline, executor_for
from proxx_daemon.result.result import JobOutcome


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
    _inbox: SimpleQueue[JobOutcome | BaseException | _Stop] = field(factory=SimpleQueue, init=False)

    def stop(self) -> None:
        """End the job as soon as possible; safe in a signal handler."""
        self._inbox.put(_Stop())

    def run(self, submission: Submission) -> JobOutcome:
        """Take a job to its end; every failure, foreseen or not, ends up in the outcome."""
        context = ForegroundContext(listener=self.listener)
        run = JobRun(pipeline=self.pipeline, submission=submission, context=context)
        thread = Thread(target=self._work, args=(run,), name="job")
        try:
            thread.start()
        except RuntimeError as error:
            raise no_threads() from error
        try:
            while True:
                message = self._inbox.get()
                if isinstance(message, JobOutcome):
                    return message
                if isinstance(message, BaseException):
                    raise message
                context.cancel.cancel()
                for executor in self.executors:
                    executor.cancel(submission.attempt_id)
        finally:
            thread.join()
            context.cancel.close()

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
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            self._inbox.put(error)

    def _tell(self, run: JobRun, event: ExecutionEvent) -> None:
        outcome = run.tell(event)
        if outcome is not None:
            self._inbox.put(outcome)
