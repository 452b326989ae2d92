"""Carries out what operators ask for: each request once, durably, and recorded.

The order is: the request is taken, the effect is made durable, it is carried out, it is recorded,
it is answered, and only then is the request removed. After a crash in between the next daemon
deals with it again; every action but a cancel is the same the second time, and a cancel that had
ended its job finds it in the journal.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import structlog
from attrs import define, field

from proxx_daemon.daemon.jobs import Jobs
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failure
from proxx_daemon.monitor.events import DrainRequested
from proxx_daemon.spool import orders, requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.orders import Order, OrderKind
from proxx_daemon.spool.requests import Action, Answer, Request

_LOG = structlog.get_logger()


@define
class Operations:
    """Deals with the requests of one watch folder; used by the supervisor's thread alone."""

    folder: WatchFolder
    jobs: Jobs
    #: called when a request has changed what the daemon does with new specs
    changed: Callable[[], None]
    #: who paused the folder; None if nobody did
    paused_by: str | None = field(default=None, init=False)
    #: whether the daemon ends after the running jobs
    draining: bool = field(default=False, init=False)
    _unread: str | None = field(default=None, init=False)
    #: requests that cannot be dealt with, by the names of their files, with the reason
    stuck: dict[str, str] = field(factory=dict, init=False)

    def restore(self) -> None:
        """Obey the orders that an earlier daemon was given."""
        paused = orders.holding(self.folder, OrderKind.PAUSED)
        self.paused_by = None if paused is None else paused.by
        draining = orders.holding(self.folder, OrderKind.DRAINING)
        if draining is not None:
            self._begin_drain(draining.by)

    def drained(self) -> None:
        """Withdraw the order to end, once the daemon has obeyed it."""
        orders.withdraw(self.folder, OrderKind.DRAINING)

    def attend(self) -> None:
        """Deal with every request that waits. What fails is left for the next look."""
        try:
            self.folder.make_requests()
            waiting = tuple(requests.waiting(self.folder))
        except OSError as error:
            if str(error) != self._unread:
                self._unread = str(error)
                _LOG.error("requests_unread", folder=self.folder.root, reason=self._unread)
            return
        self._unread = None
        stuck = {name: reason for each in waiting for name, reason in self._trouble_with(each)}
        for name, reason in stuck.items():
            if self.stuck.get(name) != reason:
                _LOG.error("request_stuck", request=name, reason=reason)
        self.stuck = stuck

    def _trouble_with(self, request: Request | tuple[str, str]) -> Iterator[tuple[str, str]]:
        """Deal with a request; if that fails, yield its name and the reason: the others go on."""
        name = request.name if isinstance(request, Request) else request[0]
        try:
            if isinstance(request, Request):
                self._deal_with(request)
            else:
                moved_to = requests.discard(self.folder, name)
                _LOG.warning("request_ignored", request=name, reason=request[1], moved_to=moved_to)
        except OSError as error:
            yield name, error.strerror or str(error)

    def _deal_with(self, asked: Request) -> None:
        request = requests.take(self.folder, asked)
        if request is None:
            return
        now = datetime.now(UTC)
        answer = self._act(request, Order(by=request.by, at=now.isoformat()))
        facts = {
            "action": str(request.action),
            "job": request.job,
            "new_job": request.new_job,
            "by": request.by,
            "done": answer.done,
            "message": answer.message,
            "request": request.request_id,
        }
        log = _LOG.info if answer.done else _LOG.warning
        log("operator_action", **facts)
        orders.record(self.folder, now, **facts)
        requests.conclude(self.folder, request, answer)

    def _act(self, request: Request, order: Order) -> Answer:
        match request.action:
            case Action.PAUSE:
                return self._pause(order)
            case Action.RESUME:
                return self._resume()
            case Action.DRAIN:
                orders.give(self.folder, OrderKind.DRAINING, order)
                return self._begin_drain(order.by)
            case Action.CANCEL:
                return self._cancel(request)
            case Action.RESUBMITTED | Action.DISCARDED:
                return Answer(done=True, message="Noted.")

    def _pause(self, order: Order) -> Answer:
        earlier = orders.holding(self.folder, OrderKind.PAUSED)
        if earlier is not None:
            return Answer(done=True, message=f"It was paused already, by {earlier.by}.")
        orders.give(self.folder, OrderKind.PAUSED, order)
        self.paused_by = order.by
        self.changed()
        running = len(self.jobs.running())
        return Answer(
            done=True,
            message=f"Paused: nothing is claimed until `proxx resume`; {running} running job(s) "
            "go on.",
        )

    def _resume(self) -> Answer:
        if orders.holding(self.folder, OrderKind.PAUSED) is None:
            return Answer(done=True, message="It was not paused.")
        orders.withdraw(self.folder, OrderKind.PAUSED)
        self.paused_by = None
        self.changed()
        return Answer(done=True, message="Resumed: specs are claimed again.")

    def _begin_drain(self, by: str) -> Answer:
        self.draining = True
        self.jobs.publish(DrainRequested(by=by, running=len(self.jobs)))
        self.changed()
        return Answer(
            done=True,
            message="Draining: nothing more is claimed, and the daemon ends with 0 after "
            f"{len(self.jobs.running())} running job(s).",
        )

    def _cancel(self, request: Request) -> Answer:
        found = [job for job in self.jobs.running() if job.is_called(request.job)]
        if not found:
            return Answer(
                done=False,
                message=f"No running job is called '{request.job}'. `proxx status` lists the "
                "running jobs. To withdraw a spec that still waits, remove it from pending/.",
            )
        if len(found) > 1:
            names = ", ".join(job.claim.name for job in found)
            message = f"{len(found)} running jobs match '{request.job}' ({names})."
            return Answer(done=False, message=f"{message} Give a file name.")
        (job,) = found
        message = f"Cancelled by {request.by}."
        try:
            job.journal.cancelled(message)
        except OSError as error:
            # What cannot be recorded is not done.
            return Answer(done=False, message=f"The cancel could not be recorded: {error}.")
        self.jobs.cancel(job, failure(Code.CANCELLED, message))
        return Answer(
            done=True,
            message=f"{job.claim.name} is being ended; its result will be in failed/ as CANCELLED, "
            "unless the job had already ended.",
        )
