"""The daemon's notes about each attempt at a job, in .proxx/journal until the job is filed.

Per attempt: `ID.attempt.json` (which spec, put durably before anything runs), `ID.notes.jsonl`
(every state and the planned clips, appended; the job's children hold its lock),
`ID.publish-NNN.json` (put durably before a proxy gets its final name), `ID.cancel.json` (put
durably before an operator's cancel ends the engine), `ID.log` (what the engine wrote) and, where
the executor queues, `ID.waiting.json` (put durably before the job waits and removed durably before
its engine begins: while it is there, nothing of the job has begun).
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, BinaryIO, Final

from attrs import evolve, field, frozen

from proxx_daemon.documents.strict_json import DocumentLimits
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.plan.plan import PlannedClip
from proxx_daemon.result.result import ClipResult, unattempted
from proxx_daemon.result.writing import clip_document, completed_clip
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.system import durable, engine_lock

_ATTEMPT: Final = ".attempt.json"
_NOTES: Final = ".notes.jsonl"
_PUBLISH: Final = ".publish-"
_LOG: Final = ".log"
_CANCEL: Final = ".cancel.json"
_WAITING: Final = ".waiting.json"
#: how the name of a note goes on after the id of its attempt
_SUFFIX: Final = (
    r"\.(?:attempt\.json|notes\.jsonl|publish-[0-9]+\.json|cancel\.json|waiting\.json|log)"
)
#: the name of a note about any attempt
_NOTE: Final = re.compile(f"([0-9a-f]{{32}}){_SUFFIX}")
#: bytes of one file that are read; the notes about a job of ten thousand clips have less
_MOST_BYTES: Final = 256 * 1024 * 1024
_LIMITS: Final = DocumentLimits(what="note", max_bytes=_MOST_BYTES)


class AttemptJournal:
    """The notes about one attempt."""

    def __init__(self, folder: WatchFolder, attempt_id: str) -> None:
        self._folder = folder
        self.attempt_id = attempt_id
        self._base = os.path.join(folder.journal, attempt_id)
        #: locked, and appended to by the supervisor and the worker, each line in one call
        self._notes: int | None = None
        self._log: BinaryIO | None = None
        self._waits = False

    def open(self) -> None:
        """Take the engine lock and open the files that are appended to. Raise OSError.

        Lock and notes share a file: on ext4 a new file costs more when many were removed in the
        last seconds, and short jobs remove many.
        """
        try:
            self._notes = engine_lock.engine_lock(self._base + _NOTES)
            self._log = open(self._base + _LOG, "ab", buffering=0)  # noqa: SIM115
            # It will be beside the result and readable like it.
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

    def log(self, lines: Sequence[bytes]) -> None:
        """Append lines to the engine's log. Raise OSError."""
        if self._log is not None:
            self._log.write(b"".join(line + b"\n" for line in lines))

    @property
    def log_path(self) -> str:
        """The path of the engine's log until the job is filed."""
        return self._base + _LOG

    def started(self, spec_name: str, file_id: tuple[int, int], jobspec_sha256: str | None) -> None:
        """Put the attempt record: only an interrupted job that has begun has one."""
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
        """Append a state. Not flushed: recovery does not depend on it. Raise OSError."""
        self._append({"state": entered.state, "at": entered.at.isoformat()})

    def planned(self, clips: Sequence[PlannedClip]) -> None:
        """Note the planned clips, so that an interrupted job can list them. Raise OSError.

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
        """Remove durably that the job waits: its engine is about to begin. Raise OSError."""
        if self._waits:
            os.unlink(self._base + _WAITING)
            durable.fsync_directory(self._folder.journal)

    def publishing(self, clip: ClipResult) -> None:
        """Put the publish record: size and digest of what is about to get its final name."""
        self._put(f"{_PUBLISH}{clip.index:03d}.json", clip_document(clip))

    def cancelled(self, message: str) -> None:
        """Put the operator's cancel, before it ends anything. Raise OSError."""
        with suppress(FileExistsError):
            self._put(_CANCEL, {"message": message})

    def close(self) -> None:
        """Close every file; children that still run keep the lock."""
        if self._notes is not None:
            os.close(self._notes)
            self._notes = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def remove(self) -> None:
        """Remove every note, the attempt record last: it identifies the others."""
        remove_attempt(self._folder, self.attempt_id)

    def _append(self, entry: dict[str, Any]) -> None:
        """Append an entry; does nothing where the journal is not open. Raise OSError."""
        if self._notes is not None:
            # The line before may be torn, where the disk was full.
            durable.write_all(self._notes, b"\n" + _compact(entry))

    def _put(self, suffix: str, document: object) -> None:
        name = self.attempt_id + suffix
        durable.put(self._folder.scratch, self._folder.journal, name, _compact(document))


