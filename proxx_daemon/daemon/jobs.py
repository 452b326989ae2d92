"""The claimed jobs of one watch folder, from the claim until each is filed or returned.

Used by the supervisor's thread alone.
"""

import os
from collections.abc import Callable
from typing import Final

import structlog
from attrs import define, field

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.daemon.messages import JobDone, JobMessage, JobNamed, JobPlanned, JobReport
from proxx_daemon.daemon.pool import Pool, RunningJob
from proxx_daemon.daemon.recorder import as_decided, record
from proxx_daemon.executors.executor import Executor
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, failure
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor import events
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Claim, WatchFolder, is_full, spool_failure
from proxx_daemon.system import durable, storage

_LOG = structlog.get_logger()
#: finished jobs whose specs cannot be moved, until nothing more is claimed
_MOST_STUCK: Final = 16


@define(kw_only=True)
class Jobs:
    """Knows every claimed job and takes it from station to station."""

    folder: WatchFolder
    pool: Pool
    intake: Intake
    publish: Callable[[events.Event], None]
    #: whether the daemon is stopping: nothing begins any more that would have to wait
    stopping: bool = field(default=False, init=False)
    _running: dict[str, RunningJob] = field(factory=dict, init=False)
    #: outcomes that could not be recorded yet, by attempt
    _held: dict[str, JobOutcome] = field(factory=dict, init=False)
    #: specs in running/ of those among them whose result is in place, and why the spec is not
    stuck: dict[str, str] = field(factory=dict, init=False)

    def __len__(self) -> int:
        """Return the number of claimed jobs."""
        return len(self._running)

    @property
    def held(self) -> int:
        """How many jobs are over but could not be recorded yet."""
        return len(self._held) - len(self.stuck)

    @property
    def may_claim(self) -> bool:
        """Whether so few finished jobs are left that others may begin."""
        return not self.held and len(self.stuck) < _MOST_STUCK

    def running(self) -> tuple[RunningJob, ...]:
        """Return the jobs that are not over."""
        return tuple(job for key, job in self._running.items() if key not in self._held)

    def start(self, claim: Claim) -> None:
        """Begin with a claimed spec."""
        job = self.pool.accept(self.folder, claim)
        self._running[job.attempt_id] = job
        self.publish(
            events.JobClaimed(
                **job.names,
                worker=job.worker,
                at=job.claimed_at,
                waited_seconds=max(0.0, job.claimed_at.timestamp() - claim.dropped_at),
            )
        )
        try:
            job.journal.open()
            job.lifecycle.enter(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
        except OSError as error:
            job.lifecycle.enter_unwritten(StateEntered(state=JobState.CLAIMED, at=job.claimed_at))
            self._finish(job, job.run.outcome(spool_failure(error)))
            return
        self.pool.check(job)

    def act(self, message: JobMessage) -> None:
        """Act on what happened to a job."""
        job = self._running.get(message.attempt_id)
        if job is None:
            # Its thread was left behind a moment after it had posted this.
            return
        match message:
            case JobNamed(job_id=job_id):
                job.job_id = job_id
                self.publish(events.JobIdRead(**job.names, job_id=job_id))
            case JobReport(event=event):
                self._report(job, event)
            case JobPlanned(outcome=outcome):
                self._planned(job, outcome)
            case JobDone(outcome=outcome):
                self._finish(job, outcome)

    def return_waiting(self) -> None:
        """Return the specs of all jobs that wait for their executor and have not begun."""
        for job in tuple(self._running.values()):
            if job.executor is not None and job.executor.withdraw(job.attempt_id):
                self._return(job)

    def end_all(self) -> None:
        """End every job as soon as possible."""
        for job in self._running.values():
            job.end()

    def cancel(self, job: RunningJob, reason: Failure) -> None:
        """End one job."""
        job.cancelled = reason
        if job.executor is not None and job.executor.withdraw(job.attempt_id):
            self._finish(job, job.run.outcome(reason))
        else:
            job.end()

    def leave_stuck(self) -> None:
        """End the jobs whose threads wait for a volume that does not answer."""
        for job in self.running():
            if job.patience.over():
                outcome = job.run.left(stopped=job.patience.ended_at is not None)
                self.pool.leave(job)
                self._finish(job, outcome)

    def silent(self) -> tuple[str, ...]:
        """Return the paths that have not answered for a while, or never did."""
        waits = {job.patience.silent() for job in self.running()} - {None}
        return tuple(sorted({*storage.left_behind(), *map(str, waits)}))

    def release_held(self) -> None:
        """Record the jobs that could not be recorded while the folder was full or absent."""
        for attempt_id, outcome in tuple(self._held.items()):
            self._finish(self._running[attempt_id], outcome)

    def _report(self, job: RunningJob, event: StateEntered | ClipProgress) -> None:
        if job.doomed is not None:
            return
        if isinstance(event, ClipProgress):
            self.publish(events.JobProgressed(**job.names, progress=event))
            return
        try:
            job.lifecycle.enter(event)
        except OSError as error:
            # The journal does not have the state: the job must not go further.
            _LOG.error(
                "journal_failed", spec=job.claim.name, attempt_id=job.attempt_id, reason=str(error)
            )
            job.doomed = spool_failure(error)
            job.end()
            return
        self.publish(events.JobEntered(**job.names, entered=event))

    def _planned(self, job: RunningJob, failed: JobOutcome | None) -> None:
        """Hand a checked job to its executor, unless it failed or must not go on."""
        self.pool.checked()
        if failed is not None:
            self._finish(job, failed)
            return
        executor = self.pool.executor(job)
        reason = job.doomed or job.cancelled or self._claimed(job)
        if reason is not None:
            self._finish(job, job.run.outcome(reason))
        elif self.stopping and executor.queues:
            # The grace time is for what runs: this would only begin in it.
            self._return(job)
        else:
            self._start_on(job, executor)

    def _claimed(self, job: RunningJob) -> Failure | None:
        """Return why a planned job must not be carried out: another one makes an output of it.

        If that one ends first, its proxy exists, and the executor refuses this job.
        """
        for other in self.running():
            if other.executor is not None and not other.outputs.isdisjoint(job.outputs):
                message = f"An output of this job is being made by the job '{other.claim.name}'."
                return failure(Code.OUTPUT_CLAIMED, message)
        return None

    def _start_on(self, job: RunningJob, executor: Executor) -> None:
        try:
            self.pool.start(job, executor)
        except OSError as error:
            self._finish(job, job.run.outcome(spool_failure(error)))
            return
        if executor.queues:
            self.publish(events.JobWaiting(**job.names, executor=executor.name))

    def _return(self, job: RunningJob) -> None:
        """Move the spec of a job of which nothing has begun back to pending/."""
        try:
            path = filing.return_spec(self.folder, job.claim.name)
        except OSError as error:
            message = f"Proxx was stopped, and the spec could not be returned: {error}."
            self._finish(job, job.run.outcome(failure(Code.INTERRUPTED, message)))
            return
        job.remove_notes()
        self._forget(job)
        self.publish(events.JobReturned(**job.names, to=path))

    def _finish(self, job: RunningJob, outcome: JobOutcome) -> None:
        """Record a job that is over."""
        outcome = as_decided(job, outcome)
        try:
            filed = record(self.folder, job, outcome, again=job.attempt_id in self._held)
            path = filed.result
        except OSError as error:
            if not self._is_taken_away(job):
                self._hold(job, outcome, error)
                return
            job.remove_notes()
            path = None
        self._held.pop(job.attempt_id, None)
        self.stuck.pop(job.claim.name, None)
        self._forget(job)
        self.intake.backlog.name_free(job.claim.name)
        if self.intake.blocked is not None:
            # What it took may be what another job lacked.
            self.intake.next_scan = 0.0
        self.publish(events.JobFinished(**job.names, outcome=outcome, result=path))

    def _is_taken_away(self, job: RunningJob) -> bool:
        """Return whether somebody has removed a spec that was stuck; its result stays."""
        path = os.path.join(self.folder.running, job.claim.name)
        return job.claim.name in self.stuck and not os.path.lexists(path)

    def _hold(self, job: RunningJob, outcome: JobOutcome, error: OSError) -> None:
        """Keep a job that is over and could not be recorded; raise FatalError if it never can."""
        # A full or absent folder can recover; any other error can mean that data is lost.
        if is_full(error):
            self.intake.block("the watch folder's volume is full")
        elif self.intake.usable():
            if not durable.is_protected(error):
                raise FatalError(
                    f"The result of {job.claim.name} could not be recorded: {error}. The spec "
                    "stays in running/ and is recovered at the next start."
                ) from error
            self._pass_over(job, os.strerror(error.errno or 0))
        self._held[job.attempt_id] = outcome

    def _pass_over(self, job: RunningJob, reason: str) -> None:
        """Let others go on while the spec of a job that is over cannot be moved."""
        name = job.claim.name
        self.pool.forget(job)
        if self.stuck.get(name) != reason:
            self.stuck[name] = reason
            _LOG.error("spec_stuck", entry=f"running/{name}", reason=reason)
        if len(self.stuck) >= _MOST_STUCK:
            self.intake.block(f"{len(self.stuck)} specs cannot be moved out of running/")

    def _forget(self, job: RunningJob) -> None:
        del self._running[job.attempt_id]
        self.pool.forget(job)
        job.close()
