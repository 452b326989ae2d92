"""A job's way through Resolve: wait for the slot, check, plan, and run its clips one by one."""

from datetime import UTC, datetime

import structlog
from attrs import define

from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.engines.resolve.slot import ResolveSlot
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, failure
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.pipeline.context import JobContext
from proxx_daemon.pipeline.preparation import JobFacts
from proxx_daemon.pipeline.raw_execution import RawClipRun
from proxx_daemon.pipeline.raw_planning import plan_raw_job
from proxx_daemon.pipeline.raw_preparation import PreparedRaw
from proxx_daemon.plan.resolve_clips import ResolveClip, ResolvePlan
from proxx_daemon.result.result import ClipResult, unattempted
from proxx_daemon.system.child import RunLimits


@define(kw_only=True)
class RawJob:
    """A prepared job that runs as soon as Resolve is free."""

    prepared: PreparedRaw
    attempt_id: str
    resolve: LocalResolve
    #: of each render
    limits: RunLimits
    #: that the probe of one proxy may take
    probe_seconds: float
    #: whether results get a hash of the whole source
    hash_sources: bool

    def run(self, known: JobFacts, context: JobContext, clips: list[ClipResult]) -> Failure | None:
        """Run the clips one after another; the first failure stops the job.

        `clips` is filled. Raises JobFailed for what is found before the first one.
        """

        def waits() -> None:
            structlog.get_logger().info("resolve_slot_taken", job_id=known.job_id)

        slot = self.resolve.take_slot(context.cancel, waits)
        if slot is None:
            return failure(Code.INTERRUPTED, "Proxx was stopped before Resolve was free.")
        with slot:
            keep = (*context.keep_descriptors, slot.fileno())
            preset = self.prepared.profile.resolve_preset
            known.resolve = self.resolve.check(preset, cancel=context.cancel, keep_descriptors=keep)
            context.report(StateEntered(state=JobState.PLANNING, at=datetime.now(UTC)))
            # Planned anew: the outputs were free when the job began to wait.
            plan = plan_raw_job(self.prepared, self.attempt_id, self.resolve.prefix)
            clips += [unattempted(clip) for clip in plan.clips]
            context.planned(plan.clips)
            for clip in plan.clips:
                if context.cancel.cancelled:
                    return failure(Code.INTERRUPTED, "Proxx was stopped before the next clip.")
                run = self._clip_run(plan, clip, slot, known, context)
                clips[clip.index] = run.run()
                if clips[clip.index].failure is not None:
                    return clips[clip.index].failure
        return None

    def _clip_run(
        self,
        plan: ResolvePlan,
        clip: ResolveClip,
        slot: ResolveSlot,
        known: JobFacts,
        context: JobContext,
    ) -> RawClipRun:
        return RawClipRun(
            clip=clip,
            clips=len(plan.clips),
            engine=self.prepared.engine,
            context=context,
            limits=self.limits,
            probe_seconds=self.probe_seconds,
            hash_source=self.hash_sources,
            profile=plan.profile,
            installation=self.resolve.installation(),
            prefix=self.resolve.prefix,
            step_seconds=self.resolve.step_seconds,
            slot_descriptor=slot.fileno(),
            job_id=known.job_id,
        )
