"""Results as JSON: the document beside every finished spec, and how it is read again.

Version 1.0 of the result; keys keep their order so that two results can be compared by eye.
"""

from collections.abc import Sequence
from typing import Any, Final

import attrs
from attrs import frozen

from proxx_daemon.documents import json_text
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.documents.writing import converter
from proxx_daemon.failures.errors import Failure
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.result.result import ClipResult, JobOutcome, Metadata, Result, Transition


@frozen(kw_only=True)
class Provenance:
    """Who ran a job, where, and as which attempt."""

    #: version of Proxx
    proxx_version: str
    #: name of the machine
    host: str
    #: which worker of the pool; "run" for `proxx run`
    worker: str
    #: unique for every claim of a spec
    attempt_id: str
    #: name of the spec's file when it was claimed; None for `proxx run`
    spec_name: str | None


_CONVERTER: Final = converter()
_CONVERTER.register_unstructure_hook(Failure, failure_document)


def clip_document(clip: ClipResult) -> dict[str, Any]:
    """Return one clip as the result JSON has it."""
    document: dict[str, Any] = _CONVERTER.unstructure(clip)
    return document


def completed_clip(document: object) -> ClipResult:
    """Read a completed clip back from a publish record.

    Raise an exception of any kind for a document that `clip_document` did not make.
    """
    return _CONVERTER.structure(document, ClipResult)


def result_document(
    outcome: JobOutcome, transitions: Sequence[Transition], provenance: Provenance
) -> dict[str, Any]:
    """Return the result JSON of a job."""
    result = Result(
        job_id=outcome.job_id,
        final_status=outcome.status,
        failure=outcome.failure,
        clips=outcome.clips,
        started_at=outcome.started_at,
        completed_at=outcome.completed_at,
        duration_seconds=round(outcome.duration_seconds, 3),
        transitions=tuple(transitions),
        jobspec=outcome.jobspec,
        jobspec_sha256=outcome.jobspec_sha256,
        metadata=Metadata(
            engine_used=None if outcome.engine_used is None else EngineKind(outcome.engine_used),
            proxy_profile_used=outcome.profile_name,
            proxy_profile_fingerprint=outcome.profile_fingerprint,
            resolve_preset_used=outcome.resolve_preset,
            jobspec_version=_version_of(outcome.jobspec),
            **_engine(outcome),
            **attrs.asdict(provenance),
        ),
    )
    document: dict[str, Any] = _CONVERTER.unstructure(result)
    return document


def _engine(outcome: JobOutcome) -> dict[str, Any]:
    """Identify what encoded and what measured; for Resolve the library that speaks to it."""
    engine, resolve = outcome.engine, outcome.resolve
    path = origin = version = sha256 = None
    if resolve is not None:
        path, origin = resolve.installation.script_library, str(resolve.installation.origin)
        version, sha256 = f"{resolve.product} {resolve.version}", resolve.sha256
    elif engine is not None and outcome.engine_used != EngineKind.RESOLVE:
        path, origin = engine.tools.ffmpeg, str(engine.tools.origin)
        version, sha256 = engine.version, engine.sha256
    return {
        "engine_path": path,
        "engine_origin": origin,
        "engine_version": version,
        "engine_sha256": sha256,
        "engine_probe_path": None if engine is None else engine.ffprobe.path,
        "engine_probe_sha256": None if engine is None else engine.ffprobe.sha256,
    }


def to_bytes(document: object) -> bytes:
    """Return a document as JSON for people and programs: UTF-8, indented, newline at the end."""
    return (json_text.readable(document) + "\n").encode("utf-8", "backslashreplace")


def _version_of(jobspec: object) -> str | None:
    version = jobspec.get("jobspec_version") if isinstance(jobspec, dict) else None
    return version if isinstance(version, str) else None
