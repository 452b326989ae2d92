"""Whether this process has room for its jobs: descriptors, processes and threads."""

import os
import resource
from contextlib import suppress
from typing import Final

from proxx_daemon.executors.threads import no_threads
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.system import storage, tasks

#: files that the daemon itself has open at most, with events, status, a scan and eight clients of
#: its metrics (`monitor/exchanges.py`)
_OWN_FILES: Final = 32
#: files that one job adds: spec, notes, locks, and the pipes of four children at a time, where
#: it is the one that asks the engine what it can do
_FILES_OF_A_JOB: Final = 40
#: threads beside those of the workers: events of the file system, watchdog, metrics, notifications
_OWN_THREADS: Final = 10
#: threads that may wait for volumes that do not answer
_MOST_LEFT_BEHIND: Final = 16


def ensure_descriptors(workers: int) -> None:
    """Raise the limit of open files of this process to what its jobs need.

    Raise FatalError if that is not allowed: a job without descriptors would fail half-way.
    """
    wanted = _OWN_FILES + _FILES_OF_A_JOB * workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise FatalError(
            f"this process may have {hard} files open, and {workers} job(s) at a time want "
            f"{wanted}. Raise the limit (LimitNOFILE= of the unit, ulimit -n), or lower "
            "max_workers."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def ensure_threads(workers: int) -> None:
    """Raise FatalError if this process cannot have the threads that it needs for itself."""
    if tasks.lacking(_OWN_THREADS + 2 * workers) is not None:
        raise no_threads()


def shortage() -> str | None:
    """Return why no other job should be claimed now; None if there is room for one.

    The same words for as long as it lasts: they are logged once.
    """
    return tasks.lacking(tasks.ENGINE) or tasks.waited_for() or _files() or _silent()


def _silent() -> str | None:
    left = storage.left_behind()
    if len(left) < _MOST_LEFT_BEHIND:
        return None
    # Each has a thread that nobody can end before its volume answers.
    return f"too many calls to volumes that do not answer are open, among them for {min(left)}"


def _files() -> str | None:
    # The limit can be lowered while the daemon runs.
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError):
        if most != resource.RLIM_INFINITY and most - len(os.listdir("/dev/fd")) < _FILES_OF_A_JOB:
            return (
                f"this process may have {most} files open, and too few of them are free for a job; "
                "raise the limit (LimitNOFILE= of the unit, ulimit -n)"
            )
    return None
