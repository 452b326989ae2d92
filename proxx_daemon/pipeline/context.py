"""What the pipeline needs from whoever runs it: the one place where `run` and `watch` differ."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import BinaryIO, Protocol

from attrs import frozen

from proxx_daemon.job.progress import JobEvent
from proxx_daemon.plan.resolve_clips import PlannedClip
from proxx_daemon.result.result import ClipResult
from proxx_daemon.system.child import CancelToken


class JobContext(Protocol):
    """Where a running job leaves its traces, and where it hears that it must stop."""

    @property
    def cancel(self) -> CancelToken:
        """Readable when the job must stop."""
        ...

    @property
    def keep_descriptors(self) -> Sequence[int]:
        """Descriptors that the job's children inherit."""
        ...

    @property
    def log(self) -> BinaryIO | None:
        """Where the engine's own words go; None for nowhere."""
        ...

    def report(self, event: JobEvent) -> None:
        """Take note of a state or of progress."""
        ...

    def begin(self, jobspec_sha256: str | None) -> None:
        """Make durable that the job was begun; raises JobFailed when that fails."""
        ...

    def planned(self, clips: Sequence[PlannedClip]) -> None:
        """Note the planned clips."""
        ...

    def publishing(self, clip: ClipResult) -> None:
        """Make durable what is about to be published; raises JobFailed when that fails."""
        ...


def note(context: JobContext, text: str) -> None:
    """Write a line of our own into the engine's log; a log that cannot take it costs no job."""
    if context.log is not None:
        with suppress(OSError):
            context.log.write(f"[proxx] {text}\n".encode("utf-8", "surrogateescape"))


@frozen
class ForegroundContext:
    """The context of `proxx run`: no watch folder, so nothing to recover from."""

    cancel: CancelToken
    listener: Callable[[JobEvent], None]

    @property
    def keep_descriptors(self) -> Sequence[int]:
        """None: no daemon will look for orphans of this run."""
        return ()

    @property
    def log(self) -> BinaryIO | None:
        """Nowhere: the result holds the last lines."""
        return None

    def report(self, event: JobEvent) -> None:
        """Pass it on."""
        self.listener(event)

    def begin(self, jobspec_sha256: str | None) -> None:
        """Nothing to note."""

    def planned(self, clips: Sequence[PlannedClip]) -> None:
        """Nothing to note."""

    def publishing(self, clip: ClipResult) -> None:
        """Nothing to note."""
