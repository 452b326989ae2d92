"""`proxx run JOB.json`: one job in the foreground; result JSON on stdout, logs on stderr."""

import argparse
import os
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Final

from proxx_daemon import __version__
from proxx_daemon.cli import build, logs, named_file, output, settings, signals
from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.recorder import result_of
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import FinalStatus, JobFailed
from proxx_daemon.job.progress import ClipProgress, JobEvent, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.monitor.event_stream import EventStream, Listener
from proxx_daemon.monitor.events import JobClaimed, JobEntered, JobFinished, JobProgressed
from proxx_daemon.pipeline.foreground import ForegroundJob
from proxx_daemon.pipeline.job_run import Submission, new_attempt_id
from proxx_daemon.pipeline.lifecycle import JobLifecycle
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.result.writing import Provenance
from proxx_daemon.spool import spec_file

_EXAMPLE = """example:
  proxx run job.json > result.json

The log goes to stderr. Ctrl-C and SIGTERM end the engine; the result is still printed and says
INTERRUPTED.

exit codes: 0 completed, 1 validation failed, 2 execution failed, 3 partial, 4 system error
"""
#: what the result names as the worker
_WORKER: Final = "run"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "run",
        help="run one JobSpec and print its result JSON",
        epilog=_EXAMPLE,
    )
    parser.add_argument("job", metavar="JOB.json", help="the JobSpec")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the job; return the exit code."""
    chosen = settings.read()
    name = os.path.basename(arguments.job)
    read = _reader(arguments.job)
    lifecycle = JobLifecycle(lambda _: None)
    with ExitStack() as stack:
        stream = EventStream((EventLog(), *_display(stack, chosen)))
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
            executors=stack.enter_context(build.executors(chosen, pipeline.resolve, workers=1)),
            listener=report,
        )
        # A signal that came while the command started waits for this.
        signals.on_stop(job.stop)
        outcome = job.run(submission)
        lifecycle.enter(StateEntered(state=JobState.RECORDING, at=datetime.now(UTC)))
        stream.publish(JobFinished(spec=name, attempt_id=attempt_id, outcome=outcome, result=None))
    provenance = Provenance(
        proxx_version=__version__,
        host=socket.gethostname(),
        worker=_WORKER,
        attempt_id=attempt_id,
        spec_name=None,
    )
    output.answer_bytes(result_of(outcome, lifecycle.history, provenance))
    return exit_code(outcome)


def exit_code(outcome: JobOutcome) -> int:
    """Return the exit code that the contract has for an outcome."""
    if outcome.failure is None:
        return 0
    if outcome.status is FinalStatus.PARTIAL:
        return 3
    return 1 if outcome.failure.failure_class is FailureClass.VALIDATION else 2


def _reader(path: str) -> Callable[[], bytes]:
    """Read the spec now; what is wrong with its content is the job's failure, not ours."""
    try:
        with named_file.opened(path, "the JSON file of a JobSpec") as descriptor:
            content = spec_file.read(descriptor)
    except JobFailed as error:
        reason = error.failure

        def refuse() -> bytes:
            raise JobFailed(reason)

        return refuse
    return lambda: content


def _display(stack: ExitStack, chosen: Settings) -> tuple[Listener, ...]:
    """Set up the log, and a live display where a person looks on."""
    if not sys.stderr.isatty():
        logs.configure(chosen.log_level, readable=False)
        return ()
    # Rich takes a tenth of a second to import: only a person waits for it.
    from proxx_daemon.cli.terminal import Terminal  # noqa: PLC0415

    terminal = stack.enter_context(Terminal())
    logs.configure(chosen.log_level, readable=True, sink=terminal.line)
    return (terminal,)
