"""One attempt at a job, from its spec's bytes to its outcome; the same for `run` and `watch`.

It renames no spec and writes no result: whoever runs it does. `prepare` checks and plans; then
an executor carries out the plan and reports its events to `tell`, which publishes the clips.
"""

import hashlib
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import define, evolve, field, frozen

from proxx_daemon.executors.executor import (
    Attempt,
    ClipFailed,
    ClipSealed,
    Ended,
    EngineOutput,
    ExecutionEvent,
    JobBegun,
)
from proxx_daemon.executors.local import defect
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure, not_answering
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.output import partial
from proxx_daemon.output.publication import check_sealed, publish
from proxx_daemon.pipeline.context import JobContext
from proxx_daemon.pipeline.paths import check_publishable
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.pipeline.preparation import JobFacts
from proxx_daemon.plan import naming
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome, unattempted
from proxx_daemon.system import storage
from proxx_daemon.system.storage import Errand


def new_attempt_id() -> str:
    """Return a unique id for an attempt: it names the attempt's notes and partial files."""
    return uuid.uuid4().hex


@frozen(kw_only=True)
class Submission:
    """A spec on its way through the pipeline."""

    #: unique for this attempt
    attempt_id: str
    #: returns the document's bytes; may raise JobFailed
    read: Callable[[], bytes]
    #: when it was claimed
    claimed_at: datetime
    #: the same moment on the monotonic clock
    claimed_monotonic: float


