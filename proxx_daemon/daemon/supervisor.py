"""The daemon: one loop in one thread that owns every state change and every spec's renames.

Workers, the observer and signal handlers only post messages. The loop takes one, acts, files
what is finished, claims what fits, and sleeps until the next message or deadline.
"""

import os
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Final

import structlog
from attrs import define, evolve, field

from proxx_daemon import __version__
from proxx_daemon.daemon import startup
from proxx_daemon.daemon.audience import Audience
from proxx_daemon.daemon.backlog import Backlog
from proxx_daemon.daemon.lifecycle import JobLifecycle
from proxx_daemon.daemon.messages import (
    Hint,
    JobDone,
    JobReport,
    Message,
    SignalCame,
    WorkerBroke,
)
from proxx_daemon.daemon.options import ONCE_PATIENCE_SECONDS, WatchOptions
from proxx_daemon.daemon.pipeline import Pipeline, new_attempt_id
from proxx_daemon.daemon.pool import Pool, RunningJob
from proxx_daemon.daemon.recorder import Recorder, host_name
from proxx_daemon.daemon.watcher import Watcher
from proxx_daemon.model.failures import Failure, FatalError
from proxx_daemon.model.progress import ClipProgress, StateEntered
from proxx_daemon.model.result import JobOutcome
from proxx_daemon.model.states import JobState
from proxx_daemon.spool import writers
from proxx_daemon.spool.faults import is_full, spool_failure
from proxx_daemon.spool.folders import Claim, GoneError, NotACandidateError, WatchFolder
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.spool.lock import FolderLock

_LOG = structlog.get_logger()
#: messages that are acted on before the loop claims, scans and stops again
_MESSAGES_AT_ONCE: Final = 1000


