"""The executor of standard formats: one FFmpeg command for each clip."""

import shlex

from attrs import define, evolve

from proxx_daemon.engines.ffmpeg import encode as ffmpeg
from proxx_daemon.executors.clip_run import ClipRun, LocalRun
from proxx_daemon.executors.local import LocalExecutor
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.output import comparison, mxf_identity
from proxx_daemon.output.check import Check
from proxx_daemon.plan.plan import ClipPlan, PlannedClip
from proxx_daemon.source.measure import check_unchanged
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.source.opened import opened_again
from proxx_daemon.system.child import RunLimits


@define(kw_only=True)
class FfmpegClipRun(ClipRun):
    """Takes one planned clip to its sealed file with FFmpeg."""

    clip: ClipPlan

    def _encode(self) -> None:
        with opened_again(self.clip.source) as source:
            self._hash_source(source)
            self.note(f"clip {self.clip.index}: {shlex.join(self.clip.argv)}")
            with self.job.partials.file(self.clip.partial_path):
                self._run_engine(source)
        # Its name must be the same file's still: that is what the proxy is relinked to.
        check_unchanged(self.clip.source.path, self.clip.source.identity)
        mxf_identity.stamp(self.clip)

    def _run_engine(self, source: int) -> None:
        """Let the engine read the open source and write the partial file.

        Raise JobFailed if it does not end well.
        """
        run = ffmpeg.encode(
            self.clip,
            len(self.job.plan.clips),
            program=self.job.attempt.engine.ffmpeg,
            source=source,
            report=self.tell,
            log=self.log(),
            limits=self.job.limits,
            cancel=self.job.cancel,
            keep_descriptors=self.job.descriptors,
        )
        self._result = evolve(self._result, exit_code=run.exit_code, engine_log_tail=run.log_tail)
        if run.failure is not None:
            raise JobFailed(run.failure)

    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        return (
            *comparison.compare(self.clip.expectation, media, size),
            *mxf_identity.checks(self.clip),
        )

    def _source(self) -> Source:
        return self.clip.source


class FfmpegExecutor(LocalExecutor):
    """Runs FFmpeg on this machine, as many jobs at a time as it has slots."""

    queues = False

    def __init__(self, *, slots: int, limits: RunLimits, probe_seconds: float) -> None:
        """Take no more jobs than there are slots: none of them waits."""
        super().__init__(
            str(EngineKind.FFMPEG),
            slots=slots,
            takes=slots,
            limits=limits,
            probe_seconds=probe_seconds,
        )

    def clip_run(self, run: LocalRun, clip: PlannedClip) -> ClipRun:
        """Return the run of one clip."""
        if not isinstance(clip, ClipPlan):
            raise TypeError("a clip for another engine was given to FFmpeg")
        return FfmpegClipRun(job=run, clip=clip)
