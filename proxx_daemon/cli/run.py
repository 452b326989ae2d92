"""`proxx run JOB.json`: one job in the foreground; result JSON on stdout, logs on stderr."""

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from proxx_daemon.cli import build, logs, named, output, settings, signals
from proxx_daemon.cli.executors import local_executors
from proxx_daemon.daemon.recorder import result_of
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import FinalStatus, JobFailed
from proxx_daemon.job.progress import ClipProgress, JobEvent, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.monitor.event_stream import EventStream
from proxx_daemon.monitor.events import JobClaimed, JobEntered, JobFinished, JobProgressed
from proxx_daemon.pipeline.foreground import ForegroundJob
from proxx_daemon.pipeline.job_run import Submission, new_attempt_id
from proxx_daemon.pipeline.lifecycle import JobLifecycle
from proxx_daemon.result.result import JobOutcome

_EXAMPLE = """example:
  proxx run job.json > result.json

The log goes to stderr. Ctrl-C and SIGTERM end the engine; the result is still printed and says
INTERRUPTED.

exit codes: 0 completed, 1 validation failed, 2 execution failed, 3 partial, 4 system error
"""
#: what the result names as the worker
_WORKER: Final = "run"


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("job", metavar="JOB.json", help="the JobSpec")


def run(arguments: argparse.Namespace) -> int:
    """Run the job; return the exit code."""
    chosen = settings.read()
    name = os.path.basename(arguments.job)
    read = _reader(arguments.job)
    lifecycle = JobLifecycle(lambda _: None)
    with ExitStack() as stack:
        stream = EventStream((EventLog(), *logs.display(stack, chosen.log_level)))
        submission = Submission(
            attempt_id=new_attempt_id(),
            read=read,
            claimed_at=datetime.now(UTC),
            claimed_monotonic=time.monotonic(),
        )
        attempt_id = submission.attempt_id
        lifecycle.enter(StateEntered(state=JobState.CLAIMED, at=submission.claimed_at))
        stream.publish(
            JobClaimed(spec=name, attempt_id=attempt_id, worker=_WORKER, at=submission.claimed_at)
        )

        def report(event: JobEvent) -> None:
            if isinstance(event, ClipProgress):
                stream.publish(JobProgressed(spec=name, attempt_id=attempt_id, progress=event))
            else:
                lifecycle.enter(event)
                stream.publish(JobEntered(spec=name, attempt_id=attempt_id, entered=event))

        pipeline = build.pipeline(chosen)
        job = ForegroundJob(
            pipeline=pipeline,
            executors=stack.enter_context(local_executors(chosen, pipeline.resolve, workers=1)),
            listener=report,
            step_seconds=chosen.stall_seconds,
            flush_seconds=chosen.engine_seconds,
        )
        # A signal that came while the command started waits for this.
        signals.on_stop(job.stop)
        outcome = job.run(submission)
        lifecycle.enter(StateEntered(state=JobState.RECORDING, at=datetime.now(UTC)))
        stream.publish(JobFinished(spec=name, attempt_id=attempt_id, outcome=outcome, result=None))
    output.answer_bytes(
        result_of(outcome, lifecycle.history, worker=_WORKER, attempt_id=attempt_id, spec_name=None)
    )
    return exit_code(outcome)


def exit_code(outcome: JobOutcome) -> int:
    """Return the exit code that the contract has for an outcome."""
    if outcome.failure is None:
        return 0
    if outcome.status is FinalStatus.PARTIAL:
        return 3
    return 1 if outcome.failure.failure_class is FailureClass.VALIDATION else 2


def _reader(path: str) -> Callable[[], bytes]:
    """Read the spec now; if its content cannot be used, the job fails with that."""
    content: Future[bytes] = Future()
    try:
        content.set_result(named.spec(path))
    except JobFailed as error:
        content.set_exception(error)
    return content.result
