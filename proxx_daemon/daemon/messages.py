"""What reaches the supervisor: everything else in the daemon only posts one of these."""

from attrs import frozen

from proxx_daemon.job.progress import JobEvent
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.spool.watcher import Hint


@frozen
class RequestCame:
    """An operator may have asked for something."""


@frozen
class JobMessage:
    """Something happened to a job."""

    #: the job's attempt
    attempt_id: str


@frozen
class JobNamed(JobMessage):
    """A worker has read which id a spec gives its job."""

    #: the id
    job_id: str


@frozen
class JobReport(JobMessage):
    """A worker reports the progress of its job."""

    #: what it reports
    event: JobEvent


@frozen
class JobPlanned(JobMessage):
    """The checks of a job are over."""

    #: how it ended, if it failed; None if it is planned and may be carried out
    outcome: JobOutcome | None


@frozen
class JobDone(JobMessage):
    """An executor is done with a job."""

    #: how it ended
    outcome: JobOutcome


@frozen
class WorkerBroke:
    """A worker ended without an outcome: a defect of Proxx."""

    #: what was raised
    error: BaseException


@frozen
class SignalCame:
    """The process got a signal to stop."""

    #: its number
    number: int


Message = Hint | RequestCame | JobMessage | WorkerBroke | SignalCame
