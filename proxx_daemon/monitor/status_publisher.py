"""Publishes the status: as a file for `proxx status`, and as the line of `systemctl status`."""

from typing import Final

import structlog

from proxx_daemon.monitor import numbers
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import DaemonReady, DaemonStarted, Event, ModeChanged
from proxx_daemon.monitor.service_manager import ServiceManager
from proxx_daemon.monitor.status import Mode, Status
from proxx_daemon.monitor.status_tracker import StatusTracker
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import WatchFolder

_LOG: Final = structlog.get_logger()
#: seconds between two publications at the least
_PAUSE: Final = 1.0


class StatusPublisher(Listener):
    """Publishes what the tracker knows, so it must come after it among the listeners."""

    def __init__(
        self, folder: WatchFolder, tracker: StatusTracker, service: ServiceManager
    ) -> None:
        self._folder = folder
        self._tracker = tracker
        self._service = service
        self._next = 0.0
        self._writable = True
        #: what was published last; replaced whole, so that any thread may read it
        self.latest: Status = tracker.status()

    def handle(self, event: Event) -> None:
        """Publish at once when the daemon starts, is ready, or stops."""
        begins = isinstance(event, DaemonStarted | DaemonReady)
        if begins or (isinstance(event, ModeChanged) and event.mode is Mode.STOPPED):
            self._publish()

    def wake_at(self) -> float | None:
        """Return when the next publication is due."""
        return self._next if self._tracker.changed else None

    def turn(self, now: float) -> None:
        """Publish what changed, at most once a second."""
        if self._tracker.changed and now >= self._next:
            self._next = now + _PAUSE
            self._publish()

    def _publish(self) -> None:
        status = self.latest = self._tracker.status()
        self._tracker.changed = False
        self._service.status(_line(status))
        try:
            document = status.document() | {"numbers": numbers.gauges(status)}
            status_file.publish(self._folder, document)
        except OSError as error:
            if self._writable:
                _LOG.warning("status_unpublished", folder=self._folder.root, reason=str(error))
            self._writable = False
        else:
            self._writable = True


def _line(status: Status) -> str:
    counts = status.counts
    line = f"{status.mode}: {counts['running']} running, {counts['pending']} pending"
    wrong = [fact.detail for fact in status.health if not fact.ok]
    return f"{line}; {'; '.join(wrong)}" if wrong else line
