"""An executor that runs plans in another process and gets sealed partial files over a pipe.

It stands in for executors on other machines: all that it shares with the process that carries
out the plan are the plan, the events and the file system.
"""

import copyreg
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, Final

from attrs import evolve

from proxx_daemon.executors import local
from proxx_daemon.executors.executor import (
    Attempt,
    ClipSealed,
    Ended,
    ExecutionEvent,
    LeftAttempt,
    Settlement,
)
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.plan.plan import JobPlan

_PROGRAM: Final = Path(__file__).parent / "programs" / "runs_plan.py"


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


# Pickle knows no read-only mappings, and plans have some.
copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))


def send(pipe: IO[bytes], message: object) -> None:
    """Send a message through a pipe."""
    pickle.dump(message, pipe)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Iterator[Any]:
    """Return the messages that come through a pipe, until it is closed."""
    while True:
        try:
            yield pickle.load(pipe)  # noqa: S301 - both ends are ours
        except EOFError:
            return


class PipeExecutor:
    """Runs each plan in a process of its own; takes as many as it is told to."""

    name = "elsewhere"
    queues = False

    def __init__(self, takes: int) -> None:
        self._takes = takes
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._threads: list[threading.Thread] = []

    @property
    def capacity(self) -> int:
        """How many more jobs it takes now."""
        return self._takes - len(self._workers)

    def can_run(self, plan: JobPlan) -> bool:
        """Whether the plan is one for FFmpeg."""
        return plan.profile.ffmpeg is not None

    def start(self, plan: JobPlan, attempt: Attempt) -> None:
        """Start the other process and hand it the plan."""
        worker = subprocess.Popen(
            [sys.executable, str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=attempt.keep_descriptors,
        )
        self._workers[attempt.attempt_id] = worker
        thread = threading.Thread(target=self._follow, args=(worker, plan, attempt))
        self._threads.append(thread)
        thread.start()

    def cancel(self, attempt_id: str) -> None:
        """Ask the other process to end its engine."""
        worker = self._workers.get(attempt_id)
        if worker is not None:
            worker.send_signal(signal.SIGTERM)

    def withdraw(self, attempt_id: str) -> bool:
        """Nothing waits here: a job begins as soon as it is started."""
        del attempt_id
        return False

    def abandon(self, attempt_id: str) -> None:
        """Do nothing: no thread of this executor works on files."""

    def settle(self, left: LeftAttempt) -> Settlement:
        """End the other process and its engines: they hold the lock of the attempt."""
        return local.settle(left)

    def close(self) -> None:
        """Wait for the threads; every job has ended or was cancelled."""
        for attempt_id in tuple(self._workers):
            self.cancel(attempt_id)
        for thread in self._threads:
            thread.join()

    def _follow(self, worker: subprocess.Popen[bytes], plan: JobPlan, attempt: Attempt) -> None:
        try:
            reason = self._outcome(worker, plan, attempt)
        except Exception as error:  # noqa: BLE001 - a job must end, whatever happens to us
            reason = local.defect(error, attempt.job_id)
        worker.kill()
        worker.wait()
        del self._workers[attempt.attempt_id]
        attempt.tell(Ended(failure=reason))

    def _outcome(
        self, worker: subprocess.Popen[bytes], plan: JobPlan, attempt: Attempt
    ) -> Failure | None:
        """Pass on what the other process tells; returns why the job failed."""
        if worker.stdin is None or worker.stdout is None:
            raise RuntimeError("the other process has no pipes")
        with worker.stdin as to_worker, worker.stdout as from_worker:
            facts = (attempt.attempt_id, attempt.job_id, attempt.engine, attempt.keep_descriptors)
            send(to_worker, (plan, *facts))
            try:
                for event in receive(from_worker):
                    if isinstance(event, Ended):
                        return event.failure
                    attempt.tell(_from_elsewhere(event))
            except JobFailed as error:
                return error.failure
        return failure(Code.ENGINE_KILLED, "The other process ended without a word.")


def _from_elsewhere(event: ExecutionEvent) -> ExecutionEvent:
    """Make an event one of another machine: there a file has another identity."""
    return evolve(event, identity=None) if isinstance(event, ClipSealed) else event
