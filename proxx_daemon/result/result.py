"""The result of a job: everything an auditor needs, and nothing that has to be looked up.

Each field of the result JSON is declared here or in the records that a result holds: writing,
schema and docs/reference/result.md follow.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from attrs import field, frozen

from proxx_daemon.documents.fields import AT_LEAST_0, AT_LEAST_1, SHA256, Objection, Rule, more
from proxx_daemon.documents.schema import one_of, whole
from proxx_daemon.engines.engine import Engine, EngineOrigin
from proxx_daemon.failures.errors import Failure, FinalStatus
from proxx_daemon.job.states import JobState
from proxx_daemon.jobspec.jobspec import TOKENS, EngineKind
from proxx_daemon.output.check import Check, EditorVerdict
from proxx_daemon.plan.plan import PlannedClip, ResolveClip
from proxx_daemon.plan.resolve_session import ResolveEngine, ResolveOrigin, StepRecord
from proxx_daemon.source.fingerprint import (
    CONTENT_METHOD,
    OUTPUT_METHOD,
    RAW_SOURCE_METHOD,
    SOURCE_METHOD,
    TRANSFORMATION_METHOD,
    Fingerprint,
)

RESULT_VERSION: Final = "1.0"


class ClipStatus(StrEnum):
    """How one clip ended."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"


_NAMED: Final = Rule(says="text, not empty", schema={"minLength": 1})
_TOKENS: Final = Rule(
    says="object of texts by token", schema={"propertyNames": {"enum": list(TOKENS)}}
)


def _made_by(*methods: str, digits: int = 64) -> Rule:
    """Return the rule of a fingerprint that is made in one of these ways."""
    pattern = f"[0-9a-f]{{{digits}}}"
    narrow = {"properties": {"method": one_of(methods), "value": whole(pattern)}}
    said = " or ".join(f"`{method}`" for method in methods)

    def check(made: Fingerprint) -> Iterator[Objection]:
        if made.method not in methods:
            allowed = ", ".join(methods)
            message = f"must be one of {allowed}."
            yield Objection(place=".method", message=message, allowed=allowed, found=made.method)
        if not re.fullmatch(pattern, made.value):
            message, allowed = "must be lower-case hex.", f"{digits} digits of 0-9 a-f"
            yield Objection(place=".value", message=message, allowed=allowed, found=made.value)

    return Rule(says=f"fingerprint, made by {said}", schema={"allOf": [narrow]}, check=check)


@frozen(kw_only=True)
class ClipResult:
    """What happened to one clip."""

    index: Annotated[int, "Position in the job, from 0.", AT_LEAST_0]
    source_path: Annotated[str, "The source, as the spec has it."]
    resolved_output_path: Annotated[
        str | None, "Absolute path of the proxy; null if no name was resolved."
    ]
    status: Annotated[ClipStatus, "How the clip ended."]
    resolved_tokens: Annotated[
        Mapping[str, str], "The value of every token that had one.", _TOKENS
    ] = field(factory=dict)
    command: Annotated[
        tuple[str, ...],
        "FFmpeg's arguments, program first, as a person can run them with another output; empty "
        "if none was planned, and for Resolve.",
    ] = ()
    resolve_steps: Annotated[
        tuple[StepRecord, ...], "The steps of the session with Resolve; empty for FFmpeg."
    ] = ()
    exit_code: Annotated[
        int | None,
        "The engine's exit code; negative for a signal; null if it did not run, or if a "
        "session with Resolve had to be ended after its render.",
    ] = None
    started_at: Annotated[datetime | None, "When the engine was started; null if it was not."] = (
        None
    )
    completed_at: Annotated[
        datetime | None, "When the clip was decided; null if it never began."
    ] = None
    duration_seconds: Annotated[float | None, "Seconds that the clip took.", AT_LEAST_0] = None
    output_size_bytes: Annotated[int | None, "Bytes of the published proxy.", AT_LEAST_1] = None
    source_fingerprint: Annotated[
        Fingerprint | None, "Of the source's content.", _made_by(SOURCE_METHOD, RAW_SOURCE_METHOD)
    ] = None
    output_fingerprint: Annotated[
        Fingerprint | None, "Of the published bytes.", _made_by(OUTPUT_METHOD)
    ] = None
    transformation_fingerprint: Annotated[
        Fingerprint | None,
        "Of source, profile and rate rule together.",
        _made_by(TRANSFORMATION_METHOD),
    ] = None
    source_content_fingerprint: Annotated[
        Fingerprint | None,
        "Of every byte of the source, if that was asked for.",
        _made_by(CONTENT_METHOD, digits=32),
    ] = None
    verification: Annotated[tuple[Check, ...], "Every check of the proxy against the plan."] = ()
    left_out: Annotated[
        tuple[str, ...],
        "What of the source is not in the proxy by a stated rule, a sentence for each; empty for "
        "Resolve, whose preset decides.",
    ] = ()
    relink: Annotated[
        tuple[EditorVerdict, ...],
        "Whether the proxy attaches to its source, for each editing system; empty if no "
        "proxy was verified.",
    ] = ()
    partial_path: Annotated[str | None, "The unpublished file that was kept; null without one."] = (
        None
    )
    failure: Annotated[Failure | None, "Why the clip failed; otherwise null."] = None
    engine_log_tail: Annotated[tuple[str, ...], "The last lines of the engine's log."] = ()