@define(kw_only=True)
class Supervisor:
    """Serves one watch folder until a signal or, with `once`, until nothing is pending."""

    folder: WatchFolder
    pipeline: Pipeline
    options: WatchOptions
    audience: Audience
    _inbox: SimpleQueue[Message] = field(factory=SimpleQueue, init=False)
    _jobs: dict[str, RunningJob] = field(factory=dict, init=False)
    _held: dict[str, JobOutcome] = field(factory=dict, init=False)
    _stopping: bool = field(default=False, init=False)
    _cut_at: float | None = field(default=None, init=False)
    _next_scan: float = field(default=0.0, init=False)
    _started: float = field(factory=time.monotonic, init=False)
    _pending_id: tuple[int, int] | None = field(default=None, init=False)
    _blocked: str | None = field(default=None, init=False)
    _backlog: Backlog = field(init=False)
    _pool: Pool = field(init=False)
    _watcher: Watcher = field(init=False)
    _recorder: Recorder = field(init=False)

    def run(self) -> int:
        """Serve the folder; returns the exit code. Raises FatalError when that is impossible."""
        self.folder.prepare()
        self._watcher = Watcher(self.folder.pending, self._inbox.put)
        self._recorder = Recorder(self.folder)
        self._pool = Pool(self.options.max_workers, self.pipeline, self._inbox.put)
        lock = FolderLock(os.path.join(self.folder.state, "lock"), _holder())
        try:
            self._prepare()
            self._loop()
        finally:
            self._abandon()
            self._watcher.stop()
            lock.release()
        _LOG.info("daemon_stopped", folder=self.folder.root)
        return 0

    def _abandon(self) -> None:
        """End what still runs after a fatal error; its specs are recovered at the next start."""
        for job in self._jobs.values():
            job.cancel.cancel()
        self._pool.close()

    def _prepare(self) -> None:
        writers.prepare_process()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: self._inbox.put(SignalCame(number)))
        detector = writers.WriterDetector(self.folder.scratch)
        self._backlog = Backlog(
            lambda name: self.folder.look(name, detector), self.options.settle_seconds
        )
        _LOG.info(
            "daemon_started",
            folder=self.folder.root,
            version=__version__,
            pid=os.getpid(),
            max_workers=self.options.max_workers,
            writer_detection="lease" if detector.usable else "settle_time",
        )
        startup.recover(self.folder)
        events = self.options.poll_seconds is None and self._watcher.start()
        _LOG.info(
            "daemon_ready",
            folder=self.folder.root,
            events=events,
            scan_seconds=self.options.scan_seconds,
        )

    def _loop(self) -> None:
        while True:
            now = time.monotonic()
            if now >= self._next_scan:
                self._scan(now)
            self._claim_what_fits(now)
            self._cut_short(now)
            # Jobs that a full disk holds back are over but for their recording.
            busy = len(self._jobs) > len(self._held)
            if not busy and (self._stopping or self._once_done(now)):
                break
            self._handle(self._next_message(now))
        if self._held:
            raise FatalError(
                f"{len(self._held)} finished job(s) could not be recorded: the watch folder's "
                "volume is full. Free space and start Proxx again; they will be listed as "
                "interrupted with the clips that completed."
            )

    def _next_message(self, now: float) -> Message | None:
        deadlines = [self._next_scan]
        wake = self._backlog.wake_at()
        if wake is not None and self._may_claim():
            deadlines.append(wake)
        if self._cut_at is not None:
            deadlines.append(self._cut_at)
        with suppress(Empty):
            return self._inbox.get(timeout=max(0.0, min(deadlines) - now))
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
                self._backlog.hint(name, announced=announced)
            case JobReport(attempt_id, event):
                self._note(attempt_id, event)
            case JobDone(attempt_id, outcome):
                self._finish(self._jobs[attempt_id], outcome)
            case WorkerBroke(_, error):
                raise FatalError(f"A worker broke: {error!r}. Report this.") from error
            case SignalCame(number):
                self._stop(number)

    def _next_waiting(self) -> Message | None:
        with suppress(Empty):
            return self._inbox.get_nowait()
        return None

    def _note(self, attempt_id: str, event: StateEntered | ClipProgress) -> None:
        job = self._jobs[attempt_id]
        if job.doomed is not None:
            return
        if isinstance(event, ClipProgress):
            self.audience.progress(job.claim.name, event)
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
        _LOG.debug("job_state", spec=job.claim.name, attempt_id=attempt_id, state=str(event.state))

    def _stop(self, number: int) -> None:
        name = signal.Signals(number).name
        if not self._stopping:
            self._stopping = True
            self._cut_at = time.monotonic() + self.options.grace_seconds
            _LOG.info(
                "daemon_stopping",
                signal=name,
                running=len(self._jobs),
                grace_seconds=self.options.grace_seconds,
            )
        else:
            self._cut_at = time.monotonic()
            _LOG.warning("grace_cut_short", signal=name, running=len(self._jobs))

    def _cut_short(self, now: float) -> None:
        if self._cut_at is not None and now >= self._cut_at:
            self._cut_at = None
            for job in self._jobs.values():
                job.cancel.cancel()

    def _scan(self, now: float) -> None:
        """Read pending/ afresh: the truth, whatever the events said."""
        self._next_scan = now + self.options.scan_seconds
        self._release_held()
        try:
            status = os.stat(self.folder.pending)
            self._backlog.refresh(self.folder.pending_names())
        except OSError as error:
            self._block(f"pending/ cannot be read: {os.strerror(error.errno or 0)}")
            return
        self._unblock()
        replaced = self._pending_id not in (None, (status.st_dev, status.st_ino))
        self._pending_id = status.st_dev, status.st_ino
        if self.options.poll_seconds is None and (replaced or not self._watcher.alive):
            _LOG.warning("watch_restarted", replaced=replaced, works=self._watcher.restart())

    def _block(self, reason: str) -> None:
        if self._blocked != reason:
            _LOG.error("claiming_stopped", folder=self.folder.root, reason=reason)
            self._blocked = reason

    def _unblock(self) -> None:
        if self._blocked is not None and not self._held:
            _LOG.info("claiming_resumed", folder=self.folder.root)
            self._blocked = None

    def _may_claim(self) -> bool:
        return self._pool.has_room and not self._stopping and self._blocked is None

    def _claim_what_fits(self, now: float) -> None:
        while self._may_claim():
            name = self._backlog.next_complete(now)
            if name is None:
                return
            self._claim(name, now)

    def _claim(self, name: str, now: float) -> None:
        try:
            claim = self.folder.claim(name)
        except GoneError:
            self._backlog.discard(name)
        except NotACandidateError as error:
            self._backlog.reject(name, str(error))
        except FileExistsError:
            self._backlog.postpone(name, now)
        except OSError as error:
            self._block(f"a spec cannot be claimed: {os.strerror(error.errno or 0)}")
        else:
            self._backlog.discard(name)
            self._start(claim)

    def _start(self, claim: Claim) -> None:
        journal = AttemptJournal(self.folder, new_attempt_id())
        job = RunningJob(
            claim=claim,
            journal=journal,
            lifecycle=JobLifecycle(journal.state),
            slot=self._pool.take_slot(),
        )
        self._jobs[job.attempt_id] = job
        try:
            journal.open()
            job.lifecycle.enter(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
        except OSError as error:
            job.lifecycle.enter_unwritten(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
            self._finish(job, _unstarted(job, spool_failure(error)))
            return
        _LOG.info("job_claimed", spec=claim.name, attempt_id=job.attempt_id, worker=job.slot)
        self.audience.started(claim.name)
        self._pool.submit(job)

    def _finish(self, job: RunningJob, outcome: JobOutcome) -> None:
        """Record a job whose worker is done with it."""
        if job.doomed is not None and outcome.failure is not None:
            outcome = evolve(outcome, failure=job.doomed)
        try:
            self._recorder.record(job, outcome, again=job.attempt_id in self._held)
        except OSError as error:
            if not is_full(error):
                raise FatalError(
                    f"The result of {job.claim.name} could not be recorded: {error}. The spec "
                    "stays in running/ and is recovered at the next start."
                ) from error
            self._held[job.attempt_id] = outcome
            self._block("the watch folder's volume is full")
            return
        self._held.pop(job.attempt_id, None)
        del self._jobs[job.attempt_id]
        self._pool.release(job.slot)
        job.close()
        self._backlog.name_free(job.claim.name)
        self.audience.finished(job.claim.name)

    def _release_held(self) -> None:
        """Record what a full disk held back, as soon as there is space again."""
        for attempt_id, outcome in tuple(self._held.items()):
            self._finish(self._jobs[attempt_id], outcome)

    def _once_done(self, now: float) -> bool:
        if not self.options.once:
            return False
        if self._blocked is not None:
            raise FatalError(f"{self.folder.root}: {self._blocked}.")
        if len(self._backlog) == 0:
            return True
        if now - self._started < ONCE_PATIENCE_SECONDS or not self._backlog.waiting():
            return False
        _LOG.warning("left_in_pending", entries=list(self._backlog.waiting()))
        return True


def _unstarted(job: RunningJob, reason: Failure) -> JobOutcome:
    """Give the outcome of a job whose journal could not be opened."""
    return JobOutcome(
        job_id=job.attempt_id,
        jobspec=None,
        jobspec_sha256=None,
        clips=(),
        failure=reason,
        profile_name=None,
        profile_fingerprint=None,
        resolve_preset=None,
        engine_used=None,
        engine=None,
        started_at=job.claimed_at,
        completed_at=datetime.now(UTC),
        duration_seconds=0.0,
    )


def _holder() -> dict[str, str | int]:
    return {"pid": os.getpid(), "host": host_name(), "since": datetime.now(UTC).isoformat()}
