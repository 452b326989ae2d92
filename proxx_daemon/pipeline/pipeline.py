"""One job from its bytes to its outcome: the same steps for `run` and `watch`.

A pipeline works in the calling thread. It renames no spec and writes no result: whoever runs
it does.
"""

import hashlib
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from attrs import define, field, frozen

from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, JobFailed, failure
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.pipeline.context import JobContext, note
from proxx_daemon.pipeline.execution import FfmpegClipRun
from proxx_daemon.pipeline.planning import plan_job
from proxx_daemon.pipeline.preparation import JobFacts, Preparation
from proxx_daemon.pipeline.raw_job import RawJob
from proxx_daemon.pipeline.raw_planning import plan_raw_job
from proxx_daemon.pipeline.raw_preparation import PreparedRaw
from proxx_daemon.pipeline.validation import validate
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.plan.resolve_clips import ResolvePlan
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome, unattempted
from proxx_daemon.system.child import RunLimits


def new_attempt_id() -> str:
    """Make the unique id of an attempt: it names the attempt's notes and partial files."""
    return uuid.uuid4().hex


@frozen(kw_only=True)
class Submission:
    """A spec on its way through the pipeline."""

    #: unique for this attempt
    attempt_id: str
    #: gives the document's bytes; raises JobFailed
    read: Callable[[], bytes]
    #: when it was claimed
    claimed_at: datetime
    #: the same moment on the monotonic clock
    claimed_monotonic: float


@define(kw_only=True)
class _Attempt:
    """One job on its way: what is known of it, and what became of its clips so far."""

    submission: Submission
    context: JobContext
    known: JobFacts
    sha256: str | None = None
    clips: list[ClipResult] = field(factory=list)

    def outcome(self, reason: Failure | None) -> JobOutcome:
        """Put together how the job ended."""
        known = self.known
        note(self.context, "completed" if reason is None else f"{reason.code}: {reason.message}")
        return JobOutcome(
            job_id=known.job_id,
            jobspec=known.document,
            jobspec_sha256=self.sha256,
            clips=tuple(self.clips) or _unnamed(known),
            failure=reason,
            profile_name=known.profile.name if known.profile else None,
            profile_fingerprint=known.profile.fingerprint if known.profile else None,
            resolve_preset=known.profile.resolve_preset if known.profile else None,
            engine_used=str(known.routed) if known.routed else None,
            engine=known.engine,
            started_at=self.submission.claimed_at,
            completed_at=datetime.now(UTC),
            duration_seconds=time.monotonic() - self.submission.claimed_monotonic,
            resolve=known.resolve,
        )

    def guarded(self, work: Callable[[], Failure | None]) -> Failure | None:
        """Do a part of the job; every failure, foreseen or not, is given back."""
        try:
            return work()
        except JobFailed as error:
            return error.failure
        except Exception as error:  # noqa: BLE001 - a defect fails its job, never the daemon
            return _defect(error, self.known.job_id)


@frozen
class WaitingForResolve:
    """A job that has been checked and needs Resolve; whoever holds it decides when it goes on."""

    _attempt: _Attempt
    _job: RawJob

    def resume(self) -> JobOutcome:
        """Take the job to its end in the calling thread, as soon as Resolve's slot is free."""
        attempt = self._attempt
        return attempt.outcome(
            attempt.guarded(lambda: self._job.run(attempt.known, attempt.context, attempt.clips))
        )

    def give_up(self) -> JobOutcome:
        """End the job without running it."""
        message = "Proxx was stopped while the job waited for Resolve; nothing of it was run."
        return self._attempt.outcome(failure(Code.INTERRUPTED, message))


