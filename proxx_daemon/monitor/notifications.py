"""Tells others that a job has ended: a command, a webhook, or both.

One thread tells one after another, each within its time limit. What fails is logged and not
tried again; nothing of it can change, hold up or fail a job.
"""

import os
import queue
import threading
import time
from contextlib import suppress
from typing import Final

import structlog
from attrs import frozen

from proxx_daemon.config.settings import NotifyOptions
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.system import child

_LOG = structlog.get_logger()
#: ends that may wait to be told; beyond that the oldest tell the story well enough
_MOST: Final = 1000
#: seconds at the end of the daemon, during which it gives its service manager no sign of life
_LAST_SECONDS: Final = 20.0


@frozen(kw_only=True)
class News:
    """The end of one job."""

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


class Notifier:
    """Takes news from the supervisor's thread and passes them on from its own."""

    def __init__(self, options: NotifyOptions) -> None:
        self._options = options
        self._news: queue.Queue[News | None] = queue.Queue(_MOST)
        self._cancel = child.CancelToken()
        self._thread = threading.Thread(target=self._work, name="notifications", daemon=True)
        self._thread.start()

    def finished(self, spec: str, outcome: JobOutcome, result: str) -> None:
        """Pass on that a job ended, when its status is one that is told."""
        status = str(outcome.status)
        if status not in self._options.statuses:
            return
        code = "" if outcome.failure is None else str(outcome.failure.code)
        news = News(spec=spec, job_id=outcome.job_id, status=status, code=code, result=result)
        try:
            self._news.put_nowait(news)
        except queue.Full:
            _failed(news, "queue", f"{_MOST} notifications wait already")

    def close(self) -> None:
        """Tell what waits, for as long as one notification may take at most; then let go."""
        deadline = time.monotonic() + min(self._options.timeout_seconds, _LAST_SECONDS)
        with suppress(queue.Full):
            self._news.put_nowait(None)
        self._thread.join(max(0.0, deadline - time.monotonic()))
        self._cancel.cancel()
        if self._thread.is_alive():
            self._thread.join(1.0)
        while not self._news.empty():
            news = self._news.get_nowait()
            if news is not None:
                _failed(news, "queue", "the daemon ended before it could be sent")

    def _work(self) -> None:
        while (news := self._news.get()) is not None and not self._cancel.cancelled:
            for way, tell in (("command", self._run), ("webhook", self._post)):
                try:
                    reason = tell(news)
                except Exception as error:  # noqa: BLE001 - whatever it is, it is not the job's
                    reason = str(error) or type(error).__name__
                if reason is not None:
                    _failed(news, way, reason)

    def _run(self, news: News) -> str | None:
        """Run the command; gives what went wrong."""
        if self._options.command is None:
            return None
        facts = {
            "PROXX_JOB_ID": news.job_id,
            "PROXX_SPEC": news.spec,
            "PROXX_STATUS": news.status,
            "PROXX_CODE": news.code,
            "PROXX_RESULT": news.result,
        }
        ended = child.run(
            (*self._options.command, news.result),
            on_output=lambda _: None,
            on_error=lambda _: None,
            limits=child.RunLimits(
                wall_seconds=self._options.timeout_seconds,
                stall_seconds=None,
                termination_seconds=1.0,
            ),
            cancel=self._cancel,
            environment={**os.environ, **facts},
        )
        if ended.ending is not child.Ending.EXITED:
            return f"it took longer than {self._options.timeout_seconds:g} s and was ended"
        return None if ended.code == 0 else f"it ended with {ended.code}"

    def _post(self, news: News) -> str | None:
        """POST the result; gives what went wrong."""
        if self._options.webhook is None:
            return None
        # Imported where it is needed: most daemons never speak HTTP.
        import urllib.error  # noqa: PLC0415
        import urllib.request  # noqa: PLC0415

        with open(news.result, "rb") as file:
            body = file.read()
        request = urllib.request.Request(  # noqa: S310 - the configuration admits http(s) alone
            self._options.webhook,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": "proxx"},
            method="POST",
        )
        # No proxy of the environment, no redirect to another place.
        opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler,
            urllib.request.HTTPSHandler,
            urllib.request.HTTPErrorProcessor,
            urllib.request.HTTPDefaultErrorHandler,
        ):
            opener.add_handler(handler())
        try:
            with opener.open(request, timeout=self._options.timeout_seconds) as answer:
                answer.read(1024)
        except urllib.error.HTTPError as error:
            error.close()
            return f"it answered {error.code}"
        except urllib.error.URLError as error:
            return str(error.reason)
        return None


def _failed(news: News, way: str, reason: str) -> None:
    _LOG.warning("notification_failed", spec=news.spec, job_id=news.job_id, way=way, reason=reason)