def _compact(document: object) -> bytes:
    """Return a note as one line of JSON."""
    return (json.dumps(document, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


@frozen(kw_only=True)
class Notes:
    """Everything that an earlier daemon noted about one attempt."""

    #: unique for every claim
    attempt_id: str
    #: the spec's file name in running/
    spec_name: str
    #: device and inode of the spec's file
    file_id: tuple[int, int]
    #: publish records by clip index; None for one that cannot be read
    publications: Mapping[int, ClipResult | None] = field(factory=dict)
    #: planned clips by index; empty where planning was not reached
    clips: Mapping[int, ClipResult] = field(factory=dict)
    #: states as far as they were written
    states: tuple[dict[str, Any], ...] = ()
    #: what the job fails with as CANCELLED; None if it was not cancelled
    cancelled: str | None = None
    #: it waited for its executor, and nothing of it had begun
    waiting: bool = False


def read_all(folder: WatchFolder) -> list[Notes]:
    """Read the notes about every attempt that an earlier daemon left behind."""
    names = sorted(os.listdir(folder.journal))
    records = (_record(folder, name) for name in names if name.endswith(_ATTEMPT))
    return [_notes(folder, record) for record in records if record is not None]


def odd_files(folder: WatchFolder) -> dict[str, str]:
    """Return the path of each file in the journal that no daemon can use, with the reason.

    A file is odd if it is not a regular file, if this user cannot read it, or if its name or its
    content is not the daemon's. The other notes about an attempt whose record is odd are odd too.
    """
    names = sorted(os.listdir(folder.journal))
    reasons = {name: reason for name in names if (reason := _oddity(folder, name)) is not None}
    lost = {name.removesuffix(_ATTEMPT) for name in reasons if name.endswith(_ATTEMPT)}
    for name in names:
        if name.partition(".")[0] in lost:
            reasons.setdefault(name, "the record of its attempt cannot be read")
    return {os.path.join(folder.journal, name): reason for name, reason in reasons.items()}


def _oddity(folder: WatchFolder, name: str) -> str | None:
    """Return why a file cannot be used; None if it can, or has gone."""
    if _NOTE.fullmatch(name) is None:
        return "it is not a note of Proxx"
    path = os.path.join(folder.journal, name)
    try:
        with durable.opened_regular(path):
            pass
    except FileNotFoundError:
        return None
    except OSError as error:
        return error.strerror
    unread = name.endswith(".json") and _read_json(path) is None
    if unread or (name.endswith(_ATTEMPT) and _record(folder, name) is None):
        return "it is not a note of Proxx"
    return None


def _record(folder: WatchFolder, name: str) -> Notes | None:
    """Read an attempt record, and no other note; None for one that cannot be read."""
    document: Any = _read_json(os.path.join(folder.journal, name))
    try:
        return Notes(
            attempt_id=name.removesuffix(_ATTEMPT),
            spec_name=str(document["spec_name"]),
            file_id=(int(document["device"]), int(document["inode"])),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _notes(folder: WatchFolder, record: Notes) -> Notes:
    """Return a record with the other notes about its attempt."""
    base = os.path.join(folder.journal, record.attempt_id)
    pattern = re.compile(re.escape(record.attempt_id + _PUBLISH) + r"([0-9]+)\.json")
    publications = {
        int(match.group(1)): _clip(_read_json(os.path.join(folder.journal, match.group())))
        for name in os.listdir(folder.journal)
        if (match := pattern.fullmatch(name))
    }
    entries = _read_entries(base + _NOTES)
    plans = [entry["clips"] for entry in entries if isinstance(entry.get("clips"), list)]
    clips = map(_clip, plans[-1] if plans else ())
    return evolve(
        record,
        publications=publications,
        clips={clip.index: clip for clip in clips if clip is not None},
        states=tuple(entry for entry in entries if "state" in entry),
        cancelled=_cancelled(base + _CANCEL),
        waiting=_read_json(base + _WAITING) is not None,
    )


def executor_of(folder: WatchFolder, attempt_id: str) -> str | None:
    """Return the name of the executor of an attempt; None if it had none."""
    entries = _read_entries(os.path.join(folder.journal, attempt_id + _NOTES))
    names = [entry["executor"] for entry in entries if isinstance(entry.get("executor"), str)]
    return names[-1] if names else None


def _clip(document: object) -> ClipResult | None:
    """Read a clip; None for one that this version cannot read."""
    try:
        return completed_clip(document)
    except Exception:  # noqa: BLE001 - no content of it may stop the daemon
        return None


def _cancelled(path: str) -> str | None:
    document = _read_json(path)
    message = None if document is None else document.get("message")
    return message if isinstance(message, str) else None


def _read_json(path: str) -> dict[str, Any] | None:
    """Read a document; None when it is absent or cannot be read."""
    try:
        return read_object(path, _LIMITS)
    except (OSError, ValueError):
        return None


def _read_entries(path: str) -> tuple[dict[str, Any], ...]:
    entries = []
    with suppress(OSError):
        for line in durable.read_regular(path, _MOST_BYTES).splitlines():
            # The last line may be cut off, and others are empty.
            with suppress(ValueError, RecursionError):
                entry = json.loads(line)
                if isinstance(entry, dict):
                    entries.append(entry)
    return tuple(entries)


def lock_files(folder: WatchFolder) -> dict[str, str]:
    """Return every engine lock left in the journal, by attempt."""
    with os.scandir(folder.journal) as entries:
        return {
            match.group(1): entry.path
            for entry in entries
            if (match := _NOTE.fullmatch(entry.name))
            and entry.name.endswith(_NOTES)
            and entry.is_file(follow_symlinks=False)
        }


def attempts(folder: WatchFolder) -> set[str]:
    """Return every attempt that left a note of any kind."""
    notes = map(_NOTE.fullmatch, os.listdir(folder.journal))
    return {note.group(1) for note in notes if note is not None}


def remove_attempt(folder: WatchFolder, attempt_id: str) -> None:
    """Remove all notes of an attempt, its record last. What Proxx did not make stays."""
    names = [
        name
        for name in os.listdir(folder.journal)
        if (note := _NOTE.fullmatch(name)) and note.group(1) == attempt_id
    ]
    for name in sorted(names, key=lambda name: name.endswith(_ATTEMPT)):
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(folder.journal, name))


@cache
def boot_id() -> str | None:
    """Return the id of this boot of the machine; None if the system has none."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except OSError:
        return None
