"""What the daemon does before it claims anything: settle what an earlier one left."""

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import structlog

from proxx_daemon.executors import local
from proxx_daemon.executors.executor import Executor, LeftAttempt, Settlement
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor.events import JobRecovered
from proxx_daemon.spool import filing, journal
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.recovery import Recovered, Recovery

_LOG = structlog.get_logger()


def recover(
    folder: WatchFolder, executors: Sequence[Executor], publish: Callable[[JobRecovered], None]
) -> Recovery:
    """Settle every attempt and every spec in running/, and check the finished ones.

    Every settled spec is published; what is returned has those that cannot be moved at the moment.
    Needs the folder's lock. Raise FatalError when the folder cannot be trusted.
    """
    folder.clear_scratch()
    settle_attempts(folder, executors)
    recovery = Recovery(folder)
    with _on_a_good_disk(folder):
        for done in recovery.begin():
            publish(_event(done))
        _quarantine(folder)
    return recovery


def go_on(recovery: Recovery, publish: Callable[[JobRecovered], None]) -> None:
    """Settle the specs that could not be moved at the start, if they can be now.

    Raise FatalError when the folder cannot be trusted.
    """
    with _on_a_good_disk(recovery.folder):
        for done in recovery.again():
            publish(_event(done))


@contextmanager
def _on_a_good_disk(folder: WatchFolder) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FatalError(
            f"Recovery of {folder.root} failed: {error}. Check the volume; nothing was claimed."
        ) from error


def _event(done: Recovered) -> JobRecovered:
    return JobRecovered(
        spec=done.name,
        attempt_id=done.attempt_id,
        finished=done.finished,
        filed=str(done.returned) if done.filed is None else done.filed.spec,
        result=None if done.filed is None else done.filed.result,
    )


def settle_attempts(folder: WatchFolder, executors: Sequence[Executor]) -> None:
    """Settle every attempt that an earlier daemon left: nothing of it runs afterwards.

    Raise FatalError if that is not certain: the job must not count as ended.
    """
    for attempt_id, lock_path in journal.lock_files(folder).items():
        _settle(folder, LeftAttempt(attempt_id=attempt_id, lock_path=lock_path), executors)


def _settle(folder: WatchFolder, left: LeftAttempt, executors: Sequence[Executor]) -> None:
    """Let the executor of an attempt settle it; an attempt that was only checked ran here."""
    name = journal.executor_of(folder, left.attempt_id)
    if name is None:
        settlement = local.settle(left)
    else:
        mine = [executor for executor in executors if executor.name == name]
        settlement = mine[0].settle(left) if mine else Settlement.UNKNOWN
    if settlement is Settlement.UNKNOWN:
        raise FatalError(
            f"Proxx cannot tell whether the earlier attempt {left.attempt_id} still runs"
            + ("" if name is None else f" (executor {name})")
            + f"; an engine may hold {left.lock_path}. End it by hand, then start Proxx again."
        )


def _quarantine(folder: WatchFolder) -> None:
    """Set aside finished specs without a result, and raise FatalError if there are any."""
    lost = filing.specs_without_result(folder)
    moved = [filing.set_aside(folder, path) for path in lost]
    if moved:
        raise FatalError(
            f"{len(moved)} finished spec(s) had no result beside them, which Proxx never leaves "
            f"behind. They were set aside: {', '.join(moved)}. Find out who removed the "
            "results, then start Proxx again."
        )


def holder() -> dict[str, str | int]:
    """Return who holds the folder, for the message to a second daemon."""
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(),
    }
