"""Checks and plans a spec without running it.

Apart from the pipeline, which brings along all that runs a job: `proxx validate` is waited for.
"""

from typing import TYPE_CHECKING

from proxx_daemon.pipeline.planning import plan_job
from proxx_daemon.pipeline.preparation import JobFacts, Preparation, Prepared

if TYPE_CHECKING:
    from proxx_daemon.plan.plan import JobPlan
    from proxx_daemon.plan.resolve_clips import ResolvePlan


def validate(preparation: Preparation, content: bytes, job_id: str) -> "JobPlan | ResolvePlan":
    """Check a spec and name its outputs; raises JobFailed.

    A job for Resolve is held against the running Resolve too, which changes nothing there.
    """
    prepared = preparation.prepare(content, JobFacts(job_id=job_id))
    if isinstance(prepared, Prepared):
        return plan_job(prepared, job_id)
    # Most jobs are none of Resolve's.
    from proxx_daemon.pipeline.raw_planning import plan_raw_job  # noqa: PLC0415

    resolve = preparation.resolve
    plan = plan_raw_job(prepared, job_id, resolve.prefix)
    resolve.check(prepared.profile.resolve_preset)
    return plan
