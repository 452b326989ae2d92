"""What happens in a daemon, or in `proxx run`, as frozen records: one stream for all listeners.

Status, metrics, notifications, service manager, terminal and log listen to these records.
"""

from datetime import datetime

from attrs import field, frozen

from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.monitor.status import HealthFact, Mode
from proxx_daemon.result.result import JobOutcome


@frozen(kw_only=True)
class Event:
    """Something that happened."""


@frozen(kw_only=True)
class DaemonStarted(Event):
    """The daemon holds the folder's lock; recovery comes next."""

    #: absolute path of the watch folder
    folder: str
    #: version of Proxx
    version: str
    #: the daemon's process
    pid: int
    #: jobs at a time
    max_workers: int
    #: how it finds out that a spec is complete: lease or settle_time
    writer_detection: str


@frozen(kw_only=True)
class DaemonReady(Event):
    """Recovery is over; specs are claimed from now on."""

    #: absolute path of the watch folder
    folder: str
    #: whether the system reports changes in pending/
    events: bool
    #: seconds between scans
    scan_seconds: float


@frozen(kw_only=True)
class ModeChanged(Event):
    """The daemon treats new specs differently from now on."""

    #: how
    mode: Mode
    #: who paused the folder; None if nobody did
    paused_by: str | None = None


@frozen(kw_only=True)
class StopRequested(Event):
    """A first signal came: running jobs get the grace time."""

    #: name of the signal
    signal: str
    #: number of jobs that run
    running: int
    #: the grace time
    grace_seconds: float


@frozen(kw_only=True)
class GraceCutShort(Event):
    """A second signal came: engines are ended now."""

    #: name of the signal
    signal: str
    #: number of jobs that run
    running: int


@frozen(kw_only=True)
class DrainRequested(Event):
    """An operator asked the daemon to finish its running jobs and end."""

    #: who asked
    by: str
    #: number of jobs that run
    running: int


@frozen(kw_only=True)
class DaemonStopped(Event):
    """The daemon has released the folder."""

    #: absolute path of the watch folder
    folder: str


@frozen(kw_only=True)
class FolderScanned(Event):
    """The daemon has read pending/ and checked its own health."""

    #: when
    at: datetime
    #: what was checked
    health: tuple[HealthFact, ...]


@frozen(kw_only=True)
class NumberChanged(Event):
    """A number of `monitor/numbers.py` that only its owner knows; published at any time."""

    #: its name in that table
    name: str
    #: its value
    value: float


@frozen(kw_only=True)
class _JobEvent(Event):
    """Something that happens to one job."""

    #: file name of the spec
    spec: str
    #: unique for this claim of the spec
    attempt_id: str


@frozen(kw_only=True)
class JobRecovered(_JobEvent):
    """A spec that an earlier daemon left in running/ is settled."""

    #: whether its result was already durable; otherwise it failed as INTERRUPTED
    finished: bool
    #: path of the spec
    filed: str
    #: path of the result; None if the spec was returned to pending/
    result: str | None


@frozen(kw_only=True)
class JobClaimed(_JobEvent):
    """A spec was renamed into running/, or `proxx run` has read it."""

    #: who runs it: worker-1 and so on
    worker: str
    #: when
    at: datetime
    #: seconds since the spec got its name in pending/
    waited_seconds: float = 0.0


@frozen(kw_only=True)
class JobIdRead(_JobEvent):
    """The spec of a job gives it this id."""

    #: the id
    job_id: str


@frozen(kw_only=True)
class JobWaiting(_JobEvent):
    """The job was given to an executor that queues; its worker is free for other jobs."""

    #: name of the executor
    executor: str


@frozen(kw_only=True)
class JobReturned(_JobEvent):
    """The daemon stops before anything of the job began; its spec is back in pending/."""

    #: path of the spec
    to: str


@frozen(kw_only=True)
class JobEntered(_JobEvent):
    """The job entered a state."""

    #: the state, and since when
    entered: StateEntered


@frozen(kw_only=True)
class JobProgressed(_JobEvent):
    """The engine got further with a clip of the job."""

    #: how far
    progress: ClipProgress


@frozen(kw_only=True)
class JobFinished(_JobEvent):
    """The job has ended; in a watch folder its spec and its result are filed."""

    #: how it ended
    outcome: JobOutcome = field(repr=False)
    #: path of the result; None if `proxx run` prints it
    result: str | None
