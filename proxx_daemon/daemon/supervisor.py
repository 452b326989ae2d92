"""The daemon: one loop in one thread that owns every state change and every spec's renames.

Workers, the observer and signal handlers only post messages. The loop takes one, acts, files
what is finished, claims what fits, and sleeps until the next message or deadline.
"""

import gc
import os
import signal
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from attrs import define, field

from proxx_daemon import __version__
from proxx_daemon.config.options import ONCE_PATIENCE_SECONDS, WatchOptions
from proxx_daemon.daemon import health, startup
from proxx_daemon.daemon.announcer import Announcer, announcer_of
from proxx_daemon.daemon.intake import Intake, intake_of
from proxx_daemon.daemon.messages import (
    JobDone,
    JobNamed,
    JobReport,
    Message,
    RequestCame,
    ResolveNeeded,
    SignalCame,
    WorkerBroke,
)
from proxx_daemon.daemon.operations import Operations
from proxx_daemon.daemon.outcomes import as_decided, unrecorded, unstarted
from proxx_daemon.daemon.pool import Pool, RunningJob, new_job
from proxx_daemon.daemon.recorder import Recorder
from proxx_daemon.failures.errors import Failure, FatalError
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor.audience import Audience
from proxx_daemon.monitor.loop_watchdog import LoopWatchdog
from proxx_daemon.monitor.service import ServiceManager
from proxx_daemon.monitor.status import Mode
from proxx_daemon.pipeline.pipeline import Pipeline, WaitingForResolve
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.spool import writers
from proxx_daemon.spool.faults import is_full, spool_failure
from proxx_daemon.spool.folders import Claim, WatchFolder
from proxx_daemon.spool.lock import FolderLock
from proxx_daemon.spool.watcher import Hint, Watcher

_LOG = structlog.get_logger()
#: messages that are acted on before the loop claims, scans and stops again
_MESSAGES_AT_ONCE: Final = 1000
#: seconds that the service manager gives beyond the grace, for engines that have to be killed
_LAST_SECONDS: Final = 30.0
#: seconds that recovery may take; it hashes the outputs that were published before a crash
_RECOVERY_SECONDS: Final = 3600.0


