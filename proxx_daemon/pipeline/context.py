"""What a job needs from whoever runs it: the one place where `run` and `watch` differ."""

from collections.abc import Callable, Sequence

from attrs import field, frozen

from proxx_daemon.job.progress import JobEvent
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.result.result import ClipResult
from proxx_daemon.system.cancel import CancelToken


class JobContext:
    """Where a job leaves its notes, and where it learns that it must stop; it drops the notes."""

    @property
    def cancel(self) -> CancelToken:
        """Readable when the checks must stop; an executor has its own way to be stopped."""
        raise NotImplementedError

    @property
    def keep_descriptors(self) -> Sequence[int]:
        """Descriptors that the job's children inherit."""
        return ()

    def log(self, lines: Sequence[bytes]) -> None:
        """Write lines to the job's engine log; a log that cannot take it costs no job."""

    def report(self, event: JobEvent) -> None:
        """Take note of a state or of progress."""

    def started(self, jobspec_sha256: str | None) -> None:
        """Make durable that an attempt was started; raise JobFailed when that fails."""

    def planned(self, plan: JobPlan) -> None:
        """Note the planned clips."""

    def begun(self) -> None:
        """Make durable that an engine is about to begin; raise JobFailed when that fails."""

    def publishing(self, clip: ClipResult) -> None:
        """Make durable what is about to be published; raise JobFailed when that fails."""


@frozen(kw_only=True)
class ForegroundContext(JobContext):
    """The context of a job without a watch folder: it needs no notes, for nobody recovers it.

    The result has the last lines of its log.
    """

    #: takes states and progress
    listener: Callable[[JobEvent], None]
    cancel: CancelToken = field(factory=CancelToken)

    def report(self, event: JobEvent) -> None:
        """Pass it on."""
        self.listener(event)
