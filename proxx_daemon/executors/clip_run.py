"""One clip: encode, verify, seal; what only one engine does is in `ffmpeg` and `resolve`."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from attrs import define, evolve, field

from proxx_daemon.engines.log import EngineLog
from proxx_daemon.executors.executor import (
    Attempt,
    ClipFailed,
    ClipSealed,
    EngineOutput,
    ExecutionEvent,
)
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.output import comparison, relink
from proxx_daemon.output.check import Check
from proxx_daemon.output.digest import OutputDigest
from proxx_daemon.output.partial import PartialFolder
from proxx_daemon.output.seal import seal, size_of_partial
from proxx_daemon.plan.plan import JobPlan, PlannedClip
from proxx_daemon.result.result import ClipResult, ClipStatus, unattempted
from proxx_daemon.source import written
from proxx_daemon.source.fingerprint import OUTPUT_METHOD, Fingerprint
from proxx_daemon.source.hashing import source_content
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.source.probe import Probe
from proxx_daemon.system import durable
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.child import RunLimits

#: what is said of a source; of a proxy it is one thing: nobody can use what was written
_UNREADABLE: Final = frozenset(
    {
        Code.SOURCE_NOT_MEDIA,
        Code.SOURCE_UNREADABLE,
        Code.SOURCE_TRUNCATED,
        Code.SOURCE_DAMAGED,
    }
)


@define(kw_only=True)
class LocalRun:
    """One job that an executor on this machine runs."""

    plan: JobPlan
    attempt: Attempt
    #: of the engine's runs
    limits: RunLimits
    #: limit of the probe of one proxy
    probe_seconds: float
    #: where its engines write
    partials: PartialFolder
    #: readable when the job must end
    cancel: CancelToken = field(factory=CancelToken)
    #: descriptors that its engines inherit
    descriptors: tuple[int, ...] = ()
    #: its first clip is about to begin, or has
    begun: bool = False
    #: it was withdrawn before that
    withdrawn: bool = False


@define(kw_only=True)
class ClipRun(ABC):
    """Takes one planned clip to its sealed partial file, with any engine."""

    #: the job that it belongs to
    job: LocalRun
    clip: PlannedClip
    _result: ClipResult = field(init=False)
    _started: float = field(init=False)

    def run(self) -> ClipSealed | ClipFailed:
        """Encode, verify and seal; every failure ends up in the returned event."""
        self._result = evolve(
            unattempted(self.clip), status=ClipStatus.FAILED, started_at=datetime.now(UTC)
        )
        self._started = time.monotonic()
        try:
            self._enter(JobState.EXECUTING)
            self._encode()
            self._enter(JobState.VERIFYING)
            return self._verified()
        except JobFailed as error:
            kept = self._kept_partial()
            return ClipFailed(clip=evolve(self._ended(), failure=error.failure, partial_path=kept))

    @property
    def tell(self) -> Callable[[ExecutionEvent], None]:
        """What takes this clip's events."""
        return self.job.attempt.tell

    def note(self, text: str) -> None:
        """Write a line of Proxx into the engine's log."""
        self.tell(EngineOutput(lines=(f"[proxx] {text}".encode("utf-8", "surrogateescape"),)))

    def log(self) -> EngineLog:
        """Return what takes the lines of the engine."""
        return EngineLog(lambda lines: self.tell(EngineOutput(lines=lines)))

    def _enter(self, state: JobState) -> None:
        self.tell(StateEntered(state=state, at=datetime.now(UTC)))

    def _hash_source(self, descriptor: int) -> None:
        """Read the open source once, before the engine does; on request only."""
        if self.job.plan.hash_sources:
            content = source_content(descriptor, self.clip.source.path, self.job.cancel)
            self._result = evolve(self._result, source_content_fingerprint=content)

    @abstractmethod
    def _encode(self) -> None:
        """Write the partial file or raise JobFailed; the result has the run in any case."""

    @abstractmethod
    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        """Compare what came out with what was planned; `size` is in bytes."""

    @abstractmethod
    def _source(self) -> Source:
        """Return the source as it was measured."""

    def _verified(self) -> ClipSealed:
        path = self.clip.partial_path
        size = size_of_partial(path)
        with OutputDigest(path, size) as digest:
            self._verify(size)
            sealed = seal(path, digest.of)
        clip = evolve(
            self._ended(),
            status=ClipStatus.COMPLETED,
            output_size_bytes=sealed.size,
            output_fingerprint=Fingerprint(method=OUTPUT_METHOD, value=sealed.sha256),
        )
        return ClipSealed(clip=clip, partial_path=path, identity=sealed.identity)

    def _verify(self, size: int) -> None:
        """Measure what came out; exit code 0 proves nothing. `size` is in bytes."""
        durable.begin_writing(self.clip.partial_path)
        probe = Probe(
            self.job.attempt.engine.ffprobe,
            cancel=self.job.cancel,
            keep_descriptors=self.job.attempt.keep_descriptors,
            seconds=self.job.probe_seconds,
        )
        try:
            media = written.describe(self.clip.partial_path, probe)
        except JobFailed as error:
            for detail in error.failure.errors:
                self.note(str(detail.found))
            if error.failure.code in _UNREADABLE:
                raise JobFailed.of(Code.OUTPUT_UNREADABLE, error.failure.message) from None
            raise
        checks = self._compare(media, size)
        self._result = evolve(self._result, verification=checks)
        wrong = comparison.failed(checks)
        if media.footage() is None:
            wrong = "no video streams detected"
        if wrong:
            raise JobFailed.of(
                Code.VERIFICATION_FAILED, f"Output file generated but failed verification: {wrong}"
            )
        verdicts = relink.verdicts(self._source(), media, self.clip.output_path)
        self._result = evolve(self._result, relink=verdicts)

    def _ended(self) -> ClipResult:
        return evolve(
            self._result,
            completed_at=datetime.now(UTC),
            duration_seconds=round(time.monotonic() - self._started, 3),
        )

    def _kept_partial(self) -> str | None:
        """Return the path of what the engine wrote and is kept; None without it."""
        return self.job.partials.kept(self.clip.partial_path)
