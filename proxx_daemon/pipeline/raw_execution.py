"""One clip of camera RAW: a session with Resolve renders it; the rest is as with FFmpeg."""

import os
from contextlib import suppress
from typing import Final

import structlog
from attrs import define, evolve, field

from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.listener import RenderProgress, SessionLimits
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.job.progress import ClipProgress
from proxx_daemon.output import comparison
from proxx_daemon.output.check import Check
from proxx_daemon.output.digest import OutputDigest
from proxx_daemon.output.publication import io_failure
from proxx_daemon.pipeline.context import note
from proxx_daemon.pipeline.execution import ClipRun
from proxx_daemon.plan import resolve as resolve_plan
from proxx_daemon.plan import space
from proxx_daemon.plan.plan import Expectation
from proxx_daemon.plan.resolve_clips import ResolveClip
from proxx_daemon.plan.resolve_session import (
    ClipFacts,
    ResolveInstallation,
    SessionPlan,
    SessionTask,
)
from proxx_daemon.plan.resolve_source import described
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source import raw_files
from proxx_daemon.source.media import MediaInfo, Source

_UNKNOWN: Final = "a render was reported without what Resolve knows of the clip"


@define(kw_only=True)
class RawClipRun(ClipRun):
    """Takes one planned clip to its end with Resolve."""

    clip: ResolveClip
    profile: CanonicalProfile
    installation: ResolveInstallation
    #: how the names of our projects begin
    prefix: str
    #: seconds for each step but the render; None leaves each its own
    step_seconds: float | None
    #: the lock of Resolve's slot, which the session inherits
    slot_descriptor: int
    #: the submitter's or the generated id, for the log
    job_id: str
    _facts: ClipFacts | None = field(default=None, init=False)
    _expected: Expectation | None = field(default=None, init=False)

    def _hash_source(self) -> None:
        """Hash a source that is one file; a sequence has no bytes of its own."""
        if self.clip.source.frames is None:
            super()._hash_source()

    def _encode(self) -> None:
        self._check_unchanged()
        order = self.clip.order
        try:
            os.mkdir(order.folder)
        except OSError as error:
            raise JobFailed(io_failure(error, order.folder)) from error
        note(self.context, f"clip {self.clip.index}: Resolve renders {order.media}")
        plan = SessionPlan(
            task=SessionTask.RENDER,
            installation=self.installation,
            prefix=self.prefix,
            render=order,
        )
        run = resolve.run(
            plan,
            limits=SessionLimits(
                render_seconds=self.limits.wall_seconds,
                stall_seconds=self.limits.stall_seconds,
                step_seconds=self.step_seconds,
            ),
            on_progress=self._report,
            on_facts=self._plan,
            log=self.context.log,
            cancel=self.context.cancel,
            keep_descriptors=(*self.context.keep_descriptors, self.slot_descriptor),
        )
        self._note(run)
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

    def _plan(self, facts: ClipFacts, tracks: tuple[int, ...]) -> None:
        """Hear what the proxy will be, at the last moment before the render."""
        self._facts = facts
        self._expected = resolve_plan.expectation(self.profile, facts, tracks)
        status = os.statvfs(self.clip.order.folder)
        free = status.f_bavail * status.f_frsize
        needed = space.likely_size(self._expected, self.profile.space)
        # Some network and user-space file systems do not say how large they are.
        if status.f_blocks and needed > free:
            raise JobFailed(
                failure(
                    Code.DISK_FULL,
                    f"The proxy is likely to need {needed / 1e6:,.1f} MB and the volume has "
                    f"{free / 1e6:,.1f} MB free; nothing was rendered.",
                )
            )

    def _report(self, seen: RenderProgress) -> None:
        facts = self._facts
        if facts is None:
            return
        frames = round(seen.fraction * facts.frames)
        fps = frames / seen.seconds if frames and seen.seconds else None
        self.context.report(
            ClipProgress(
                index=self.clip.index,
                clips=self.clips,
                name=os.path.basename(self.clip.source.path),
                frames=frames,
                frames_total=facts.frames,
                fps=fps,
                speed=None if fps is None else float(fps / facts.rate),
            )
        )

    def _note(self, run: resolve.SessionRun) -> None:
        """Keep what the session did, whether it ended well or not."""
        ended_late = run.failure is None and run.exit_code != 0
        self._result = evolve(
            self._result,
            exit_code=None if ended_late else run.exit_code,
            engine_log_tail=run.log_tail,
            resolve_steps=run.steps,
        )
        for record in run.steps:
            for call in record.calls:
                note(self.context, f"{record.step}: {call.call} -> {call.returned}")
        if run.left_behind is not None:
            structlog.get_logger().warning(
                "resolve_left_behind", job_id=self.job_id, reason=run.left_behind
            )

    def _check_unchanged(self) -> None:
        if raw_files.changed(self.clip.source):
            path = self.clip.source.path
            raise JobFailed(
                failure(Code.SOURCE_CHANGED, f"'{path}' changed while the job waited or rendered.")
            )

    def _adopt(self) -> None:
        """Give the one file in the folder of the render the name under which it is verified.

        Resolve may add to a name, a frame number say, or write the extension in capitals.
        """
        with suppress(OSError):
            names = os.listdir(self.clip.order.folder)
            found = os.path.join(self.clip.order.folder, names[0]) if len(names) == 1 else None
            if found not in (None, self.clip.partial_path):
                os.rename(str(found), self.clip.partial_path)

    def _publish(self, digest: OutputDigest) -> None:
        super()._publish(digest)
        with suppress(OSError):
            os.rmdir(self.clip.order.folder)

    def _kept_partial(self) -> str | None:
        self._adopt()
        kept = super()._kept_partial()
        with suppress(OSError):
            os.rmdir(self.clip.order.folder)
        return kept
