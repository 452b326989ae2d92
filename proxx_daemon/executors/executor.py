"""The executor: what carries out planned jobs, on this machine or elsewhere.

A daemon uses only these few methods. An executor turns a plan into sealed partial files and reports
events on the way. It never publishes a file under its final name and never files a spec: the
daemon of the watch folder does that.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

from attrs import field, frozen

from proxx_daemon.engines.engine import Engine
from proxx_daemon.failures.errors import Failure
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.plan.resolve_session import ResolveEngine
from proxx_daemon.result.result import ClipResult
from proxx_daemon.source.media import FileIdentity
from proxx_daemon.system.storage import Errand


@frozen(kw_only=True)
class EngineOutput:
    """The engine wrote to its log."""

    #: the lines that were read at once, without their ends
    lines: Sequence[bytes]


@frozen(kw_only=True)
class JobBegun:
    """The first clip is about to begin; from now on a crash counts as an interruption."""

    #: the DaVinci Resolve that runs the job; None for every other engine
    resolve: ResolveEngine | None = None


@frozen(kw_only=True)
class ClipSealed:
    """A clip is encoded, verified and flushed; its partial file may be published."""

    #: what its result says, size and SHA-256 of the file included
    clip: ClipResult
    #: absolute path of the partial file
    partial_path: str
    #: the file as it was hashed; None where the file has another identity on this machine
    identity: FileIdentity | None


@frozen(kw_only=True)
class ClipFailed:
    """A clip failed; its executor keeps the partial file and ends the job."""

    #: what its result says
    clip: ClipResult


@frozen(kw_only=True)
class Ended:
    """The executor is done with the job; nothing comes after this."""

    #: why the job failed; None where every clip was sealed
    failure: Failure | None


#: everything that an executor reports about an attempt, in the order in which it happens
ExecutionEvent = (
    StateEntered | ClipProgress | EngineOutput | JobBegun | ClipSealed | ClipFailed | Ended
)


@frozen(kw_only=True)
class Attempt:
    """One attempt at a job, as its executor sees it."""

    #: unique for every claim
    attempt_id: str
    #: the submitter's or the generated id, for logs
    job_id: str
    #: the FFmpeg that was asked when the job was checked; its ffprobe measures the proxies
    engine: Engine
    #: called with every event, in a thread of the executor. Raises JobFailed if the job must
    #: stop, for example because a sealed clip could not be published: the executor then begins
    #: no other clip and ends the job with that failure
    tell: Callable[[ExecutionEvent], None]
    #: descriptors that engines on this machine inherit, so that they can be found after a crash
    keep_descriptors: tuple[int, ...] = ()
    #: where threads of an executor on this machine note their steps: the daemon leaves behind one
    #: that waits for a volume that does not answer (`abandon`)
    errand: Errand = field(factory=Errand)


class Settlement(StrEnum):
    """What became of an attempt that an earlier daemon gave to an executor."""

    #: nothing of it runs any more
    GONE = "gone"
    #: this is unknown, so its job must not be reported as ended
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class LeftAttempt:
    """An attempt that an earlier daemon left behind."""

    #: unique for every claim
    attempt_id: str
    #: the file whose lock the attempt's engines on this machine inherited
    lock_path: str


class Executor(Protocol):
    """Carries out planned jobs. Every method may be called from the daemon's loop: only `settle`
    and `close` may block for long.
    """

    @property
    def name(self) -> str:
        """The name that the journal and the status call it by; stable between versions."""
        ...

    @property
    def queues(self) -> bool:
        """Whether a started job may wait long for its turn, with nothing of it begun."""
        ...

    @property
    def capacity(self) -> int:
        """How many more jobs it takes now."""
        ...

    def can_run(self, plan: JobPlan) -> bool:
        """Whether it has what this plan needs."""
        ...

    def start(self, plan: JobPlan, attempt: Attempt) -> None:
        """Take a job and return at once; everything after it comes as events.

        The clips run one after another, and the first failure ends the job.
        """
        ...

    def cancel(self, attempt_id: str) -> None:
        """End a job as soon as possible: Ended comes with INTERRUPTED, unless it came before.

        Does nothing for an attempt that it does not have.
        """
        ...

    def withdraw(self, attempt_id: str) -> bool:
        """Withdraw a job of which nothing has begun; return False if something has.

        After True nothing of the job begins, and no more events come.
        """
        ...

    def abandon(self, attempt_id: str) -> None:
        """Forget a job whose thread was left behind; the daemon has ended the job.

        Only for an attempt whose `errand` an executor uses. No more events come.
        """
        ...

    def settle(self, left: LeftAttempt) -> Settlement:
        """End what an earlier daemon started here, as far as possible; return what is left."""
        ...

    def close(self) -> None:
        """Release everything; every job has ended or was cancelled before."""
        ...
