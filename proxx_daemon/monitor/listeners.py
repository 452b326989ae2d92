"""Sets up all listeners of a daemon, as its configuration says."""

import os
from collections.abc import Sequence

from proxx_daemon.config.settings import Settings
from proxx_daemon.monitor.event_stream import EventStream, Listener
from proxx_daemon.monitor.notifications import Notifier
from proxx_daemon.monitor.service_manager import ServiceManager
from proxx_daemon.monitor.status_publisher import StatusPublisher
from proxx_daemon.monitor.status_tracker import StatusTracker
from proxx_daemon.spool.folders import WatchFolder


def event_stream(folder: WatchFolder, options: Settings, others: Sequence[Listener]) -> EventStream:
    """Return the stream of a daemon that holds the folder's lock; `others` listen as well.

    Raise FatalError where the metrics cannot be served.
    """
    tracker = StatusTracker(
        folder=folder, max_workers=options.max_workers, scan_seconds=options.scan_seconds
    )
    service = ServiceManager(os.environ)
    publisher = StatusPublisher(folder, tracker, service)
    listeners: list[Listener] = [tracker, *others, service]
    if options.metrics_address is not None:
        # Imported only if needed: most daemons serve no metrics.
        from proxx_daemon.monitor.metrics import Metrics  # noqa: PLC0415
        from proxx_daemon.monitor.metrics_server import MetricsServer  # noqa: PLC0415

        metrics = Metrics(lambda: publisher.latest)
        MetricsServer(options.metrics_address, metrics.registry, lambda: publisher.latest)
        listeners.append(metrics)
    if options.notify_command is not None or options.notify_webhook is not None:
        listeners.append(Notifier(options))
    return EventStream((*listeners, publisher))
