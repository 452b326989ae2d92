"""The daemon: one loop in one thread that owns every state change and every spec's renames.

Workers, the observer and signal handlers only post messages. The loop takes one, acts, files
what is finished, claims what fits, and sleeps until the next message or deadline.
"""

import os
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from attrs import define, field

from proxx_daemon import __version__
from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon import health, room, startup
from proxx_daemon.daemon.intake import Intake, intake_of
from proxx_daemon.daemon.jobs import Jobs
from proxx_daemon.daemon.messages import JobMessage, Message, RequestCame, SignalCame, WorkerBroke
from proxx_daemon.daemon.operations import Operations
from proxx_daemon.daemon.pool import Pool
from proxx_daemon.executors.executor import Executor
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor import events, listeners
from proxx_daemon.monitor.event_stream import EventStream, Listener
from proxx_daemon.monitor.loop_watchdog import LoopWatchdog
from proxx_daemon.monitor.status import Mode
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.spool import writers
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.lock import FolderLock
from proxx_daemon.spool.recovery import Recovery
from proxx_daemon.spool.watcher import Hint, Watcher

_LOG = structlog.get_logger()
#: messages that are acted on before the loop claims, scans and stops again
_MESSAGES_AT_ONCE: Final = 1000
#: seconds between looks at the threads of running jobs
_LOOK_SECONDS: Final = 1.0
#: seconds for which `--once` waits for specs that are still being written
_ONCE_PATIENCE_SECONDS: Final = 10.0


