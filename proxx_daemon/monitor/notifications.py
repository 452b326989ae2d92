"""Reports the end of a job to a command, a webhook, or both.

One thread delivers one notification after another, each within its time limit and once. Each is
delivered, or its loss is logged with the reason; none can change, delay or fail a job.
"""

import os
import threading
from queue import SimpleQueue
from typing import Final

import structlog
from attrs import frozen

from proxx_daemon.config.settings import Settings
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import Event, JobFinished
from proxx_daemon.system import child
from proxx_daemon.system.cancel import CancelToken

_LOG = structlog.get_logger()
#: deliveries that may wait
_MOST: Final = 1000
#: seconds at the end of the daemon; its watchdog is not fed meanwhile
_LAST_SECONDS: Final = 20.0
#: seconds until a command that is ended must be gone
_KILL_SECONDS: Final = 1.0
_STOPPED: Final = "the daemon stopped before it was delivered"


@frozen(kw_only=True, eq=False)
class _Delivery:
    """One notification, to be delivered in one way."""

    #: command or webhook
    way: str
    #: file name of the spec
    spec: str
    #: id of the job
    job_id: str
    #: COMPLETED, FAILED or PARTIAL
    status: str
    #: stable code; empty for completed jobs
    code: str
    #: path of the result
    result: str


class Notifier(Listener):
    """Receives ended jobs in the loop's thread, and delivers from a thread of its own."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        ways = (
            ("command", options.notify_command, self._run),
            ("webhook", options.notify_webhook, self._post),
        )
        self._ways = {way: deliver for way, target, deliver in ways if target is not None}
        self._queue: SimpleQueue[_Delivery | None] = SimpleQueue()
        #: those that are neither delivered nor lost yet, in their order
        self._open: dict[_Delivery, None] = {}
        self._lock = threading.Lock()
        self._cancel = CancelToken()
        self._thread = threading.Thread(target=self._work, name="notifications", daemon=True)
        self._thread.start()

    def handle(self, event: Event) -> None:
        """Queue the end of a job for delivery, if its status is one that is wanted."""
        if not isinstance(event, JobFinished) or event.result is None:
            return
        outcome = event.outcome
        if str(outcome.status) not in self._options.notify_on:
            return
        for way in self._ways:
            delivery = _Delivery(
                way=way,
                spec=event.spec,
                job_id=outcome.job_id,
                status=str(outcome.status),
                code="" if outcome.failure is None else str(outcome.failure.code),
                result=event.result,
            )
            with self._lock:
                full = len(self._open) >= _MOST
                self._open[delivery] = None
            if full:
                self._settle(delivery, f"{_MOST} notifications are waiting already")
            else:
                self._queue.put(delivery)

    def close(self) -> None:
        """Deliver what waits, for as long as one notification may take; log what is lost."""
        self._queue.put(None)
        self._thread.join(min(self._options.notify_seconds, _LAST_SECONDS))
        self._cancel.cancel()
        self._thread.join(2 * _KILL_SECONDS)
        with self._lock:
            left = tuple(self._open)
        for delivery in left:
            self._settle(delivery, _STOPPED)

    def _work(self) -> None:
        while (delivery := self._queue.get()) is not None:
            try:
                cancelled = self._cancel.cancelled
                reason = _STOPPED if cancelled else self._ways[delivery.way](delivery)
            except Exception as error:  # noqa: BLE001 - an error here must not affect the job
                reason = str(error) or type(error).__name__
            self._settle(delivery, reason)

    def _settle(self, delivery: _Delivery, reason: str | None) -> None:
        """Close a delivery, and log why it was lost if there is a reason; the first call counts."""
        with self._lock:
            known = delivery in self._open
            self._open.pop(delivery, None)
        if known and reason is not None:
            _LOG.warning(
                "notification_failed",
                spec=delivery.spec,
                job_id=delivery.job_id,
                way=delivery.way,
                reason=reason,
            )

    def _run(self, delivery: _Delivery) -> str | None:
        """Run the command; return what went wrong."""
        facts = {
            "PROXX_JOB_ID": delivery.job_id,
            "PROXX_SPEC": delivery.spec,
            "PROXX_STATUS": delivery.status,
            "PROXX_CODE": delivery.code,
            "PROXX_RESULT": delivery.result,
        }
        ended = child.run(
            (*(self._options.notify_command or ()), delivery.result),
            on_output=lambda _: None,
            on_error=lambda _: None,
            limits=child.RunLimits(
                wall_seconds=self._options.notify_seconds,
                stall_seconds=None,
                termination_seconds=_KILL_SECONDS,
            ),
            cancel=self._cancel,
            environment={**os.environ, **facts},
        )
        if ended.ending is child.Ending.CANCELLED:
            return _STOPPED
        if ended.ending is not child.Ending.EXITED:
            return self._too_long
        return None if ended.code == 0 else f"it ended with {ended.code}"

    def _post(self, delivery: _Delivery) -> str | None:
        """POST the result; return what went wrong."""
        # Imported only if needed: most daemons send nothing over HTTP.
        from proxx_daemon.monitor import webhook  # noqa: PLC0415

        with open(delivery.result, "rb") as file:
            body = file.read()
        try:
            url = self._options.notify_webhook or ""
            return webhook.post(url, body, self._options.notify_seconds)
        except webhook.OverdueError:
            return self._too_long

    @property
    def _too_long(self) -> str:
        return f"it took longer than {self._options.notify_seconds:g} s and was ended"
