"""Writes the result of a job that an earlier daemon did not finish, from its notes."""

import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from proxx_daemon import __version__
from proxx_daemon.documents import strict_json
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.job.states import JobState
from proxx_daemon.output import partial
from proxx_daemon.plan import naming
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome, Transition
from proxx_daemon.result.writing import Provenance, result_document, to_bytes
from proxx_daemon.source.hashing import sha256_of
from proxx_daemon.spool import spec_file
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.journal import Notes
from proxx_daemon.system import durable

_MESSAGE: Final = "Proxx or its host stopped while this job was running. Nothing was resumed."


def interrupted_result(folder: WatchFolder, notes: Notes) -> bytes:
    """Build the result of an interrupted job from its notes."""
    document, sha256 = _read_spec(folder, notes.spec_name)
    reason = (
        failure(Code.INTERRUPTED, _MESSAGE)
        if notes.cancelled is None
        else failure(Code.CANCELLED, notes.cancelled)
    )
    clips = _clips(notes, document, reason)
    outputs = _text(document, "output_directory")
    if outputs is not None:
        partial.remove_empty(naming.partial_folder(outputs, notes.attempt_id))
    now = datetime.now(UTC)
    transitions = _transitions(notes, now)
    started = transitions[0].at
    outcome = JobOutcome(
        job_id=_text(document, "job_id") or notes.attempt_id,
        jobspec=document,
        jobspec_sha256=sha256,
        clips=clips,
        failure=reason,
        profile_name=_text(document, "proxy_profile"),
        started_at=started,
        completed_at=now,
        duration_seconds=max(0.0, (now - started).total_seconds()),
    )
    provenance = Provenance(
        proxx_version=__version__,
        host=socket.gethostname(),
        worker="recovery",
        attempt_id=notes.attempt_id,
        spec_name=notes.spec_name,
    )
    return to_bytes(result_document(outcome, transitions, provenance))


def _transitions(notes: Notes, now: datetime) -> list[Transition]:
    """Return the states that were noted, and those that recovery enters."""
    found = []
    for entry in notes.states:
        with suppress(ValueError, KeyError, TypeError, OverflowError):
            # The note has a time zone; a note without one must not stop recovery.
            at = datetime.fromisoformat(entry["at"]).astimezone(UTC)
            found.append(Transition(state=JobState(entry["state"]), at=at))
    if not found or found[-1].state is not JobState.RECORDING:
        found.append(Transition(state=JobState.RECORDING, at=now))
    return [*found, Transition(state=JobState.FAILED, at=now)]


def _clips(notes: Notes, document: object, reason: Failure) -> tuple[ClipResult, ...]:
    """List the planned clips; the sources where planning was not reached.

    The note of the plan is not flushed, the publish records are: after a loss of power there may
    be nothing else, and each of them describes its clip completely.
    """
    published = {index: clip for index, clip in notes.publications.items() if clip is not None}
    unplanned = {
        index: ClipResult(
            index=index,
            source_path=source,
            resolved_output_path=None,
            status=ClipStatus.NOT_ATTEMPTED,
        )
        for index, source in enumerate(_sources(document))
    }
    known = {**unplanned, **published, **notes.clips}
    return tuple(_clip(notes, clip, reason) for _, clip in sorted(known.items()))


def _sources(document: object) -> Iterator[str]:
    """Yield the sources of a spec that was never checked."""
    sources = document.get("sources") if isinstance(document, dict) else None
    yield from map(str, sources if isinstance(sources, list) else ())


def _clip(notes: Notes, planned: ClipResult, reason: Failure) -> ClipResult:
    """Return what is known about one planned clip.

    It counts as completed only when its publish record is durable and the published bytes are
    the recorded ones. Nothing is resumed or run again.
    """
    recorded = planned.index in notes.publications
    record = notes.publications.get(planned.index)
    published = None if record is None else _published(record)
    partial_path = planned.partial_path or ""
    if published is not None:
        # Where renames take two steps, the crash may have come between them.
        with suppress(OSError, ValueError):
            durable.finish_rename(partial_path, str(published.resolved_output_path))
        return published
    began = recorded or os.path.lexists(partial_path)
    return ClipResult(
        index=planned.index,
        source_path=planned.source_path,
        resolved_output_path=planned.resolved_output_path,
        status=ClipStatus.FAILED if began else ClipStatus.NOT_ATTEMPTED,
        resolved_tokens=planned.resolved_tokens,
        command=planned.command,
        partial_path=partial.kept(partial_path),
        failure=reason if began else None,
    )


def _published(clip: ClipResult) -> ClipResult | None:
    """Return a recorded clip; None unless its file is there with the recorded bytes, and lasts."""
    final, expected = clip.resolved_output_path, clip.output_fingerprint
    if final is None or expected is None:
        return None
    try:
        with durable.opened_regular(final) as descriptor:
            size = os.fstat(descriptor).st_size
            if size != clip.output_size_bytes or sha256_of(descriptor) != expected.value:
                return None
        # The crash may have come before its name was durable.
        durable.fsync_directory(os.path.dirname(final))
    except (OSError, ValueError):
        # ValueError: a path that no system accepts.
        return None
    return clip


def _read_spec(folder: WatchFolder, name: str) -> tuple[Any, str | None]:
    """Read a claimed spec as far as it can be read: document and digest."""
    try:
        with spec_file.opened(os.path.join(folder.running, name)) as descriptor:
            content = spec_file.read(descriptor)
    except (OSError, JobFailed):
        return None, None
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        return strict_json.read_document(content), sha256
    except strict_json.Refused:
        return None, sha256


def _text(document: object, field: str) -> str | None:
    value = document.get(field) if isinstance(document, dict) else None
    return value if isinstance(value, str) else None
