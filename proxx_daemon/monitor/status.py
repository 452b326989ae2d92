"""What a daemon publishes about itself: the content of `.proxx/status.json`."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import attrs
from attrs import frozen

STATUS_VERSION: Final = "1.0"
#: how many of the last failures are kept
MOST_FAILURES: Final = 10


class Mode(StrEnum):
    """What the daemon does with new specs."""

    #: it deals with what an earlier daemon left; nothing is claimed yet
    STARTING = "starting"
    #: it claims and runs
    SERVING = "serving"
    #: an operator paused the folder: running jobs go on, nothing is claimed
    PAUSED = "paused"
    #: an operator asked it to finish its running jobs and end
    DRAINING = "draining"
    #: a signal came: running jobs get the grace time
    STOPPING = "stopping"
    #: it has ended
    STOPPED = "stopped"


@frozen(kw_only=True)
class RunningStatus:
    """One running job."""

    #: file name of the spec in running/
    spec: str
    #: the spec's own id; None until it was read, and where it has none
    job_id: str | None
    #: unique for this claim
    attempt_id: str
    #: who runs it: worker-1 and so on, or resolve for those that run or wait there
    worker: str
    #: name of the state it is in
    state: str
    #: when it was claimed
    claimed_at: datetime
    #: number of the clip that is worked on, from 1; None before the first
    clip: int | None = None
    #: number of clips
    clips: int | None = None
    #: file name of that clip's source
    source: str | None = None
    #: share of that clip that is encoded, 0 to 100
    percent: float | None = None
    #: frames encoded per second
    fps: float | None = None
    #: multiple of real time
    speed: float | None = None
    #: seconds until that clip is encoded at the present speed
    seconds_left: float | None = None


@frozen(kw_only=True)
class FailureStatus:
    """One job that failed lately."""

    #: file name of the spec when it was claimed
    spec: str
    #: its id
    job_id: str
    #: FAILED or PARTIAL
    status: str
    #: stable code
    code: str
    #: what happened
    message: str
    #: what to do
    action: str
    #: when it was decided, ISO 8601
    at: str
    #: path of its result
    result: str


@frozen(kw_only=True)
class HealthFact:
    """One thing that must be so for the daemon to do its work."""

    #: constant name
    name: str
    #: whether it is so
    ok: bool
    #: what was found, one sentence
    detail: str


@frozen(kw_only=True)
class Status:
    """The whole picture at one moment."""

    status_version: str = STATUS_VERSION
    #: version of Proxx
    proxx_version: str
    #: absolute path of the watch folder
    folder: str
    #: process of the daemon
    pid: int
    #: machine of the daemon
    host: str
    #: what it does with new specs
    mode: Mode
    #: who paused the folder; None where nobody did
    paused_by: str | None
    #: since when the daemon runs
    started_at: datetime
    #: when this was written
    published_at: datetime
    #: jobs at a time
    max_workers: int
    #: seconds between scans
    scan_seconds: float
    #: when pending/ was last read; None before the first time
    last_scan_at: datetime | None
    #: specs in each of pending, running, completed and failed
    counts: Mapping[str, int]
    #: what runs, in the order of the claims
    running: tuple[RunningStatus, ...]
    #: the last failures, the newest first
    last_failures: tuple[FailureStatus, ...]
    #: everything that can be wrong with the daemon itself
    health: tuple[HealthFact, ...]
    #: numbers that events told, by their names in `monitor/numbers.py`
    numbers: Mapping[str, float]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return all(fact.ok for fact in self.health)

    def document(self) -> dict[str, Any]:
        """Give the status as JSON has it."""
        document: dict[str, Any] = attrs.asdict(self, value_serializer=_plain)
        document["healthy"] = self.healthy
        return document


def _plain(_record: object, _field: object, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value
