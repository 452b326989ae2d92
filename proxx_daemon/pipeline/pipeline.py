"""What stays the same from job to job: the checks, the plan, and which executor fits."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from attrs import field, frozen

from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.executors.executor import Executor
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.pipeline.asked import asked
from proxx_daemon.pipeline.context import ForegroundContext, JobContext
from proxx_daemon.pipeline.planning import plan_job
from proxx_daemon.pipeline.preparation import JobFacts, Preparation
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.system.cancel import CancelToken


@frozen(kw_only=True)
class Pipeline:
    """The way from a spec's bytes to a plan; safe to use from several threads."""

    profiles: Mapping[str, CanonicalProfile]
    engines: FfmpegSelection
    resolve: LocalResolve
    #: that the probe of one file may take
    probe_seconds: float
    #: whether results get a hash of every byte of each source
    hash_sources: bool = False
    _preparation: Preparation = field(init=False)

    @_preparation.default
    def _checks(self) -> Preparation:
        return Preparation(
            profiles=self.profiles,
            engines=self.engines,
            resolve=self.resolve,
            probe_seconds=self.probe_seconds,
        )

    def plan(
        self, content: bytes, facts: JobFacts, attempt_id: str, context: JobContext
    ) -> JobPlan:
        """Check a spec completely and plan it; `facts` is filled on the way. Raise JobFailed."""
        prepared = self._preparation.prepare(
            content, facts, context.cancel, context.keep_descriptors
        )
        context.report(StateEntered(state=JobState.PLANNING, at=datetime.now(UTC)))
        return plan_job(
            prepared, attempt_id, resolve_prefix=self.resolve.prefix, hash_sources=self.hash_sources
        )

    def validate(
        self, content: bytes, job_id: str, *, step_seconds: float, cancel: CancelToken
    ) -> JobPlan:
        """Check and plan a spec without running it; raise JobFailed.

        A job for Resolve is compared with the running Resolve too, which changes nothing there.
        `step_seconds` is for each step on a volume of a source, the outputs or FFmpeg.
        """
        context = ForegroundContext(listener=lambda _: None, cancel=cancel)

        def check() -> JobPlan:
            plan = self.plan(content, JobFacts(job_id=job_id), job_id, context)
            if plan.profile.engine is EngineKind.RESOLVE:
                self.resolve.check(plan.profile.resolve_preset, cancel=cancel)
            return plan

        return asked(step_seconds, check, cancel)


def executor_for(plan: JobPlan, executors: Iterable[Executor]) -> Executor:
    """Return the executor that a plan goes to; the first that can run it."""
    for executor in executors:
        if executor.can_run(plan):
            return executor
    raise LookupError(f"no executor runs plans for {plan.profile.engine}")