@define(kw_only=True)
class Supervisor:
    """Serves one watch folder until a signal or, with `once`, until nothing is pending."""

    folder: WatchFolder
    pipeline: Pipeline
    #: who carries out the jobs; the first that can run a plan gets it
    executors: Sequence[Executor]
    options: Settings
    #: who gets the events, besides the listeners that the options name
    listeners: Sequence[Listener] = ()
    _inbox: SimpleQueue[Message] = field(factory=SimpleQueue, init=False)
    _stopping: bool = field(default=False, init=False)
    _cut_at: float | None = field(default=None, init=False)
    #: specs that waited when their number was last published
    _pending: int | None = field(default=None, init=False)
    _started: float = field(factory=time.monotonic, init=False)
    _intake: Intake = field(init=False)
    _pool: Pool = field(init=False)
    _jobs: Jobs = field(init=False)
    _operations: Operations = field(init=False)
    _recovery: Recovery = field(init=False)
    _events: EventStream = field(factory=EventStream, init=False)
    _watchdog: LoopWatchdog = field(init=False)

    def run(self) -> int:
        """Serve the folder; return the exit code. Raise FatalError when that is impossible."""
        # First of all: a signal during the start ends the daemon with 0 as well.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Under nohup, a closed terminal is no reason to end.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda number, _: self._inbox.put(SignalCame(number)))
        room.ensure_descriptors(self.options.max_workers)
        room.ensure_threads(self.options.max_workers)
        self.folder.prepare()
        self._pool = Pool(self.options, self.pipeline, self.executors, self._inbox.put)
        watcher = Watcher(
            {
                self.folder.pending: self._inbox.put,
                self.folder.requests: lambda _: self._inbox.put(RequestCame()),
            }
        )
        lock = FolderLock(os.path.join(self.folder.state, "lock"), startup.holder())
        try:
            self._prepare(watcher, lock)
            self._handle(self._next_waiting())  # signals of the start: before anything is claimed
            self._watchdog.start()
            self._loop()
            self._events.close()
            self._events.publish(events.ModeChanged(mode=Mode.STOPPED))
        finally:
            self._watchdog.stop()
            # After a fatal error: its specs are recovered at the next start.
            self._pool.close()
            self._events.close()
            watcher.stop()
            lock.release()
        self._events.publish(events.DaemonStopped(folder=self.folder.root))
        return 0

    def _prepare(self, watcher: Watcher, lock: FolderLock) -> None:
        writers.prepare_process()
        self._watchdog = LoopWatchdog(self.folder.root)
        self._intake, detector = intake_of(self.folder, self.options, watcher, lock)
        self._events = listeners.event_stream(self.folder, self.options, self.listeners)
        self._jobs = Jobs(
            folder=self.folder, pool=self._pool, intake=self._intake, publish=self._events.publish
        )
        self._operations = Operations(self.folder, self._jobs, self._publish_mode)
        self._events.publish(
            events.DaemonStarted(
                folder=self.folder.root,
                version=__version__,
                pid=os.getpid(),
                max_workers=self.options.max_workers,
                writer_detection="lease" if detector.usable else "settle_time",
            )
        )
        self._recovery = startup.recover(self.folder, self.executors, self._events.publish)
        self._operations.restore()
        watching = self._intake.begin()
        self._publish_mode()
        self._events.publish(
            events.DaemonReady(
                folder=self.folder.root, events=watching, scan_seconds=self.options.scan_seconds
            )
        )

    def _loop(self) -> None:
        while True:
            now = time.monotonic()
            if now >= self._intake.next_scan:
                self._scan(now)
            self._claim_what_fits(now)
            self._cut_short(now)
            self._jobs.leave_stuck()
            # Jobs that cannot be recorded at the moment do not count as running.
            if not self._jobs.running() and (
                self._stopping or self._operations.draining or self._once_done(now)
            ):
                break
            self._count_pending()
            self._events.turn(now)
            self._handle(self._next_message(now))
        if self._jobs.held:
            raise FatalError(
                f"{self._jobs.held} finished job(s) could not be recorded: {self._intake.blocked}. "
                "Fix that and start Proxx again; they will be listed as interrupted with the clips "
                "that completed."
            )
        if stuck := sorted({*self._jobs.stuck, *self._recovery.stuck}):
            _LOG.warning("left_in_running", entries=stuck)
        if self._operations.draining:
            self._operations.drained()

    def _count_pending(self) -> None:
        pending = len(self._intake.backlog)
        if pending != self._pending:
            self._pending = pending
            self._events.publish(events.NumberChanged(name="pending_jobs", value=pending))

    def _next_message(self, now: float) -> Message | None:
        candidate = self._intake.backlog.wake_at() if self._may_claim() else None
        # A volume may stop to answer at any moment.
        look = now + _LOOK_SECONDS if self._jobs.running() else None
        deadlines = (self._intake.next_scan, candidate, self._cut_at, self._events.wake_at(), look)
        first = min(each for each in deadlines if each is not None)
        with suppress(Empty), self._watchdog.resting():
            return self._inbox.get(timeout=max(0.0, first - now))
        return None

    def _handle(self, message: Message | None) -> None:
        """Act on a message and on those that wait behind it, but not for ever.

        Specs that keep coming in must not keep those that are there from being claimed.
        """
        handled = 0
        while message is not None:
            self._act(message)
            handled += 1
            message = self._next_waiting() if handled < _MESSAGES_AT_ONCE else None

    def _act(self, message: Message) -> None:
        match message:
            case Hint(name, announced):
                self._intake.hint(name, announced=announced)
            case RequestCame():
                self._operations.attend()
            case JobMessage():
                self._jobs.act(message)
            case WorkerBroke(error):
                raise FatalError(f"A worker broke: {error!r}. Report this.") from error
            case SignalCame(number):
                self._stop(number)

    def _next_waiting(self) -> Message | None:
        with suppress(Empty):
            return self._inbox.get_nowait()
        return None

    def _stop(self, number: int) -> None:
        name = signal.Signals(number).name
        if not self._stopping:
            self._stopping = True
            self._cut_at = time.monotonic() + self.options.grace_seconds
            self._publish_mode()
            self._events.publish(
                events.StopRequested(
                    signal=name, running=len(self._jobs), grace_seconds=self.options.grace_seconds
                )
            )
            # The grace time is for what runs: these would only begin in it.
            self._jobs.stopping = True
            self._jobs.return_waiting()
        else:
            self._cut_at = time.monotonic()
            self._events.publish(events.GraceCutShort(signal=name, running=len(self._jobs)))

    def _cut_short(self, now: float) -> None:
        if self._cut_at is not None and now >= self._cut_at:
            self._cut_at = None
            self._jobs.end_all()

    def _scan(self, now: float) -> None:
        """Scan the folder, and do what waits until it can be used."""
        self._watchdog.busy("looking at the watch folder")
        self._intake.next_scan = now + self.options.scan_seconds
        if self._intake.usable():
            self._jobs.release_held()
            startup.go_on(self._recovery, self._events.publish)
            self._operations.attend()
            self._intake.scan(may_unblock=self._jobs.may_claim)
        for finding in health.findings(
            self._intake,
            self._jobs,
            left_stuck=self._recovery.stuck,
            stuck_requests=self._operations.stuck,
        ):
            self._events.publish(finding)

    @property
    def _mode(self) -> Mode:
        if self._stopping:
            return Mode.STOPPING
        if self._operations.draining:
            return Mode.DRAINING
        return Mode.SERVING if self._operations.paused_by is None else Mode.PAUSED

    def _publish_mode(self) -> None:
        paused_by = self._operations.paused_by
        self._events.publish(events.ModeChanged(mode=self._mode, paused_by=paused_by))

    def _may_claim(self) -> bool:
        serves = self._mode is Mode.SERVING
        return serves and self._pool.has_room and self._intake.blocked is None

    def _claim_what_fits(self, now: float) -> None:
        while self._may_claim():
            claim = self._intake.claim_next(now)
            if claim is None:
                return
            self._jobs.start(claim)

    def _once_done(self, now: float) -> bool:
        if not self.options.once:
            return False
        if self._intake.blocked is not None:
            raise FatalError(f"{self.folder.root}: {self._intake.blocked}.")
        backlog = self._intake.backlog
        if len(backlog) == 0 or self._operations.paused_by is not None:
            return True
        if now - self._started < _ONCE_PATIENCE_SECONDS or not backlog.waiting():
            return False
        _LOG.warning("left_in_pending", entries=list(backlog.waiting()))
        return True