@define(kw_only=True)
class JobRun:
    """What is known of one attempt, and what became of its clips so far.

    Used by one thread at a time: first by whoever prepares it, then by its executor's.
    """

    pipeline: Pipeline
    submission: Submission
    context: JobContext
    #: where its threads note their steps
    errand: Errand = field(factory=Errand, init=False)
    #: what was planned; None until then
    plan: JobPlan | None = field(default=None, init=False)
    _facts: JobFacts = field(init=False)
    _sha256: str | None = field(default=None, init=False)
    _clips: list[ClipResult] = field(factory=list, init=False)

    def __attrs_post_init__(self) -> None:
        """Start with the id that the job gets if its spec has none."""
        self._facts = JobFacts(job_id=self.submission.attempt_id)

    def prepare(self) -> JobOutcome | None:
        """Check and plan the job; return its outcome if it failed, None if it may run."""
        try:
            self._enter(JobState.VALIDATING)
            content = self._read()
            self._sha256 = hashlib.sha256(content).hexdigest()
            self.context.started(self._sha256)
            plan = self.pipeline.plan(
                content, self._facts, self.submission.attempt_id, self.context
            )
            self._clips += [unattempted(clip) for clip in plan.clips]
            self.context.planned(plan)
            self.plan = plan
        except JobFailed as error:
            return self.outcome(error.failure)
        except Exception as error:  # noqa: BLE001 - a defect fails its job, never the daemon
            return self.outcome(defect(error, self._facts.job_id))
        return None

    def attempt(self, tell: Callable[[ExecutionEvent], None]) -> Attempt:
        """Return what the executor of the plan is given; `tell` takes its events."""
        if self._facts.engine is None:
            raise RuntimeError("a job was planned without an engine")
        return Attempt(
            attempt_id=self.submission.attempt_id,
            job_id=self._facts.job_id,
            engine=self._facts.engine,
            tell=tell,
            keep_descriptors=tuple(self.context.keep_descriptors),
            errand=self.errand,
        )

    def tell(self, event: ExecutionEvent) -> JobOutcome | None:
        """Act on an executor's event; return the outcome with the last one.

        Raise JobFailed if the job must stop.
        """
        match event:
            case StateEntered() | ClipProgress():
                self.context.report(event)
            case EngineOutput(lines=lines):
                self.context.log(lines)
            case JobBegun(resolve=resolve):
                self._facts.resolve = resolve
                self.context.begun()
            case ClipSealed():
                self._publish(event)
            case ClipFailed(clip=clip):
                self._clips[clip.index] = clip
            case Ended(failure=reason):
                self._remove_partial_folder()
                return self.outcome(reason)
        return None

    def left(self, *, stopped: bool) -> JobOutcome:
        """Return how a job ended whose thread does not come back, and leave that behind.

        `stopped`: the job was asked to end. The thread does nothing more, even if it comes back.
        """
        self.errand.leave()
        if self.plan is not None and all(
            clip.status is ClipStatus.COMPLETED for clip in self._clips
        ):
            # Every proxy is published; only the empty folder of the partial files may be left.
            return self.outcome(None)
        place = f"'{self.errand.path}'" if self.errand.path else "A volume that the job uses"
        if stopped:
            reason = failure(Code.INTERRUPTED, f"Proxx was stopped while {place} did not answer.")
        elif self.plan is None:
            reason = not_answering(self.errand.path)
        else:
            reason = failure(Code.STORAGE_STALLED, f"{place} does not answer any more.")
        if self.plan is not None:
            self._fail_clip(reason)
        return self.outcome(reason)

    def _fail_clip(self, reason: Failure) -> None:
        """Let the clip that is under way fail: the first that is not completed."""
        for index, clip in enumerate(self._clips):
            if clip.status is not ClipStatus.COMPLETED:
                self._clips[index] = evolve(clip, status=ClipStatus.FAILED, failure=reason)
                return

    def outcome(self, reason: Failure | None) -> JobOutcome:
        """Return how the job ended."""
        facts = self._facts
        said = "completed" if reason is None else f"{reason.code}: {reason.message}"
        self.context.log((f"[proxx] {said}".encode("utf-8", "surrogateescape"),))
        return JobOutcome(
            job_id=facts.job_id,
            jobspec=facts.document,
            jobspec_sha256=self._sha256,
            clips=tuple(self._clips) or _unnamed(facts),
            failure=reason,
            profile_name=facts.profile.name if facts.profile else None,
            profile_fingerprint=facts.profile.fingerprint if facts.profile else None,
            resolve_preset=facts.profile.resolve_preset if facts.profile else None,
            engine_used=str(facts.routed) if facts.routed else None,
            engine=facts.engine,
            started_at=self.submission.claimed_at,
            completed_at=datetime.now(UTC),
            duration_seconds=time.monotonic() - self.submission.claimed_monotonic,
            resolve=facts.resolve,
        )

    def _read(self) -> bytes:
        """Read the spec; one that cannot be read is an attempt all the same."""
        try:
            return self.submission.read()
        except JobFailed:
            self.context.started(None)
            raise

    def _enter(self, state: JobState) -> None:
        self.context.report(StateEntered(state=state, at=datetime.now(UTC)))

    def _remove_partial_folder(self) -> None:
        """Remove the folder of the partial files, unless one was kept."""
        if self.plan is not None:
            folder = self.plan.spec.output_directory
            partial.remove_empty(naming.partial_folder(folder, self.submission.attempt_id))
            storage.check()

    def _publish(self, sealed: ClipSealed) -> None:
        """Publish a sealed clip under its final name; if that fails, the clip has failed."""
        clip = sealed.clip
        digest = "" if clip.output_fingerprint is None else clip.output_fingerprint.value
        try:
            check_publishable(str(clip.resolved_output_path))
            check_sealed(sealed.partial_path, digest, sealed.identity)
            publish(
                sealed.partial_path,
                str(clip.resolved_output_path),
                record=lambda: self.context.publishing(clip),
            )
        except JobFailed as error:
            self._clips[clip.index] = evolve(
                clip,
                status=ClipStatus.FAILED,
                failure=error.failure,
                partial_path=partial.kept(sealed.partial_path),
                output_size_bytes=None,
                output_fingerprint=None,
            )
            raise
        self._clips[clip.index] = clip


def _unnamed(facts: JobFacts) -> tuple[ClipResult, ...]:
    """List the sources of a job that failed before its clips had names."""
    return tuple(
        ClipResult(
            index=index,
            source_path=path,
            resolved_output_path=None,
            status=ClipStatus.NOT_ATTEMPTED,
        )
        for index, path in enumerate(facts.source_paths)
    )