@frozen(kw_only=True)
class Pipeline:
    """Everything that stays the same from job to job."""

    profiles: Mapping[str, CanonicalProfile]
    engines: FfmpegSelection
    resolve: LocalResolve
    #: of each engine run
    limits: RunLimits
    #: that the probe of one file may take
    probe_seconds: float
    #: whether results get a hash of every byte of each source
    hash_sources: bool = False
    _preparation: Preparation = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Build the checks."""
        preparation = Preparation(
            profiles=self.profiles,
            engines=self.engines,
            resolve=self.resolve,
            probe_seconds=self.probe_seconds,
        )
        object.__setattr__(self, "_preparation", preparation)

    def run(self, submission: Submission, context: JobContext) -> JobOutcome:
        """Take a job to its end. Every failure, foreseen or not, ends up in the outcome."""
        done = self.begin(submission, context)
        return done.resume() if isinstance(done, WaitingForResolve) else done

    def begin(self, submission: Submission, context: JobContext) -> JobOutcome | WaitingForResolve:
        """Take a job to its end, or to the point where it needs Resolve."""
        known = JobFacts(job_id=submission.attempt_id)
        attempt = _Attempt(submission=submission, context=context, known=known)
        waiting: list[WaitingForResolve] = []

        def work() -> Failure | None:
            context.report(StateEntered(state=JobState.VALIDATING, at=datetime.now(UTC)))
            content = self._read(submission, context)
            attempt.sha256 = hashlib.sha256(content).hexdigest()
            context.begin(attempt.sha256)
            prepared = self._preparation.prepare(
                content, known, context.cancel, context.keep_descriptors
            )
            if isinstance(prepared, PreparedRaw):
                waiting.append(WaitingForResolve(attempt, self._raw_job(prepared, submission)))
                return None
            context.report(StateEntered(state=JobState.PLANNING, at=datetime.now(UTC)))
            plan = plan_job(prepared, submission.attempt_id)
            context.planned(plan.clips)
            return self._run_clips(plan, known, context, attempt.clips)

        reason = attempt.guarded(work)
        return waiting[0] if waiting else attempt.outcome(reason)

    def validate(self, content: bytes, job_id: str) -> JobPlan | ResolvePlan:
        """Check and plan a spec without running it; raises JobFailed."""
        return validate(self._preparation, content, job_id)

    def _raw_job(self, prepared: PreparedRaw, submission: Submission) -> RawJob:
        """Make the job that waits; what is wrong with its names is said before it does."""
        plan_raw_job(prepared, submission.attempt_id, self.resolve.prefix)
        return RawJob(
            prepared=prepared,
            attempt_id=submission.attempt_id,
            resolve=self.resolve,
            limits=self.limits,
            probe_seconds=self.probe_seconds,
            hash_sources=self.hash_sources,
        )

    def _read(self, submission: Submission, context: JobContext) -> bytes:
        """Read the spec; one that cannot be read is an attempt all the same."""
        try:
            return submission.read()
        except JobFailed:
            context.begin(None)
            raise

    def _run_clips(
        self, plan: JobPlan, known: JobFacts, context: JobContext, clips: list[ClipResult]
    ) -> Failure | None:
        """Run the clips one after another; the first failure stops the job."""
        clips += [unattempted(clip) for clip in plan.clips]
        if known.engine is None:
            raise RuntimeError("planning was reached without an engine")
        for clip in plan.clips:
            if context.cancel.cancelled:
                return failure(Code.INTERRUPTED, "Proxx was stopped before the next clip.")
            run = FfmpegClipRun(
                clip=clip,
                clips=len(plan.clips),
                engine=known.engine,
                context=context,
                limits=self.limits,
                probe_seconds=self.probe_seconds,
                hash_source=self.hash_sources,
            )
            clips[clip.index] = run.run()
            if clips[clip.index].failure is not None:
                return clips[clip.index].failure
        return None


def _unnamed(known: JobFacts) -> tuple[ClipResult, ...]:
    """List the sources of a job that failed before its clips had names."""
    return tuple(
        ClipResult(
            index=index,
            source_path=path,
            resolved_output_path=None,
            status=ClipStatus.NOT_ATTEMPTED,
        )
        for index, path in enumerate(known.source_paths)
    )


def _defect(error: Exception, job_id: str) -> Failure:
    # Imported where it is needed: `proxx validate` logs nothing and starts a third sooner.
    import structlog  # noqa: PLC0415

    structlog.get_logger().error("job_defect", job_id=job_id, traceback=traceback.format_exc())
    return failure(Code.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
