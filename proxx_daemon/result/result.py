"""The result of a job: everything an auditor needs, and nothing that has to be looked up."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from attrs import field, frozen

from proxx_daemon.engines.engine import Engine
from proxx_daemon.failures.errors import Failure, FinalStatus
from proxx_daemon.job.states import JobState
from proxx_daemon.output.check import Check, EditorVerdict
from proxx_daemon.plan.plan import PlannedClip, ResolveClip
from proxx_daemon.plan.resolve_session import ResolveEngine, StepRecord
from proxx_daemon.source.fingerprint import (
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


@frozen(kw_only=True)
class ClipResult:
    """What happened to one clip."""

    #: position in the job, from 0
    index: int
    #: absolute path
    source_path: str
    #: absolute path; None where no name was resolved
    resolved_output_path: str | None
    #: how it ended
    status: ClipStatus
    #: token values; empty where none were resolved
    resolved_tokens: Mapping[str, str] = field(factory=dict)
    #: FFmpeg's arguments; empty where none were planned
    command: tuple[str, ...] = ()
    #: the steps of a session with Resolve and their calls; empty for FFmpeg
    resolve_steps: tuple[StepRecord, ...] = ()
    #: the engine's exit code; negative for a signal; None where it did not run
    exit_code: int | None = None
    #: None where it did not start
    started_at: datetime | None = None
    #: None where it did not start
    completed_at: datetime | None = None
    #: seconds on the monotonic clock
    duration_seconds: float | None = None
    #: bytes of the published file
    output_size_bytes: int | None = None
    #: of the source
    source_fingerprint: Fingerprint | None = None
    #: of the published bytes
    output_fingerprint: Fingerprint | None = None
    #: of source, profile and rate rule together; None where nothing was planned
    transformation_fingerprint: Fingerprint | None = None
    #: of every byte of the source; None where it was not asked for
    source_content_fingerprint: Fingerprint | None = None
    #: every check that was made
    verification: tuple[Check, ...] = ()
    #: whether the proxy attaches to its source, for each editing system
    relink: tuple[EditorVerdict, ...] = ()
    #: the unpublished file that was kept, if any
    partial_path: str | None = None
    #: why it failed
    failure: Failure | None = None
    #: last lines of the engine's log
    engine_log_tail: tuple[str, ...] = ()


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
    #: name of the canonical profile, where it is one
    profile_name: str | None
    #: the profile's fingerprint
    profile_fingerprint: str | None
    #: the profile's Resolve preset
    resolve_preset: str | None
    #: "ffmpeg" or "resolve", where routing was reached
    engine_used: str | None
    #: FFmpeg's identity, where one was found: its ffprobe measures proxies of both engines
    engine: Engine | None
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

    #: the state
    state: JobState
    #: when
    at: datetime


def unattempted(plan: PlannedClip) -> ClipResult:
    """Give the result of a clip that was planned and never started."""
    is_raw = isinstance(plan, ResolveClip)
    method = RAW_SOURCE_METHOD if is_raw else SOURCE_METHOD
    return ClipResult(
        index=plan.index,
        source_path=plan.source.path,
        resolved_output_path=plan.output_path,
        status=ClipStatus.NOT_ATTEMPTED,
        resolved_tokens=plan.resolved_tokens,
        command=() if isinstance(plan, ResolveClip) else plan.argv,
        source_fingerprint=Fingerprint(method=method, value=plan.source.fingerprint),
        transformation_fingerprint=None
        if isinstance(plan, ResolveClip)
        else Fingerprint(method=TRANSFORMATION_METHOD, value=plan.transformation),
    )
