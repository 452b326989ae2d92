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

    #: recovery after an earlier daemon; no specs are claimed yet
    STARTING = "starting"
    #: it claims specs and runs jobs
    SERVING = "serving"
    #: an operator paused the folder: running jobs go on, no specs are claimed
    PAUSED = "paused"
    #: an operator asked it to finish its running jobs and stop
    DRAINING = "draining"
    #: a signal came: running jobs get the grace time
    STOPPING = "stopping"
    #: it has stopped
    STOPPED = "stopped"


@frozen(kw_only=True)
class RunningStatus:
    """One running job."""

    #: file name of the spec in running/
    spec: str
    #: the spec's own id; None until it is read, and if there is none
    job_id: str | None
    #: unique for this claim
    attempt_id: str
    #: who runs it: worker-1 and so on, or resolve if it runs or waits there
    worker: str
    #: name of the state it is in
    state: str
    #: when it was claimed
    claimed_at: datetime
    #: number of the clip that is being made, from 1; None before the first
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
    """One recent failure."""

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
    #: when the job ended, ISO 8601
    at: str
    #: path of its result
    result: str


@frozen(kw_only=True)
class HealthFact:
    """One condition that the daemon needs to do its work."""

    #: constant name
    name: str
    #: whether it is met
    ok: bool
    #: what was found, one sentence
    detail: str


@frozen(kw_only=True)
class Status:
    """Everything that the daemon shows at one moment."""

    #: version of this format
    status_version: str = STATUS_VERSION
    #: version of Proxx
    proxx_version: str
    #: absolute path of the watch folder
    folder: str
    #: process of the daemon
    pid: int
    #: machine of the daemon
    host: str
    #: starting, serving, paused, draining, stopping or stopped
    mode: Mode
    #: who paused the folder; None if nobody did
    paused_by: str | None
    #: since when the daemon runs
    started_at: datetime
    #: when the status was written
    published_at: datetime
    #: jobs that may run at a time
    max_workers: int
    #: seconds between scans
    scan_seconds: float
    #: when pending/ was last read; None before the first time
    last_scan_at: datetime | None
    #: number of specs in each of pending, running, completed and failed
    counts: Mapping[str, int]
    #: the running jobs, in the order of their claims
    running: tuple[RunningStatus, ...]
    #: the last ten failures, the newest first
    last_failures: tuple[FailureStatus, ...]
    #: conditions that the daemon needs, each with what was found
    health: tuple[HealthFact, ...]
    #: the gauges below that describe the daemon as a whole, without the prefix `proxx_`
    numbers: Mapping[str, float]

    @property
    def healthy(self) -> bool:
        """Whether every condition is met."""
        return all(fact.ok for fact in self.health)

    def document(self) -> dict[str, Any]:
        """Return the status as JSON has it."""
        document: dict[str, Any] = attrs.asdict(self, value_serializer=_plain)
        document["healthy"] = self.healthy
        return document


def _plain(_record: object, _field: object, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value
