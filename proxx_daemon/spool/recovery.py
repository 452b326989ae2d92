"""What a daemon does at its start with what an earlier one left: ends orphans, finishes what
was decided, and fails the rest as interrupted. Running it again after a crash converges.
"""

import hashlib
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

import psutil
from attrs import frozen

from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import Failure, FatalError, JobFailed, failure
from proxx_daemon.model.result import ClipResult, ClipStatus, JobOutcome, Transition
from proxx_daemon.model.states import JobState
from proxx_daemon.rules import candidates, strict_json
from proxx_daemon.rules.recovery import ClipEvidence, ClipFate, fate
from proxx_daemon.rules.result_document import (
    Provenance,
    completed_clip,
    result_document,
    to_bytes,
)
from proxx_daemon.spool import filing, journal, lock, spec_file
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder
from proxx_daemon.spool.journal import AttemptJournal, AttemptRecord, Notes

#: seconds for which the death of a killed engine is awaited
_ORPHAN_SECONDS: Final = 30.0
_MESSAGE: Final = "Proxx died while this job was running; nothing was resumed or run again."


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


@frozen(kw_only=True)
class Host:
    """Who recovers."""

    #: name of the machine
    host: str
    #: version of Proxx
    version: str


def end_orphans(folder: WatchFolder) -> list[int]:
    """End the engines of dead daemons; returns the process groups that were ended.

    Raises FatalError when one does not die: its job must not be called over.
    """
    ended = []
    for attempt_id, path in journal.lock_files(folder).items():
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while lock.is_held(path):
            ended += [group for group in _kill_holders(path) if group not in ended]
            if time.monotonic() > deadline:
                raise FatalError(
                    f"An engine of the earlier attempt {attempt_id} holds {path} and cannot be "
                    "ended. End it by hand, then start Proxx again."
                )
            time.sleep(0.02)
    return ended


def _kill_holders(path: str) -> Iterator[int]:
    for process in lock.holders(path):
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            group = os.getpgid(process.pid)
            # Psutil compares the start time: a reused PID is not the process that was found.
            if process.is_running() and group != os.getpgid(0):
                os.killpg(group, signal.SIGKILL)
                yield group


def recover(folder: WatchFolder, host: Host, digest: Callable[[int], str]) -> Iterator[Recovered]:
    """Deal with every spec in running/, one after another; orphans are ended before.

    `digest` hashes an open file. Raises OSError when the folder's disk fails.
    """
    notes = {
        (note.record.spec_name, note.record.file_id): note for note in journal.read_all(folder)
    }
    for name in sorted(os.listdir(folder.running)):
        if candidates.objection(name) is not None:
            continue
        status = os.lstat(os.path.join(folder.running, name))
        file_id = status.st_dev, status.st_ino
        known = notes.pop((name, file_id), None)
        yield _recover_one(folder, known or _adopt(folder, name, file_id), host, digest)
    for note in notes.values():
        # Its spec was filed; the crash came before the notes were removed.
        journal.remove_attempt(folder, note.record.attempt_id)
    journal.remove_strays(folder)


def _adopt(folder: WatchFolder, name: str, file_id: tuple[int, int]) -> Notes:
    """Give a spec that was claimed and never begun an attempt of its own.

    Recovery can die too: the record lets the next one recognise this one's result.
    """
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
        filed = filing.move_beside(folder, name, *found, log_path)
    else:
        result = _interrupted(folder, notes, host, digest)
        filed = filing.file_job(folder, name, Filing.FAILED, result, log_path)
    journal.remove_attempt(folder, attempt_id)
    return Recovered(name=name, attempt_id=attempt_id, finished=found is not None, filed=filed)


