"""Resolve on this machine: where it is, whether it can be used, and its one slot."""

import os
from collections.abc import Mapping, Sequence

from attrs import field, frozen

from proxx_daemon.engines.resolve import locate, slot
from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.listener import SessionLimits
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.plan import resolve as resolve_plan
from proxx_daemon.plan.resolve_session import (
    ResolveEngine,
    ResolveInstallation,
    SessionPlan,
    SessionTask,
)
from proxx_daemon.system.cancel import CancelToken


@frozen(kw_only=True)
class LocalResolve:
    """Checks Resolve before a job begins."""

    #: where RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB are read from
    environment: Mapping[str, str]
    #: the file whose lock is Resolve's slot on this machine
    lock_path: str = slot.LOCK_PATH
    #: seconds for each step but the render; None: each has the limit of the table
    step_seconds: float | None = None
    #: name of this machine: it is part of the names of our projects
    host: str = field(factory=lambda: os.uname().nodename)

    @property
    def prefix(self) -> str:
        """How the names of our projects on this machine begin."""
        return resolve_plan.project_prefix(self.host)

    def installation(self) -> ResolveInstallation:
        """Return where the scripting module is. Raise JobFailed when there is none."""
        return locate.locate(self.environment)

    def check(
        self,
        preset: str | None = None,
        *,
        cancel: CancelToken | None = None,
        keep_descriptors: Sequence[int] = (),
    ) -> ResolveEngine:
        """Connect, ask for version and presets, and change nothing.

        Needs no slot. `preset` must be there. Raise JobFailed with the code of the
        obstacle.
        """
        installation = self.installation()
        plan = SessionPlan(task=SessionTask.CHECK, installation=installation, prefix=self.prefix)
        limits = SessionLimits(
            render_seconds=None, stall_seconds=None, step_seconds=self.step_seconds
        )
        run = resolve.run(plan, limits=limits, cancel=cancel, keep_descriptors=keep_descriptors)
        if run.failure is not None:
            raise JobFailed(run.failure)
        if preset is not None and run.presets is not None and preset not in run.presets:
            raise failed(
                Code.RESOLVE_PRESET_MISSING,
                f"Resolve has no render preset '{preset}'. It has: "
                f"{', '.join(run.presets) or 'none'}.",
            )
        return ResolveEngine(
            installation=installation,
            product=run.product,
            version=run.version,
            sha256=locate.sha256_of(installation),
            presets=run.presets,
        )
