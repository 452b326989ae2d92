"""What the daemon does before it claims anything: deal with what an earlier one left."""

import os
import resource
from datetime import UTC, datetime
from typing import Final

import structlog

from proxx_daemon import __version__
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.source.hashing import sha256_of
from proxx_daemon.spool import audit, quarantine, recovery
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system.host import host_name

_LOG = structlog.get_logger()
#: files that the daemon itself has open at most, with events, status, metrics and a scan
_OWN_FILES: Final = 24
#: files that one job adds: spec, notes, locks, and the pipes of four children at a time, where
#: it is the one that asks the engine what it can do
_FILES_OF_A_JOB: Final = 40


def ensure_descriptors(workers: int) -> None:
    """Raise this process's limit of open files as far as its jobs need and it may be raised.

    Raises FatalError where that is not enough: a job that finds no descriptor half-way fails.
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


def recover(folder: WatchFolder) -> list[str]:
    """End orphaned engines, settle every spec in running/ and check the finished ones.

    Returns the paths of the results of the specs that were settled. Needs the folder's lock.
    Raises FatalError when the folder cannot be trusted.
    """
    folder.clear_scratch()
    for group in recovery.end_orphans(folder):
        _LOG.warning("orphan_engine_ended", process_group=group)
    host = recovery.Host(host=host_name(), version=__version__)
    results = []
    try:
        for done in recovery.recover(folder, host, sha256_of):
            _LOG.warning(
                "job_recovered",
                spec=done.name,
                attempt_id=done.attempt_id,
                finished=done.finished,
                filed=done.filed.spec,
            )
            results.append(done.filed.result)
        _quarantine(folder)
    except OSError as error:
        raise FatalError(
            f"Recovery of {folder.root} failed: {error}. Check the volume; nothing was claimed."
        ) from error
    return results


def _quarantine(folder: WatchFolder) -> None:
    """Set aside finished specs without a result, and refuse to go on as if nothing were."""
    lost = audit.specs_without_result(folder)
    moved = [quarantine.set_aside(folder, path) for path in lost]
    if moved:
        raise FatalError(
            f"{len(moved)} finished spec(s) had no result beside them, which Proxx never leaves "
            f"behind. They were set aside: {', '.join(moved)}. Find out who removed the "
            "results, then start Proxx again."
        )


def holder() -> dict[str, str | int]:
    """Say who holds the folder: what a second daemon is told."""
    return {"pid": os.getpid(), "host": host_name(), "since": datetime.now(UTC).isoformat()}