def _interrupted(
    folder: WatchFolder, notes: Notes, host: Host, digest: Callable[[int], str]
) -> bytes:
    """Build the result of an interrupted job from its notes."""
    document, sha256 = _read_spec(folder, notes.record.spec_name)
    reason = failure(Code.INTERRUPTED, _MESSAGE)
    now = datetime.now(UTC)
    transitions = _transitions(notes)
    started = transitions[0].at if transitions else now
    outcome = JobOutcome(
        job_id=_text(document, "job_id") or notes.record.attempt_id,
        jobspec=document,
        jobspec_sha256=sha256,
        clips=tuple(_clips(notes, document, reason, digest)),
        failure=reason,
        profile_name=_text(document, "proxy_profile"),
        profile_fingerprint=None,
        resolve_preset=None,
        engine_used=None,
        engine=None,
        started_at=started,
        completed_at=now,
        duration_seconds=max(0.0, (now - started).total_seconds()),
    )
    ended = (
        *transitions,
        Transition(state=JobState.RECORDING, at=now),
        Transition(state=JobState.FAILED, at=now),
    )
    provenance = Provenance(
        proxx_version=host.version,
        host=host.host,
        worker="recovery",
        attempt_id=notes.record.attempt_id,
        spec_name=notes.record.spec_name,
    )
    return to_bytes(result_document(outcome, ended, provenance))


def _transitions(notes: Notes) -> list[Transition]:
    found = []
    for entry in notes.states:
        with suppress(ValueError, KeyError):
            at = datetime.fromisoformat(entry["at"])
            found.append(Transition(state=JobState(entry["state"]), at=at))
    return found


def _clips(
    notes: Notes, document: object, reason: Failure, digest: Callable[[int], str]
) -> Iterator[ClipResult]:
    if not notes.clips:
        sources = document.get("sources") if isinstance(document, dict) else None
        for index, source in enumerate(sources if isinstance(sources, list) else ()):
            yield ClipResult(
                index=index,
                source_path=str(source),
                resolved_output_path=None,
                status=ClipStatus.NOT_ATTEMPTED,
            )
        return
    for planned in notes.clips:
        yield _clip(notes, planned, reason, digest)


def _clip(
    notes: Notes, planned: dict[str, Any], reason: Failure, digest: Callable[[int], str]
) -> ClipResult:
    """Say what is known about one planned clip."""
    index = int(planned["index"])
    recorded = notes.publications.get(index)
    partial = str(planned.get("partial_path"))
    evidence = ClipEvidence(
        recorded=recorded is not None,
        final_matches=recorded is not None and _matches(recorded, digest),
        partial_exists=os.path.lexists(partial),
    )
    decided = fate(evidence)
    if decided is ClipFate.COMPLETED:
        return completed_clip(recorded)
    interrupted = decided is ClipFate.INTERRUPTED
    return ClipResult(
        index=index,
        source_path=str(planned.get("source_path")),
        resolved_output_path=planned.get("resolved_output_path"),
        status=ClipStatus.FAILED if interrupted else ClipStatus.NOT_ATTEMPTED,
        resolved_tokens=dict(planned.get("resolved_tokens") or {}),
        command=tuple(planned.get("command") or ()),
        partial_path=partial if evidence.partial_exists else None,
        failure=reason if interrupted else None,
    )


def _matches(recorded: dict[str, Any], digest: Callable[[int], str]) -> bool:
    """Whether the published file is the one that the publish record is about."""
    try:
        descriptor = os.open(
            recorded["resolved_output_path"], os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
        )
    except OSError:
        return False
    try:
        if os.fstat(descriptor).st_size != recorded["output_size_bytes"]:
            return False
        expected = recorded["output_fingerprint"]["value"]
        return isinstance(expected, str) and digest(descriptor) == expected
    finally:
        os.close(descriptor)


def _read_spec(folder: WatchFolder, name: str) -> tuple[Any, str | None]:
    """Read a claimed spec as far as it can be read: document and digest."""
    try:
        with spec_file.opened(os.path.join(folder.running, name)) as descriptor:
            content = spec_file.read(descriptor)
        sha256 = hashlib.sha256(content).hexdigest()
    except (OSError, JobFailed):
        return None, None
    try:
        return strict_json.read_document(content), sha256
    except strict_json.Refused:
        return None, sha256


def _text(document: object, field: str) -> str | None:
    value = document.get(field) if isinstance(document, dict) else None
    return value if isinstance(value, str) else None
