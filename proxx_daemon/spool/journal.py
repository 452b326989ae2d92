"""The daemon's notes about each attempt at a job, in .proxx/journal until the job is filed.

Per attempt: `ID.attempt.json` (which spec, put durably before anything runs), `ID.notes.jsonl`
(every state and the planned clips, appended; the job's children hold its lock),
`ID.publish-NNN.json` (put durably before a proxy gets its final name), `ID.cancel.json` (put
durably before an operator's cancel ends the engine), `ID.log` (the engine's own words) and, where
the executor queues, `ID.waiting.json` and `ID.begun.json` (put durably before the job waits and
before its engine begins: with the first and without the second, nothing of it has begun).
"""

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, BinaryIO, Final

from attrs import field, frozen

from proxx_daemon.job.progress import StateEntered
from proxx_daemon.plan.plan import PlannedClip
from proxx_daemon.result.result import ClipResult, unattempted
from proxx_daemon.result.writing import clip_document
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system import durable, engine_lock

_ATTEMPT: Final = ".attempt.json"
_NOTES: Final = ".notes.jsonl"
_PUBLISH: Final = ".publish-"
_LOG: Final = ".log"
_CANCEL: Final = ".cancel.json"
_WAITING: Final = ".waiting.json"
_BEGUN: Final = ".begun.json"


@frozen(kw_only=True)
class AttemptRecord:
    """What the attempt record says."""

    #: unique for every claim
    attempt_id: str
    #: the spec's file name in running/
    spec_name: str
    #: device and inode of the spec's file
    file_id: tuple[int, int]


class AttemptJournal:
    """The notes about one attempt, written by whoever has the job at the moment."""

    def __init__(self, folder: WatchFolder, attempt_id: str) -> None:
        self._folder = folder
        self.attempt_id = attempt_id
        self._base = os.path.join(folder.journal, attempt_id)
        #: locked, and appended to by the supervisor and the worker, each line in one call
        self._notes: int | None = None
        self._log: BinaryIO | None = None
        self._waits = False

    def open(self) -> None:
        """Take the engine lock and open the files that are appended to. Raises OSError.

        Lock and notes share a file: on ext4 a new file is the dearer, the more were removed in
        the last seconds, and short jobs remove many.
        """
        try:
            self._notes = engine_lock.engine_lock(self._base + _NOTES)
            self._log = open(self._base + _LOG, "ab", buffering=0)  # noqa: SIM115
            # It will lie beside the result, and be read by whoever reads that.
            os.fchmod(self._log.fileno(), 0o644)
        except BaseException:
            self.close()
            raise

    @property
    def lock_descriptor(self) -> int:
        """The descriptor that children inherit."""
        if self._notes is None:
            raise RuntimeError("the journal is not open")
        return self._notes

    def log(self, line: bytes) -> None:
        """Append a line to the engine's log. Raise OSError."""
        if self._log is not None:
            self._log.write(line + b"\n")

    @property
    def log_path(self) -> str:
        """Where the engine's log lies until the job is filed."""
        return self._base + _LOG

    def started(self, spec_name: str, file_id: tuple[int, int], jobspec_sha256: str | None) -> None:
        """Put the attempt record: from now on a crash is told from a spec never started."""
        document = {
            "attempt_id": self.attempt_id,
            "spec_name": spec_name,
            "device": file_id[0],
            "inode": file_id[1],
            "jobspec_sha256": jobspec_sha256,
            "boot_id": boot_id(),
            "pid": os.getpid(),
        }
        self._put(_ATTEMPT, document)

    def state(self, entered: StateEntered) -> None:
        """Append a state. Not flushed: recovery does not depend on it. Raises OSError."""
        self._append({"state": entered.state, "at": entered.at.isoformat()})

    def planned(self, clips: Sequence[PlannedClip]) -> None:
        """Note the planned clips, so that an interrupted job can list them. Raises OSError.

        Not flushed: the spec and the publish records say what must outlast a loss of power, and
        the partial files that this names would not outlast it either.
        """
        document = [
            {**clip_document(unattempted(clip)), "partial_path": clip.partial_path}
            for clip in clips
        ]
        self._append({"clips": document})

    def given(self, executor: str, *, waits: bool) -> None:
        """Note which executor has the job, durably where it may wait there. Raise OSError."""
        self._append({"executor": executor})
        self._waits = waits
        if waits:
            self._put(_WAITING, {"executor": executor})

    def begun(self) -> None:
        """Put that the engine is about to begin, where that was not clear. Raise OSError."""
        if self._waits:
            self._put(_BEGUN, {})

    def publishing(self, clip: ClipResult) -> None:
        """Put the publish record: size and digest of what is about to get its final name."""
        self._put(f"{_PUBLISH}{clip.index:03d}.json", clip_document(clip))

    def cancelled(self, message: str) -> None:
        """Put that an operator cancelled the job, before that ends anything. Raises OSError."""
        with suppress(FileExistsError):
            self._put(_CANCEL, {"message": message})

    def close(self) -> None:
        """Close every file; children that live on keep the lock."""
        if self._notes is not None:
            os.close(self._notes)
            self._notes = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def remove(self) -> None:
        """Remove every note, the attempt record last: it is what names the others."""
        remove_attempt(self._folder, self.attempt_id)

    def _append(self, entry: dict[str, Any]) -> None:
        """Append an entry; does nothing where the journal is not open. Raises OSError."""
        if self._notes is not None:
            # The line before may be torn, where the disk was full.
            durable.write_all(self._notes, b"\n" + _compact(entry))

    def _put(self, suffix: str, document: object) -> None:
        name = self.attempt_id + suffix
        durable.put(self._folder.scratch, self._folder.journal, name, _compact(document))


