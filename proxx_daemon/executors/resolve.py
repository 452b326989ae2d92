"""The executor of camera RAW: sessions with DaVinci Resolve, one job at a time on a machine."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import structlog
from attrs import define, evolve, field

from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve import slot
from proxx_daemon.engines.resolve.listener import RenderProgress, SessionLimits
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.executors.clip_run import ClipRun, LocalRun
from proxx_daemon.executors.local import LocalExecutor
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.job.progress import ClipProgress
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.output import comparison
from proxx_daemon.output.check import Check
from proxx_daemon.plan import resolve as resolve_plan
from proxx_daemon.plan import space
from proxx_daemon.plan.plan import Expectation, PlannedClip, ResolveClip
from proxx_daemon.plan.resolve_session import ClipFacts, ResolveEngine, SessionPlan, SessionTask
from proxx_daemon.plan.resolve_source import described
from proxx_daemon.source import raw_files
from proxx_daemon.source.measure import identify
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.source.opened import opened
from proxx_daemon.system import storage
from proxx_daemon.system.child import RunLimits

if TYPE_CHECKING:
    from io import FileIO

_LOG = structlog.get_logger()
#: jobs that may wait at most
_MOST_WAITING: Final = 100
#: descriptors that a waiting job holds, and those that the daemon needs for everything else
_DESCRIPTORS_OF_A_JOB: Final = 8
_OTHER_DESCRIPTORS: Final = 96
_UNKNOWN: Final = "a render was reported without what Resolve knows of the clip"


@define(kw_only=True)
class ResolveClipRun(ClipRun):
    """Takes one planned clip to its sealed file with Resolve."""

    clip: ResolveClip
    local: LocalResolve
    _facts: ClipFacts | None = field(default=None, init=False)
    _expected: Expectation | None = field(default=None, init=False)

    def _encode(self) -> None:
        self._check_unchanged()
        source = self.clip.source
        # A sequence has no bytes of its own.
        if source.frames is None:
            with opened(source.path, identify(source.path)) as descriptor:
                self._hash_source(descriptor)
        order = self.clip.order
        self.job.partials.folder(order.folder)
        self.note(f"clip {self.clip.index}: Resolve renders {order.media}")
        plan = SessionPlan(
            task=SessionTask.RENDER,
            installation=self.local.installation(),
            prefix=self.local.prefix,
            render=order,
        )
        run = resolve.run(
            plan,
            limits=SessionLimits(
                render_seconds=self.job.limits.wall_seconds,
                stall_seconds=self.job.limits.stall_seconds,
                step_seconds=self.local.step_seconds,
            ),
            on_progress=self._report,
            on_facts=self._expect,
            log=self.log(),
            cancel=self.job.cancel,
            keep_descriptors=self.job.descriptors,
        )
        self._keep(run)
        if run.failure is not None:
            raise JobFailed(run.failure)
        self._check_unchanged()
        self._adopt()

    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        if self._expected is None:
            raise RuntimeError(_UNKNOWN)
        return comparison.compare(self._expected, media, size)

    def _source(self) -> Source:
        if self._facts is None or self._expected is None:
            raise RuntimeError(_UNKNOWN)
        return described(self.clip.source, self._facts, self._expected.audio_channels)

    def _expect(self, facts: ClipFacts, tracks: tuple[int, ...]) -> None:
        """Note what Resolve knows of the clip, and check the space, directly before the render."""
        self._facts = facts
        profile = self.job.plan.profile
        self._expected = resolve_plan.expectation(profile, facts, tracks)
        with storage.asking(self.clip.order.folder):
            status = os.statvfs(self.clip.order.folder)
        free = status.f_bavail * status.f_frsize
        needed = space.likely_size(self._expected, profile.space)
        # Some network and user-space file systems do not say how large they are.
        if status.f_blocks and needed > free:
            raise JobFailed.of(
                Code.DISK_FULL,
                f"The proxy is likely to need {needed / 1e6:,.1f} MB and the volume has "
                f"{free / 1e6:,.1f} MB free; nothing was rendered.",
            )

    def _report(self, seen: RenderProgress) -> None:
        facts = self._facts
        if facts is None:
            return
        frames = round(seen.fraction * facts.frames)
        fps = frames / seen.seconds if frames and seen.seconds else None
        self.tell(
            ClipProgress(
                index=self.clip.index,
                clips=len(self.job.plan.clips),
                name=os.path.basename(self.clip.source.path),
                frames=frames,
                frames_total=facts.frames,
                fps=fps,
                speed=None if fps is None else float(fps / facts.rate),
            )
        )

    def _keep(self, run: resolve.SessionRun) -> None:
        """Add what the session did to the result, whether it succeeded or not."""
        ended_late = run.failure is None and run.exit_code != 0
        self._result = evolve(
            self._result,
            exit_code=None if ended_late else run.exit_code,
            engine_log_tail=run.log_tail,
            resolve_steps=run.steps,
        )
        for record in run.steps:
            for call in record.calls:
                self.note(f"{record.step}: {call.call} -> {call.returned}")
        if run.left_behind is not None:
            _LOG.warning(
                "resolve_left_behind", job_id=self.job.attempt.job_id, reason=run.left_behind
            )

    def _check_unchanged(self) -> None:
        if raw_files.changed(self.clip.source):
            path = self.clip.source.path
            raise JobFailed.of(
                Code.SOURCE_CHANGED, f"'{path}' changed while the job waited or rendered."
            )

    def _adopt(self) -> None:
        """Rename the one file in the folder of the render to the name under which it is verified.

        Resolve may add to a name, for example a frame number, or write the extension in capitals.
        """
        storage.step(self.clip.order.folder)
        with suppress(OSError):
            names = os.listdir(self.clip.order.folder)
            found = os.path.join(self.clip.order.folder, names[0]) if len(names) == 1 else None
            if found not in (None, self.clip.partial_path):
                os.rename(str(found), self.clip.partial_path)

    def _kept_partial(self) -> str | None:
        self._adopt()
        kept = super()._kept_partial()
        with suppress(OSError):
            os.rmdir(self.clip.order.folder)
        return kept


def most_waiting() -> int:
    """Return how many jobs may wait for Resolve: at least one, as far as descriptors allow."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MOST_WAITING
    return max(1, min(_MOST_WAITING, (soft - _OTHER_DESCRIPTORS) // _DESCRIPTORS_OF_A_JOB))


class ResolveExecutor(LocalExecutor):
    """Runs one job at a time in Resolve's one slot on this machine; the others wait."""

    queues = True

    def __init__(
        self, local: LocalResolve, *, takes: int, limits: RunLimits, probe_seconds: float
    ) -> None:
        """Let at most `takes` jobs wait or run."""
        super().__init__(
            str(EngineKind.RESOLVE),
            slots=1,
            takes=takes,
            limits=limits,
            probe_seconds=probe_seconds,
        )
        self._local = local
        #: the slot of the job that has it, by attempt
        self._held: dict[str, FileIO] = {}

    @contextmanager
    def turn(self, run: LocalRun) -> Iterator[None]:
        """Take the machine's slot; sessions inherit its lock."""

        def waits() -> None:
            _LOG.info("resolve_slot_taken", job_id=run.attempt.job_id)

        with storage.resting():
            held = slot.take(self._local.lock_path, run.cancel, waits)
        if held is None:
            raise JobFailed.of(Code.INTERRUPTED, "Proxx was stopped before Resolve was free.")
        with held:
            self._held[run.attempt.attempt_id] = held
            run.descriptors += (held.fileno(),)
            try:
                yield
            finally:
                self._held.pop(run.attempt.attempt_id, None)

    def abandon(self, attempt_id: str) -> None:
        """Forget a job whose thread was left behind, and release its slot for it."""
        held = self._held.pop(attempt_id, None)
        if held is not None:
            held.close()
        super().abandon(attempt_id)

    def identify(self, run: LocalRun) -> ResolveEngine:
        """Ask Resolve who it is and whether it has the profile's preset."""
        preset = run.plan.profile.resolve_preset
        return self._local.check(preset, cancel=run.cancel, keep_descriptors=run.descriptors)

    def clip_run(self, run: LocalRun, clip: PlannedClip) -> ClipRun:
        """Return the run of one clip."""
        if not isinstance(clip, ResolveClip):
            raise TypeError("a clip for another engine was given to Resolve")
        return ResolveClipRun(job=run, clip=clip, local=self._local)
