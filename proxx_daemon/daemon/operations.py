"""Carries out what operators ask for, each request once, durably, and on the record.

The order is: the effect is made durable, it is carried out, it is recorded, it is answered, and
only then is the request removed. After a crash in between the next daemon deals with it again;
every action but a cancel is the same the second time, and a cancel that had ended its job finds
it in the journal.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

import structlog
from attrs import define, field

from proxx_daemon.daemon.pool import RunningJob
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, failure
from proxx_daemon.spool import orders, requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.orders import Order, OrderKind
from proxx_daemon.spool.requests import Action, Answer, Request

_LOG = structlog.get_logger()


class Governed(Protocol):
    """What the supervisor lets operators do."""

    def pause(self, by: str | None) -> None:
        """Claim nothing more; None claims again."""
        ...

    def drain(self, by: str) -> None:
        """Finish what runs, then end."""
        ...

    def cancel(self, job: RunningJob, reason: Failure) -> None:
        """End one job."""
        ...

    def running(self) -> tuple[RunningJob, ...]:
        """Give the jobs that run."""
        ...


@define
class Operations:
    """Deals with the requests of one watch folder; used by the supervisor's thread alone."""

    folder: WatchFolder
    daemon: Governed
    _unread: str | None = field(default=None, init=False)

    def restore(self) -> None:
        """Take up the orders that an earlier daemon was given."""
        paused = orders.holding(self.folder, OrderKind.PAUSED)
        if paused is not None:
            self.daemon.pause(paused.by)
        draining = orders.holding(self.folder, OrderKind.DRAINING)
        if draining is not None:
            self.daemon.drain(draining.by)

    def drained(self) -> None:
        """Take back the order to end, once the daemon has ended as it said."""
        orders.withdraw(self.folder, OrderKind.DRAINING)

    def attend(self) -> None:
        """Deal with every request that waits. A disk that fails leaves them for the next look."""
        try:
            self.folder.make_requests()
            for request in tuple(requests.waiting(self.folder)):
                if isinstance(request, Request):
                    self._deal_with(request)
                else:
                    name, reason = request
                    _LOG.warning("request_ignored", request=name, reason=reason)
                    requests.discard(self.folder, name)
        except OSError as error:
            if str(error) != self._unread:
                self._unread = str(error)
                _LOG.error("requests_unread", folder=self.folder.root, reason=self._unread)
        else:
            self._unread = None

    def _deal_with(self, request: Request) -> None:
        now = datetime.now(UTC)
        answer = self._acts()[request.action](request, now)
        log = _LOG.info if answer.done else _LOG.warning
        log(
            "operator_action",
            action=str(request.action),
            job=request.job,
            new_job=request.new_job,
            by=request.by,
            done=answer.done,
            message=answer.message,
            request=request.request_id,
        )
        orders.record(
            self.folder,
            now,
            action=str(request.action),
            job=request.job,
            new_job=request.new_job,
            by=request.by,
            done=answer.done,
            message=answer.message,
            request=request.request_id,
        )
        requests.conclude(self.folder, request.request_id, answer)

    def _acts(self) -> Mapping[Action, Callable[[Request, datetime], Answer]]:
        return {
            Action.PAUSE: self._pause,
            Action.RESUME: self._resume,
            Action.DRAIN: self._drain,
            Action.CANCEL: self._cancel,
            Action.RESUBMITTED: self._resubmitted,
        }

    def _pause(self, request: Request, now: datetime) -> Answer:
        order = orders.holding(self.folder, OrderKind.PAUSED)
        if order is not None:
            return Answer(done=True, message=f"It was paused already, by {order.by}.")
        order = Order(by=request.by, at=now.isoformat())
        orders.give(self.folder, OrderKind.PAUSED, order)
        self.daemon.pause(request.by)
        running = len(self.daemon.running())
        return Answer(
            done=True,
            message=f"Paused: nothing is claimed until `proxx resume`; {running} running job(s) "
            "go on.",
        )

    def _resume(self, _request: Request, _now: datetime) -> Answer:
        if orders.holding(self.folder, OrderKind.PAUSED) is None:
            return Answer(done=True, message="It was not paused.")
        orders.withdraw(self.folder, OrderKind.PAUSED)
        self.daemon.pause(None)
        return Answer(done=True, message="Resumed: specs are claimed again.")

    def _drain(self, request: Request, now: datetime) -> Answer:
        order = Order(by=request.by, at=now.isoformat())
        orders.give(self.folder, OrderKind.DRAINING, order)
        self.daemon.drain(request.by)
        running = len(self.daemon.running())
        return Answer(
            done=True,
            message=f"Draining: nothing more is claimed, and the daemon ends with 0 after "
            f"{running} running job(s).",
        )

    def _cancel(self, request: Request, _now: datetime) -> Answer:
        found = [job for job in self.daemon.running() if job.is_called(request.job)]
        if not found:
            return Answer(
                done=False,
                message=f"No running job is called '{request.job}'. `proxx status` lists those "
                "that run; one that waits is taken back by removing it from pending/.",
            )
        if len(found) > 1:
            names = ", ".join(job.claim.name for job in found)
            return Answer(
                done=False,
                message=f"{len(found)} running jobs are called '{request.job}' ({names}). Name "
                "the file of the one that is meant.",
            )
        (job,) = found
        message = f"Cancelled by {request.by}."
        try:
            job.journal.cancelled(message)
        except OSError as error:
            # What cannot be put on the record is not done.
            return Answer(done=False, message=f"The cancel could not be recorded: {error}.")
        self.daemon.cancel(job, failure(Code.CANCELLED, message))
        return Answer(
            done=True,
            message=f"{job.claim.name} is being ended; its result will be in failed/, as "
            "CANCELLED unless it had come to its end before.",
        )

    def _resubmitted(self, _request: Request, _now: datetime) -> Answer:
        return Answer(done=True, message="Noted.")
