"""Everything that the daemon tells the outside while it works, in one place.

The terminal, the published status, the service manager, the metrics and the notifications hear
the same events from the supervisor's thread. None of them can hold up or change a job.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import structlog
from attrs import define, field

from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.pool import RunningJob
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.monitor.audience import Audience
from proxx_daemon.monitor.board import Board
from proxx_daemon.monitor.notifications import Notifier
from proxx_daemon.monitor.service import ServiceManager
from proxx_daemon.monitor.status import HealthFact, Mode, Status
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import Filed, WatchFolder

if TYPE_CHECKING:
    from proxx_daemon.monitor.metrics import Metrics

_LOG = structlog.get_logger()
#: seconds between two publications at the least
_PAUSE: Final = 1.0


@define(kw_only=True)
class Announcer:
    """Told by the supervisor's thread alone."""

    folder: WatchFolder
    board: Board
    audience: Audience
    service: ServiceManager
    #: None where nobody asked for them
    metrics: "Metrics | None" = None
    #: None where nobody is to be told
    notifier: Notifier | None = None
    #: what was published last; replaced whole, so that any thread may read it
    latest: Status = field(init=False)
    _next: float = field(default=0.0, init=False)
    _writable: bool = field(default=True, init=False)

    def claimed(self, job: RunningJob) -> None:
        """Tell that a job was claimed."""
        self.board.started(job.attempt_id, job.claim.name, job.worker, job.claimed_at)
        self.audience.started(job.claim.name)
        if self.metrics is not None:
            self.metrics.claimed(max(0.0, job.claimed_at.timestamp() - job.claim.dropped_at))

    def progressed(self, job: RunningJob, progress: ClipProgress) -> None:
        """Tell how far a job is."""
        self.board.progressed(job.attempt_id, progress)
        self.audience.progress(job.claim.name, progress)

    def entered(self, job: RunningJob, event: StateEntered) -> None:
        """Tell that a job entered a state."""
        self.board.entered(job.attempt_id, event)

    def finished(self, job: RunningJob, outcome: JobOutcome, filed: Filed) -> None:
        """Tell how a job ended, after it was filed."""
        self.board.finished(job.attempt_id, outcome, filed.result)
        self.audience.finished(job.claim.name)
        if self.metrics is not None:
            self.metrics.finished(outcome)
        if self.notifier is not None:
            self.notifier.finished(job.claim.name, outcome, filed.result)

    def returned(self, job: RunningJob) -> None:
        """Tell that a job was given back to pending/."""
        self.board.returned(job.attempt_id)
        self.audience.finished(job.claim.name)

    def scanned(self, pending: int, health: Iterable[HealthFact]) -> None:
        """Tell what a look at the folder found."""
        self.board.scanned(pending, health)

    def in_mode(self, mode: Mode) -> None:
        """Tell what becomes of new specs from now on."""
        self.board.mode, self.board.changed = mode, True

    def wake_at(self) -> float | None:
        """Monotonic time at which `turn` has something to do; None while it has not."""
        times = [self.service.next_sign, self._next if self.board.changed else None]
        return min((time for time in times if time is not None), default=None)

    def turn(self, now: float, pending: int) -> None:
        """Do what is due; called at every turn of the loop."""
        self.board.waiting(pending)
        self.service.sign_of_life(now)
        if self.board.changed and now >= self._next:
            self._next = now + _PAUSE
            self.publish()

    def publish(self) -> None:
        """Publish the picture now."""
        status = self.latest = self.board.status()
        self.board.changed = False
        self.service.status(_line(status))
        try:
            status_file.publish(self.folder, status.document())
        except OSError as error:
            if self._writable:
                _LOG.warning("status_unpublished", folder=self.folder.root, reason=str(error))
            self._writable = False
        else:
            self._writable = True

    def __attrs_post_init__(self) -> None:
        """Have a picture to show before the first one is published."""
        self.latest = self.board.status()

    def close(self) -> None:
        """Pass on the last notifications; called when nothing more will end."""
        if self.notifier is not None:
            self.notifier.close()

    def end(self) -> None:
        """Tell that the daemon has ended."""
        self.in_mode(Mode.STOPPED)
        self.publish()


def announcer_of(
    folder: WatchFolder, options: Settings, audience: Audience, service: ServiceManager
) -> Announcer:
    """Set up everything that the options ask for; raises FatalError when that is impossible."""
    board = Board(folder=folder, max_workers=options.max_workers, scan_seconds=options.scan_seconds)
    announcer = Announcer(
        folder=folder,
        board=board,
        audience=audience,
        service=service,
        notifier=None if options.notify is None else Notifier(options.notify),
    )
    if options.metrics_address is not None:
        # Most daemons have nobody who asks: they do without the memory.
        from proxx_daemon.monitor.metrics import Metrics, MetricsServer  # noqa: PLC0415

        announcer.metrics = Metrics(lambda: announcer.latest)
        MetricsServer(options.metrics_address, announcer.metrics)
    return announcer


def _line(status: Status) -> str:
    counts = status.counts
    line = f"{status.mode}: {counts['running']} running, {counts['pending']} pending"
    wrong = [fact.detail for fact in status.health if not fact.ok]
    return f"{line}; {'; '.join(wrong)}" if wrong else line
