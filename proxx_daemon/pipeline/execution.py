"""One clip: encode, verify, publish; here with FFmpeg, in `raw_execution` with Resolve."""

import os
import shlex
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import UTC, datetime

from attrs import define, evolve, field

from proxx_daemon.engines.engine import Engine
from proxx_daemon.engines.ffmpeg import encode as ffmpeg
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.output import comparison, mxf_identity, relink
from proxx_daemon.output.check import Check
from proxx_daemon.output.digest import OutputDigest
from proxx_daemon.output.publication import Sealed, publish, size_of_partial
from proxx_daemon.pipeline.context import JobContext, note
from proxx_daemon.pipeline.paths import check_unchanged
from proxx_daemon.plan.plan import ClipPlan
from proxx_daemon.plan.resolve_clips import PlannedClip
from proxx_daemon.result.result import ClipResult, ClipStatus, unattempted
from proxx_daemon.source.fingerprint import OUTPUT_METHOD, Fingerprint
from proxx_daemon.source.hashing import source_content
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.source.probe import Probe
from proxx_daemon.system import durable
from proxx_daemon.system.child import RunLimits


@define(kw_only=True)
class ClipRun(ABC):
    """Takes one planned clip to its end, with whatever engine."""

    clip: PlannedClip
    #: number of clips in the job
    clips: int
    engine: Engine
    context: JobContext
    limits: RunLimits
    probe_seconds: float
    #: whether the result gets a hash of the whole source
    hash_source: bool = False
    _result: ClipResult = field(init=False)
    _started: float = field(init=False)

    def run(self) -> ClipResult:
        """Encode, verify and publish; every failure ends up in the returned result."""
        self._result = evolve(
            unattempted(self.clip), status=ClipStatus.FAILED, started_at=datetime.now(UTC)
        )
        self._started = time.monotonic()
        try:
            self.context.report(StateEntered(state=JobState.EXECUTING, at=datetime.now(UTC)))
            self._hash_source()
            self._encode()
            self.context.report(StateEntered(state=JobState.VERIFYING, at=datetime.now(UTC)))
            size = size_of_partial(self.clip.partial_path)
            with OutputDigest(self.clip.partial_path, size) as digest:
                self._verify(size)
                self._publish(digest)
        except JobFailed as error:
            self._result = evolve(
                self._ended(),
                status=ClipStatus.FAILED,
                failure=error.failure,
                partial_path=self._kept_partial(),
            )
        return self._result

    def _hash_source(self) -> None:
        """Read the source once, before the engine does; on request only."""
        if self.hash_source:
            content = source_content(self.clip.source.path, self.context.cancel)
            self._result = evolve(self._result, source_content_fingerprint=content)

    @abstractmethod
    def _encode(self) -> None:
        """Write the partial file; raises JobFailed. The result knows the run in any case."""

    @abstractmethod
    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        """Hold what came out against what was planned; `size` is in bytes."""

    @abstractmethod
    def _source(self) -> Source:
        """Give the source as it was measured."""

    def _verify(self, size: int) -> None:
        """Measure what came out; exit code 0 proves nothing. `size` is in bytes."""
        durable.begin_writing(self.clip.partial_path)
        probe = Probe(
            self.engine.tools.ffprobe,
            cancel=self.context.cancel,
            keep_descriptors=self.context.keep_descriptors,
            seconds=self.probe_seconds,
        )
        try:
            media = probe.describe(self.clip.partial_path, count_packets=True)
        except JobFailed as error:
            if error.failure.code is Code.SOURCE_NOT_MEDIA:
                raise JobFailed(failure(Code.OUTPUT_UNREADABLE, error.failure.message)) from None
            raise
        checks = self._compare(media, size)
        self._result = evolve(self._result, verification=checks)
        wrong = comparison.failed(checks)
        if media.footage() is None:
            wrong = "no video streams detected"
        if wrong:
            raise JobFailed(
                failure(
                    Code.VERIFICATION_FAILED,
                    f"Output file generated but failed verification: {wrong}",
                )
            )
        verdicts = relink.verdicts(self._source(), media, self.clip.output_path)
        self._result = evolve(self._result, relink=verdicts)

    def _publish(self, digest: OutputDigest) -> None:
        def record(sealed: Sealed) -> None:
            self._result = evolve(
                self._ended(),
                status=ClipStatus.COMPLETED,
                output_size_bytes=sealed.size,
                output_fingerprint=Fingerprint(method=OUTPUT_METHOD, value=sealed.sha256),
            )
            self.context.publishing(self._result)

        publish(self.clip.partial_path, self.clip.output_path, digest=digest.of, record=record)

    def _ended(self) -> ClipResult:
        return evolve(
            self._result,
            completed_at=datetime.now(UTC),
            duration_seconds=round(time.monotonic() - self._started, 3),
        )

    def _kept_partial(self) -> str | None:
        """Name the partial file that is kept for a look; an empty one is not worth any."""
        path = self.clip.partial_path
        with suppress(OSError):
            if os.lstat(path).st_size == 0:
                os.unlink(path)
        return path if os.path.lexists(path) else None


@define(kw_only=True)
class FfmpegClipRun(ClipRun):
    """Takes one planned clip to its end with FFmpeg."""

    clip: ClipPlan

    def _encode(self) -> None:
        check_unchanged(self.clip.source.path, self.clip.source.identity)
        note(self.context, f"clip {self.clip.index}: {shlex.join(self.clip.argv)}")
        run = ffmpeg.encode(
            self.clip,
            self.clips,
            report=self.context.report,
            log=self.context.log,
            limits=self.limits,
            cancel=self.context.cancel,
            keep_descriptors=self.context.keep_descriptors,
        )
        self._result = evolve(self._result, exit_code=run.exit_code, engine_log_tail=run.log_tail)
        if run.failure is not None:
            raise JobFailed(run.failure)
        check_unchanged(self.clip.source.path, self.clip.source.identity)
        mxf_identity.stamp(self.clip)

    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        return (
            *comparison.compare(self.clip.expectation, media, size),
            *mxf_identity.checks(self.clip),
        )

    def _source(self) -> Source:
        return self.clip.source