def _compact(document: object) -> bytes:
    """Write a note; programs alone read it, and only after a crash."""
    return (json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


@frozen(kw_only=True)
class Notes:
    """Everything that an earlier daemon noted about one attempt."""

    #: which spec it was about
    record: AttemptRecord
    #: publish records by clip index
    publications: dict[int, dict[str, Any]] = field(factory=dict)
    #: planned clips; empty where planning was not reached
    clips: tuple[dict[str, Any], ...] = ()
    #: states as far as they were written
    states: tuple[dict[str, str], ...] = ()
    #: what the job fails with as CANCELLED; None where nobody cancelled it
    cancelled: str | None = None
    #: the executor that had the job; None where it was not given to any
    executor: str | None = None
    #: it waited for its executor, and nothing of it had begun
    waiting: bool = False


def read_all(folder: WatchFolder) -> list[Notes]:
    """Read the notes of every attempt that an earlier daemon left behind."""
    records = (_record(folder, name) for name in sorted(os.listdir(folder.journal)))
    return [_notes(folder, record) for record in records if record is not None]


def _record(folder: WatchFolder, name: str) -> AttemptRecord | None:
    """Read an attempt record; None for any other file, and for one that says nothing."""
    if not name.endswith(_ATTEMPT):
        return None
    document: Any = _read_json(os.path.join(folder.journal, name))
    try:
        return AttemptRecord(
            attempt_id=name.removesuffix(_ATTEMPT),
            spec_name=str(document["spec_name"]),
            file_id=(int(document["device"]), int(document["inode"])),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _notes(folder: WatchFolder, record: AttemptRecord) -> Notes:
    base = os.path.join(folder.journal, record.attempt_id)
    pattern = re.compile(re.escape(record.attempt_id + _PUBLISH) + r"([0-9]+)\.json")
    publications = {}
    for name in os.listdir(folder.journal):
        match = pattern.fullmatch(name)
        document = _read_json(os.path.join(folder.journal, name)) if match else None
        if match and isinstance(document, dict):
            publications[int(match.group(1))] = document
    entries = _read_entries(base + _NOTES)
    plans = [entry["clips"] for entry in entries if isinstance(entry.get("clips"), list)]
    return Notes(
        record=record,
        publications=publications,
        clips=tuple(plans[-1]) if plans else (),
        states=tuple(entry for entry in entries if "state" in entry),
        cancelled=_cancelled(base + _CANCEL),
        executor=_executor(entries),
        waiting=os.path.lexists(base + _WAITING) and not os.path.lexists(base + _BEGUN),
    )


def _executor(entries: Sequence[dict[str, Any]]) -> str | None:
    names = [entry["executor"] for entry in entries if isinstance(entry.get("executor"), str)]
    return names[-1] if names else None


def executor_of(folder: WatchFolder, attempt_id: str) -> str | None:
    """Return the name of the executor that an attempt was given to; None where to none."""
    return _executor(_read_entries(os.path.join(folder.journal, attempt_id + _NOTES)))


def _cancelled(path: str) -> str | None:
    document = _read_json(path)
    message = document.get("message") if isinstance(document, dict) else None
    return message if isinstance(message, str) else None


def _read_json(path: str) -> object:
    """Read a document; None when it is absent or was never completely written."""
    try:
        with open(path, "rb") as file:
            return json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None


def _read_entries(path: str) -> tuple[dict[str, Any], ...]:
    entries = []
    with suppress(OSError), open(path, "rb") as file:
        for line in file:
            # The last line may be cut off, and others are empty.
            with suppress(ValueError, RecursionError):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    entries.append(entry)
    return tuple(entries)


def lock_path(folder: WatchFolder, attempt_id: str) -> str:
    """Where the lock of an attempt's children lies."""
    return os.path.join(folder.journal, attempt_id + _NOTES)


def lock_files(folder: WatchFolder) -> dict[str, str]:
    """Give every engine lock left in the journal, by attempt."""
    return {
        name.removesuffix(_NOTES): os.path.join(folder.journal, name)
        for name in os.listdir(folder.journal)
        if name.endswith(_NOTES)
    }


def attempts(folder: WatchFolder) -> set[str]:
    """Give every attempt that left a note of any kind."""
    return {name.partition(".")[0] for name in os.listdir(folder.journal)}


def remove_attempt(folder: WatchFolder, attempt_id: str) -> None:
    """Remove all notes of an attempt, its record last."""
    names = [name for name in os.listdir(folder.journal) if name.startswith(attempt_id + ".")]
    for name in sorted(names, key=lambda name: name.endswith(_ATTEMPT)):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder.journal, name))


def remove_strays(folder: WatchFolder) -> None:
    """Remove notes that no attempt record names: a crash left them before or after it."""
    kept = {notes.record.attempt_id for notes in read_all(folder)}
    for name in os.listdir(folder.journal):
        if name.partition(".")[0] not in kept:
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(folder.journal, name))


@cache
def boot_id() -> str | None:
    """Identify this boot of the machine; None where the system does not say."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return None
