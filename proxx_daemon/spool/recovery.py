"""What a daemon does at its start with the jobs that an earlier one left: finishes those with a
result, returns those that only waited, and fails the rest as interrupted. Orphans are ended before.
After a crash of recovery, the next one goes on.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress

import structlog
from attrs import define, field, frozen

from proxx_daemon.spool import candidates, filing, journal
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder
from proxx_daemon.spool.interrupted import interrupted_result
from proxx_daemon.spool.journal import AttemptJournal, Notes
from proxx_daemon.system import durable

_LOG = structlog.get_logger()


@frozen(kw_only=True)
class Recovered:
    """One spec that was recovered."""

    #: file name in running/
    name: str
    #: unique id of the attempt
    attempt_id: str
    #: the result was durable already and only the filing was finished
    finished: bool
    #: where everything is now; None where the spec was returned to pending/
    filed: Filed | None
    #: absolute path of the spec in pending/, where nothing of the job had begun
    returned: str | None = None


@define
class Recovery:
    """The specs in running/ that an earlier daemon left; used by one thread."""

    folder: WatchFolder
    #: names of specs that cannot be moved, and why; the daemon serves all others meanwhile
    stuck: dict[str, str] = field(factory=dict, init=False)
    _left: dict[str, Notes] = field(factory=dict, init=False)

    def begin(self) -> Iterator[Recovered]:
        """Recover every spec, one after another; orphans are ended before.

        Raise OSError when the folder's disk fails.
        """
        folder = self.folder
        # A claim may not have got so far: what is in running/ is not in pending/ any more.
        durable.fsync_directory(folder.running)
        durable.fsync_directory(folder.pending)
        attempts = journal.attempts(folder)
        _set_odd_files_aside(folder)
        notes = _notes_by_spec(folder)
        unrecorded = attempts - {note.attempt_id for note in notes.values()}
        for name in sorted(os.listdir(folder.running)):
            if candidates.objection(name) is not None:
                continue
            status = os.lstat(os.path.join(folder.running, name))
            file_id = status.st_dev, status.st_ino
            known = notes.get((name, status.st_ino))
            if known is None:
                known = _unrecorded(folder, name, file_id, unrecorded)
            self._left[name] = known
            yield from self._settle(known)
        # What is left was filed before a crash could remove its notes, or never got a record.
        kept = {known.attempt_id for known in self._left.values()}
        for attempt_id in journal.attempts(folder) - kept:
            _remove_notes(folder, attempt_id)

    def again(self) -> Iterator[Recovered]:
        """Try the specs once more that could not be moved. Raise OSError."""
        for known in tuple(self._left.values()):
            yield from self._settle(known)

    def _settle(self, notes: Notes) -> Iterator[Recovered]:
        name = notes.spec_name
        if name in self.stuck and not os.path.lexists(os.path.join(self.folder.running, name)):
            # Somebody has taken it away; its result stays.
            self._forget(notes)
            _remove_notes(self.folder, notes.attempt_id)
            return
        try:
            pending = os.path.join(self.folder.pending, name)
            durable.finish_rename(pending, os.path.join(self.folder.running, name))
            done = _recover_one(self.folder, notes)
        except OSError as error:
            if not durable.is_protected(error):
                raise
            reason = os.strerror(error.errno or 0)
            if self.stuck.get(name) != reason:
                self.stuck[name] = reason
                _LOG.error("spec_stuck", entry=f"running/{name}", reason=reason)
            return
        self._forget(notes)
        yield done

    def _forget(self, notes: Notes) -> None:
        self.stuck.pop(notes.spec_name, None)
        del self._left[notes.spec_name]


def _notes_by_spec(folder: WatchFolder) -> dict[tuple[str, int], Notes]:
    """Return the notes by the name and the inode of their spec.

    Not by its device: that number may be another one after a restart. The notes of a spec that was
    returned may have been kept, and the spec claimed again: what has begun outweighs what waited.
    """
    found = sorted(journal.read_all(folder), key=lambda note: not note.waiting)
    return {(note.spec_name, note.file_id[1]): note for note in found}


def _set_odd_files_aside(folder: WatchFolder) -> None:
    """Set aside what no daemon can use, so that it stops neither this start nor another."""
    for path, reason in journal.odd_files(folder).items():
        moved_to = None
        with suppress(OSError):
            moved_to = filing.set_aside(folder, path)
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
        AttemptJournal(folder, attempt_id).started(name, file_id, None)
    return Notes(attempt_id=attempt_id, spec_name=name, file_id=file_id)


def _recover_one(folder: WatchFolder, notes: Notes) -> Recovered:
    name, attempt_id = notes.spec_name, notes.attempt_id
    log_path = AttemptJournal(folder, attempt_id).log_path
    found = filing.find_result(folder, name, attempt_id)
    if found is not None:
        # The crash may have come before the name of the result was durable.
        durable.fsync_directory(folder.filed(found[0]))
        filed = filing.move_beside(folder, name, *found, log_path)
    elif notes.waiting and notes.cancelled is None:
        returned = filing.return_spec(folder, name)
        _remove_notes(folder, attempt_id)
        return Recovered(
            name=name, attempt_id=attempt_id, finished=False, filed=None, returned=returned
        )
    else:
        result = interrupted_result(folder, notes)
        filed = filing.file_job(folder, name, Filing.FAILED, result, log_path)
    _remove_notes(folder, attempt_id)
    return Recovered(name=name, attempt_id=attempt_id, finished=found is not None, filed=filed)