@define(kw_only=True)
class Supervisor:
    """Serves one watch folder until a signal or, with `once`, until nothing is pending."""

    folder: WatchFolder
    pipeline: Pipeline
    options: WatchOptions
    audience: Audience
    service: ServiceManager = field(factory=lambda: ServiceManager(os.environ))
    _inbox: SimpleQueue[Message] = field(factory=SimpleQueue, init=False)
    _jobs: dict[str, RunningJob] = field(factory=dict, init=False)
    _held: dict[str, JobOutcome] = field(factory=dict, init=False)
    _stopping: bool = field(default=False, init=False)
    _paused: bool = field(default=False, init=False)
    _draining: bool = field(default=False, init=False)
    _cut_at: float | None = field(default=None, init=False)
    _started: float = field(factory=time.monotonic, init=False)
    _intake: Intake = field(init=False)
    _pool: Pool = field(init=False)
    _recorder: Recorder = field(init=False)
    _operations: Operations = field(init=False)
    _announcer: Announcer = field(init=False)
    _watchdog: LoopWatchdog = field(init=False)

    def run(self) -> int:
        """Serve the folder; returns the exit code. Raises FatalError when that is impossible."""
        # First of all: a signal during the start ends the daemon with 0 as well.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self._inbox.put(SignalCame(number)))
        startup.ensure_descriptors(self.options.max_workers)
        self.folder.prepare()
        self._recorder = Recorder(self.folder)
        self._pool = Pool(self.options.max_workers, self.pipeline, self._inbox.put)
        self._operations = Operations(self.folder, self)
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
            self._announcer.close()
            self._announcer.end()
        finally:
            self._watchdog.stop()
            self._abandon()
            watcher.stop()
            lock.release()
        _LOG.info("daemon_stopped", folder=self.folder.root)
        return 0

    def _abandon(self) -> None:
        """End what still runs after a fatal error; its specs are recovered at the next start."""
        for job in self._jobs.values():
            job.cancel.cancel()
        self._pool.close()

    def _prepare(self, watcher: Watcher, lock: FolderLock) -> None:
        writers.prepare_process()
        self._watchdog = LoopWatchdog(self.folder.root)
        self._intake, detector = intake_of(self.folder, self.options, watcher, lock)
        _LOG.info(
            "daemon_started",
            folder=self.folder.root,
            version=__version__,
            pid=os.getpid(),
            max_workers=self.options.max_workers,
            writer_detection="lease" if detector.usable else "settle_time",
        )
        self._announcer = announcer_of(self.folder, self.options, self.audience, self.service)
        board = self._announcer.board
        board.remember()
        self._announcer.publish()
        self.service.starting(_RECOVERY_SECONDS)
        for path in startup.recover(self.folder):
            board.recovered(path)
        self._operations.restore()
        events = self._intake.begin()
        self._tell_mode()
        self._announcer.publish()
        # What is there now stays: no collection has to look through it again.
        gc.freeze()
        self.service.ready()
        _LOG.info(
            "daemon_ready",
            folder=self.folder.root,
            events=events,
            scan_seconds=self.options.scan_seconds,
        )

    def _loop(self) -> None:
        while True:
            now = time.monotonic()
            if now >= self._intake.next_scan:
                self._scan(now)
            self._claim_what_fits(now)
            self._cut_short(now)
            # Jobs that the folder's state holds back are over but for their recording.
            busy = len(self._jobs) > len(self._held)
            if not busy and (self._stopping or self._draining or self._once_done(now)):
                break
            self._announcer.turn(now, len(self._intake.backlog))
            self._handle(self._next_message(now))
        if self._held:
            raise unrecorded(len(self._held), self._intake.blocked)
        if self._draining:
            self._operations.drained()

    def _next_message(self, now: float) -> Message | None:
        candidate = self._intake.wake_at() if self._may_claim() else None
        deadlines = (self._intake.next_scan, candidate, self._cut_at, self._announcer.wake_at())
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
            case JobNamed(attempt_id, job_id):
                self._jobs[attempt_id].job_id = job_id
                self._announcer.board.named(attempt_id, job_id)
            case JobReport(attempt_id, event):
                self._note(attempt_id, event)
            case JobDone(attempt_id, outcome):
                self._finish(self._jobs[attempt_id], outcome)
            case ResolveNeeded(attempt_id, rest):
                self._await_resolve(self._jobs[attempt_id], rest)
            case WorkerBroke(_, error):
                raise FatalError(f"A worker broke: {error!r}. Report this.") from error
            case SignalCame(number):
                self._stop(number)

    def _await_resolve(self, job: RunningJob, rest: WaitingForResolve) -> None:
        """Let a job wait for Resolve without a worker; while stopping nothing begins to."""
        if self._stopping or job.doomed is not None:
            self._finish(job, rest.give_up())
            return
        waiting = self._pool.hand_over(job, rest)
        self._announcer.board.moved(job.attempt_id, job.worker)
        _LOG.info(
            "job_waits_for_resolve",
            spec=job.claim.name,
            attempt_id=job.attempt_id,
            waiting=waiting,
        )

    def _next_waiting(self) -> Message | None:
        with suppress(Empty):
            return self._inbox.get_nowait()
        return None

    def _note(self, attempt_id: str, event: StateEntered | ClipProgress) -> None:
        job = self._jobs[attempt_id]
        if job.doomed is not None:
            return
        if isinstance(event, ClipProgress):
            self._announcer.progressed(job, event)
            job.log_progress(event, time.monotonic())
            return
        try:
            job.lifecycle.enter(event)
        except OSError as error:
            # The journal did not take the state: the job must not go further than it says.
            _LOG.error(
                "journal_failed",
                spec=job.claim.name,
                attempt_id=attempt_id,
                reason=str(error),
            )
            job.doomed = spool_failure(error)
            job.cancel.cancel()
            return
        self._announcer.entered(job, event)
        _LOG.debug("job_state", spec=job.claim.name, attempt_id=attempt_id, state=str(event.state))

    def _stop(self, number: int) -> None:
        name = signal.Signals(number).name
        if not self._stopping:
            self._stopping = True
            self._cut_at = time.monotonic() + self.options.grace_seconds
            self.service.stopping(self.options.grace_seconds + _LAST_SECONDS)
            self._tell_mode()
            _LOG.info(
                "daemon_stopping",
                signal=name,
                running=len(self._jobs),
                grace_seconds=self.options.grace_seconds,
            )
            # The grace time is for what runs: these would only begin in it.
            for job, rest in self._pool.leave_lane():
                self._finish(job, rest.give_up())
        else:
            self._cut_at = time.monotonic()
            _LOG.warning("grace_cut_short", signal=name, running=len(self._jobs))

    def _cut_short(self, now: float) -> None:
        if self._cut_at is not None and now >= self._cut_at:
            self._cut_at = None
            for job in self._jobs.values():
                job.cancel.cancel()

    def _scan(self, now: float) -> None:
        """Look at the folder afresh, and at what waits for it to be well."""
        self._watchdog.busy("looking at the watch folder")
        self._intake.next_scan = now + self.options.scan_seconds
        if self._intake.sound():
            self._release_held()
            self._operations.attend()
            self._intake.scan(may_unblock=not self._held)
        self._announcer.scanned(
            len(self._intake.backlog), health.facts(self._intake, held=len(self._held))
        )

    def pause(self, by: str | None) -> None:
        """Claim nothing more, at the wish of somebody; None claims again."""
        self._paused = by is not None
        self._announcer.board.paused_by = by
        self._tell_mode()

    def drain(self, by: str) -> None:
        """Finish what runs, then end."""
        self._draining = True
        _LOG.info("daemon_draining", by=by, running=len(self._jobs))
        self._tell_mode()

    def cancel(self, job: RunningJob, reason: Failure) -> None:
        """End one job."""
        job.cancelled = reason
        job.cancel.cancel()
        rest = self._pool.withdraw(job)
        if rest is not None:
            # Nothing runs that could end it: it would wait for its turn to be over.
            self._finish(job, rest.give_up())

    def running(self) -> tuple[RunningJob, ...]:
        """Give the jobs that run."""
        return tuple(job for key, job in self._jobs.items() if key not in self._held)

    def _tell_mode(self) -> None:
        modes = (
            (self._stopping, Mode.STOPPING),
            (self._draining, Mode.DRAINING),
            (self._paused, Mode.PAUSED),
            (True, Mode.SERVING),
        )
        self._announcer.in_mode(next(mode for applies, mode in modes if applies))

    def _may_claim(self) -> bool:
        held_back = self._stopping or self._draining or self._paused
        return self._pool.has_room and not held_back and self._intake.blocked is None

    def _claim_what_fits(self, now: float) -> None:
        while self._may_claim():
            claim = self._intake.claim_next(now)
            if claim is None:
                return
            self._start(claim)

    def _start(self, claim: Claim) -> None:
        job = new_job(self.folder, claim, self._pool.take_slot())
        self._jobs[job.attempt_id] = job
        self._announcer.claimed(job)
        try:
            job.journal.open()
            job.lifecycle.enter(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
        except OSError as error:
            job.lifecycle.enter_unwritten(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
            self._finish(job, unstarted(job, spool_failure(error)))
            return
        _LOG.info("job_claimed", spec=claim.name, attempt_id=job.attempt_id, worker=job.slot)
        self._pool.submit(job)

    def _finish(self, job: RunningJob, outcome: JobOutcome) -> None:
        """Record a job whose worker is done with it."""
        outcome = as_decided(job, outcome)
        try:
            filed = self._recorder.record(job, outcome, again=job.attempt_id in self._held)
        except OSError as error:
            # What can pass is waited for; any other error can mean that data is lost.
            if not is_full(error) and self._intake.sound():
                raise FatalError(
                    f"The result of {job.claim.name} could not be recorded: {error}. The spec "
                    "stays in running/ and is recovered at the next start."
                ) from error
            self._held[job.attempt_id] = outcome
            if is_full(error):
                self._intake.block("the watch folder's volume is full")
            return
        self._held.pop(job.attempt_id, None)
        del self._jobs[job.attempt_id]
        self._pool.release(job)
        job.close()
        self._intake.backlog.name_free(job.claim.name)
        self._announcer.finished(job, outcome, filed)

    def _release_held(self) -> None:
        """Record what a full or absent folder held back, as soon as it is well again."""
        for attempt_id, outcome in tuple(self._held.items()):
            self._finish(self._jobs[attempt_id], outcome)

    def _once_done(self, now: float) -> bool:
        if not self.options.once:
            return False
        if self._intake.blocked is not None:
            raise FatalError(f"{self.folder.root}: {self._intake.blocked}.")
        backlog = self._intake.backlog
        if len(backlog) == 0 or self._paused:
            return True
        if now - self._started < ONCE_PATIENCE_SECONDS or not backlog.waiting():
            return False
        _LOG.warning("left_in_pending", entries=list(backlog.waiting()))
        return True