@frozen(kw_only=True)
class JobOutcome:
    """What the pipeline knows about a job when it is done with it."""

    #: the submitter's or the generated id
    job_id: str
    #: the document as read: a JSON value, or None where it could not be parsed
    jobspec: Any
    #: SHA-256 (hex) of the document's bytes; None where they could not be read
    jobspec_sha256: str | None
    #: every clip, in order
    clips: tuple[ClipResult, ...]
    #: why the job failed; None when it completed
    failure: Failure | None
    #: name of the canonical profile; None if none is known
    profile_name: str | None = None
    #: the profile's fingerprint
    profile_fingerprint: str | None = None
    #: the profile's Resolve preset
    resolve_preset: str | None = None
    #: "ffmpeg" or "resolve"; None before routing was reached
    engine_used: str | None = None
    #: FFmpeg's identity, where one was found: its ffprobe measures proxies of both engines
    engine: Engine | None = None
    #: when the job was claimed
    started_at: datetime
    #: when its last clip, or the job, was decided
    completed_at: datetime
    #: seconds between the two on the monotonic clock
    duration_seconds: float
    #: Resolve's identity, where one was asked
    resolve: ResolveEngine | None = None

    @property
    def status(self) -> FinalStatus:
        """The final status that follows from the failure and the clips."""
        if self.failure is None:
            return FinalStatus.COMPLETED
        if any(clip.status is ClipStatus.COMPLETED for clip in self.clips):
            return FinalStatus.PARTIAL
        return FinalStatus.FAILED

    @property
    def final_state(self) -> JobState:
        """The state that the job ends in."""
        return JobState.COMPLETED if self.failure is None else JobState.FAILED


@frozen(kw_only=True)
class Transition:
    """A state and when it was entered."""

    state: Annotated[JobState, "The state that was entered."]
    at: Annotated[datetime, "When it was entered."]


@frozen(kw_only=True)
class Metadata:
    """Who ran the job, and on what."""

    engine_used: Annotated[EngineKind | None, "The engine; null before routing was reached."]
    proxy_profile_used: Annotated[str | None, "The canonical profile; null if none is known."]
    proxy_profile_fingerprint: Annotated[
        str | None, "SHA-256 of the profile's canonical form.", SHA256
    ]
    resolve_preset_used: Annotated[str | None, "The profile's render preset; Resolve only."]
    jobspec_version: Annotated[str | None, "The version that the spec named."]
    engine_path: Annotated[
        str | None, "The program that encoded; Resolve's scripting library for Resolve."
    ]
    engine_probe_path: Annotated[str | None, "The program that measured."]
    engine_probe_sha256: Annotated[str | None, "SHA-256 of the program that measured.", SHA256]
    engine_origin: Annotated[EngineOrigin | ResolveOrigin | None, "How the engine was found."]
    engine_version: Annotated[str | None, "The version that the engine tells."]
    engine_sha256: Annotated[str | None, "SHA-256 of the engine's program.", SHA256]
    proxx_version: Annotated[str, "The version of Proxx."]
    host: Annotated[str, "The machine that ran the job."]
    worker: Annotated[str, "Which worker ran it; `run` for `proxx run`, `recovery` after a crash."]
    attempt_id: Annotated[str, "Unique for every claim of a spec."]
    spec_name: Annotated[str | None, "The spec's file name at its claim; null for `proxx run`."]


@frozen(kw_only=True)
class Result:
    """What became of one job: how it ended, what ran, what was measured."""

    result_version: Annotated[str, "The version of this form.", more(constant=RESULT_VERSION)] = (
        RESULT_VERSION
    )
    job_id: Annotated[str, "The submitter's id, or the generated one.", _NAMED]
    final_status: Annotated[FinalStatus, "How the job ended."]
    failure: Annotated[Failure | None, "Why the job failed; null when it completed."]
    clips: Annotated[
        tuple[ClipResult, ...], "Every clip, in the spec's order; empty if the spec named none."
    ]
    started_at: Annotated[datetime, "When the job was claimed."]
    completed_at: Annotated[datetime, "When its last clip, or the job, was decided."]
    duration_seconds: Annotated[float, "Seconds between the two.", AT_LEAST_0]
    transitions: Annotated[
        tuple[Transition, ...], "The states that the job went through, in order."
    ]
    jobspec: Annotated[
        Any,
        "The submitted document as it was read: any JSON value; null if it could not be parsed.",
    ]
    jobspec_sha256: Annotated[
        str | None, "SHA-256 of the document's bytes; null if they could not be read.", SHA256
    ]
    metadata: Annotated[Metadata, "Who ran the job, and on what.", more(name="_metadata")]


def unattempted(plan: PlannedClip) -> ClipResult:
    """Return the result of a clip that was planned and never started."""
    is_raw = isinstance(plan, ResolveClip)
    method = RAW_SOURCE_METHOD if is_raw else SOURCE_METHOD
    return ClipResult(
        index=plan.index,
        source_path=plan.source.path,
        resolved_output_path=plan.output_path,
        status=ClipStatus.NOT_ATTEMPTED,
        resolved_tokens=plan.resolved_tokens,
        command=() if isinstance(plan, ResolveClip) else plan.argv,
        left_out=() if isinstance(plan, ResolveClip) else plan.left_out,
        source_fingerprint=Fingerprint(method=method, value=plan.source.fingerprint),
        transformation_fingerprint=None
        if isinstance(plan, ResolveClip)
        else Fingerprint(method=TRANSFORMATION_METHOD, value=plan.transformation),
    )
