"""Recovery at the start of a daemon: end orphaned engines, finish what has a result, and fail the
rest as interrupted. Running it again after a crash gives the same end.
"""

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import psutil
import structlog
from attrs import frozen

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import candidates, filing, journal, lock, quarantine
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder
from proxx_daemon.spool.interrupted import Host, interrupted_result
from proxx_daemon.spool.journal import AttemptJournal, AttemptRecord, Notes
from proxx_daemon.system import durable

__all__ = ["Host", "Recovered", "end_orphans", "recover"]

_LOG = structlog.get_logger()
#: seconds for which the death of a killed engine is awaited
_ORPHAN_SECONDS: Final = 30.0


@frozen(kw_only=True)
class Recovered:
    """One spec that recovery dealt with."""

    #: file name in running/
    name: str
    #: unique id of the attempt
    attempt_id: str
    #: the result was durable already and only the filing was finished
    finished: bool
    #: where everything lies now
    filed: Filed


def end_orphans(folder: WatchFolder, seconds: float = _ORPHAN_SECONDS) -> list[int]:
    """End the engines of dead daemons; return the process groups that were ended.

    Raise FatalError when one does not end within `seconds`: its job must not be filed.
    """
    ended: set[int] = set()
    for attempt_id, path in journal.lock_files(folder).items():
        deadline = time.monotonic() + seconds
        while lock.is_held(path):
            ended.update(_kill_holders(path))
            if time.monotonic() > deadline:
                raise FatalError(
                    f"An engine of the earlier attempt {attempt_id} holds {path} and cannot be "
                    "ended. End it by hand, then start Proxx again."
                )
            time.sleep(0.02)
    return sorted(ended)


def _kill_holders(path: str) -> Iterator[int]:
    for process in lock.holders(path):
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            group = os.getpgid(process.pid)
            # Psutil compares the start time: a reused PID is not the process that was found.
            if not process.is_running():
                continue
            if group == os.getpgrp():
                process.kill()
            else:
                os.killpg(group, signal.SIGKILL)
            yield group


def recover(folder: WatchFolder, host: Host, digest: Callable[[int], str]) -> Iterator[Recovered]:
    """Deal with every spec in running/, one after another; orphans are ended before.

    `digest` hashes an open file. Raise OSError when the folder's disk fails.
    """
    # A claim may not have got so far: what is in running/ is not in pending/ any more.
    durable.fsync_directory(folder.running)
    durable.fsync_directory(folder.pending)
    attempts = journal.attempts(folder)
    _set_odd_files_aside(folder)
    # By inode, not by device: the number of a device may be another one after a restart.
    notes = {
        (note.record.spec_name, note.record.file_id[1]): note for note in journal.read_all(folder)
    }
    unrecorded = attempts - {note.record.attempt_id for note in notes.values()}
    for name in sorted(os.listdir(folder.running)):
        if candidates.objection(name) is not None:
            continue
        path = os.path.join(folder.running, name)
        durable.finish_rename(os.path.join(folder.pending, name), path)
        status = os.lstat(path)
        file_id = status.st_dev, status.st_ino
        known = notes.get((name, status.st_ino))
        if known is None:
            known = _unrecorded(folder, name, file_id, unrecorded)
        yield _recover_one(folder, known, host, digest)
    # What is left was filed before a crash could remove its notes, or never got a record.
    for attempt_id in journal.attempts(folder):
        _remove_notes(folder, attempt_id)


def _set_odd_files_aside(folder: WatchFolder) -> None:
    """Set aside what no daemon can use, so that it stops neither this start nor another."""
    for path, reason in journal.odd_files(folder).items():
        moved_to = None
        with suppress(OSError):
            moved_to = quarantine.set_aside(folder, path)
        _LOG.warning("journal_file_set_aside", file=path, reason=reason, moved_to=moved_to)


def _remove_notes(folder: WatchFolder, attempt_id: str) -> None:
    """Remove the notes about a job that is over; the next start tries what fails again."""
    try:
        journal.remove_attempt(folder, attempt_id)
    except OSError as error:
        _LOG.warning("notes_kept", attempt_id=attempt_id, reason=str(error))


def _unrecorded(
    folder: WatchFolder, name: str, file_id: tuple[int, int], attempts: set[str]
) -> Notes:
    """Return the notes about a spec that no attempt record is about.

    A spec that could not be read is filed without one, so its result may be there already.
    Otherwise it was claimed and never begun, and gets an attempt of its own: recovery can
    crash too, and the record lets the next one recognise the result of this one.
    """
    attempt_id = filing.find_attempt(folder, name, attempts)
    if attempt_id is None:
        attempt_id = uuid.uuid4().hex
        AttemptJournal(folder, attempt_id).begin(name, file_id, None)
    return Notes(record=AttemptRecord(attempt_id=attempt_id, spec_name=name, file_id=file_id))


def _recover_one(
    folder: WatchFolder, notes: Notes, host: Host, digest: Callable[[int], str]
) -> Recovered:
    name, attempt_id = notes.record.spec_name, notes.record.attempt_id
    log_path = AttemptJournal(folder, attempt_id).log_path
    found = filing.find_result(folder, name, attempt_id)
    if found is not None:
        # The crash may have come before the name of the result was durable.
        durable.fsync_directory(folder.filed(found[0]))
        filed = filing.move_beside(folder, name, *found, log_path)
    else:
        result = interrupted_result(folder, notes, host, digest)
        filed = filing.file_job(folder, name, Filing.FAILED, result, log_path)
    _remove_notes(folder, attempt_id)
    return Recovered(name=name, attempt_id=attempt_id, finished=found is not None, filed=filed)
