"""Works out the status of the daemon from its events."""

import os
import socket
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from attrs import define, evolve, field

from proxx_daemon import __version__
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor import events
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import Event, JobFinished, NumberChanged
from proxx_daemon.monitor.status import (
    MOST_FAILURES,
    FailureStatus,
    HealthFact,
    Mode,
    RunningStatus,
    Status,
)
from proxx_daemon.result.reading import LIMITS
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.json_file import read_object


@define(kw_only=True, eq=False)
class StatusTracker(Listener):
    """Keeps the status up to date, from the events."""

    folder: WatchFolder
    max_workers: int
    scan_seconds: float
    #: something is different from what was published
    changed: bool = True
    _mode: Mode = field(default=Mode.STARTING, init=False)
    _paused_by: str | None = field(default=None, init=False)
    _last_scan_at: datetime | None = field(default=None, init=False)
    _health: tuple[HealthFact, ...] = field(default=(), init=False)
    _numbers: dict[str, float] = field(factory=dict, init=False)
    _started_at: datetime = field(factory=lambda: datetime.now(UTC), init=False)
    _running: dict[str, RunningStatus] = field(factory=dict, init=False)
    _failures: deque[FailureStatus] = field(factory=lambda: deque(maxlen=MOST_FAILURES), init=False)
    _filed: dict[Filing, int] = field(factory=dict, init=False)
    #: modification times of the folders at which they were counted
    _counted: dict[Filing, int] = field(factory=dict, init=False)

    def handle(self, event: Event) -> None:
        """Note an event."""
        match event:
            case NumberChanged(name=name, value=value):
                # Published at every turn of the loop: most of the time nothing is new.
                if self._numbers.get(name) == value:
                    return
                self._numbers[name] = value
            case events.DaemonStarted():
                self._remember()
            case events.ModeChanged():
                self._mode, self._paused_by = event.mode, event.paused_by
            case events.FolderScanned():
                self._last_scan_at, self._health = event.at, event.health
                self._count()
            case events.JobRecovered(result=str(path)):
                self._recovered(path)
            case events.JobReturned():
                self._running.pop(event.attempt_id, None)
            case events.JobFinished():
                self._finished(event)
            case _:
                self._job_goes_on(event)
        self.changed = True

    def _job_goes_on(self, event: Event) -> None:
        match event:
            case events.JobClaimed():
                self._running[event.attempt_id] = RunningStatus(
                    spec=event.spec,
                    job_id=None,
                    attempt_id=event.attempt_id,
                    worker=event.worker,
                    state=str(JobState.CLAIMED),
                    claimed_at=event.at,
                )
            case events.JobIdRead():
                self._change(event.attempt_id, job_id=event.job_id)
            case events.JobWaiting():
                self._change(event.attempt_id, worker=event.executor)
            case events.JobEntered():
                state = str(event.entered.state)
                self._change(event.attempt_id, state=state, fps=None, speed=None, seconds_left=None)
            case events.JobProgressed():
                progress, left = event.progress, event.progress.seconds_left
                self._change(
                    event.attempt_id,
                    clip=progress.index + 1,
                    clips=progress.clips,
                    source=progress.name,
                    percent=round(100 * progress.fraction, 1),
                    fps=progress.fps,
                    speed=progress.speed,
                    seconds_left=None if left is None else round(left, 1),
                )

    def _remember(self) -> None:
        """Take over the failures that an earlier daemon published."""
        failures = None
        with suppress(PermissionError):
            failures = (status_file.read(self.folder) or {}).get("last_failures")
        for each in reversed(failures if isinstance(failures, list) else []):
            if isinstance(each, dict) and all(isinstance(text, str) for text in each.values()):
                with suppress(TypeError):
                    self._failures.appendleft(FailureStatus(**each))

    def _recovered(self, result_path: str) -> None:
        """Note a job that was settled at the start, from its result."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            result = read_object(result_path, LIMITS)
            failure = result["failure"]
            if failure is not None:
                self._failures.appendleft(
                    FailureStatus(
                        spec=str(result["_metadata"]["spec_name"]),
                        job_id=str(result["job_id"]),
                        status=str(result["final_status"]),
                        **{name: str(failure[name]) for name in ("code", "message", "action")},
                        at=str(result["completed_at"]),
                        result=result_path,
                    )
                )

    def _finished(self, event: JobFinished) -> None:
        """Note the end of a job that is filed."""
        self._running.pop(event.attempt_id, None)
        outcome, failure = event.outcome, event.outcome.failure
        filing = Filing.COMPLETED if failure is None else Filing.FAILED
        self._filed[filing] = self._filed.get(filing, 0) + 1
        if failure is not None:
            self._failures.appendleft(
                FailureStatus(
                    spec=event.spec,
                    job_id=outcome.job_id,
                    status=str(outcome.status),
                    code=str(failure.code),
                    message=failure.message,
                    action=failure.action,
                    at=outcome.completed_at.isoformat(),
                    result=str(event.result),
                )
            )

    def _count(self) -> None:
        """Count the filed specs again in each folder that has changed."""
        for filing in Filing:
            path = self.folder.filed(filing)
            with suppress(OSError):
                modified = os.stat(path).st_mtime_ns
                if self._counted.get(filing) != modified:
                    self._filed[filing] = status_file.count_specs(path)
                    self._counted[filing] = modified

    def status(self) -> Status:
        """Return the status at this moment."""
        return Status(
            proxx_version=__version__,
            folder=self.folder.root,
            pid=os.getpid(),
            host=socket.gethostname(),
            mode=self._mode,
            paused_by=self._paused_by,
            started_at=self._started_at,
            published_at=datetime.now(UTC),
            max_workers=self.max_workers,
            scan_seconds=self.scan_seconds,
            last_scan_at=self._last_scan_at,
            counts={
                "pending": int(self._numbers.get("pending_jobs", 0)),
                "running": len(self._running),
                **{str(filing): self._filed.get(filing, 0) for filing in Filing},
            },
            running=tuple(self._running.values()),
            last_failures=tuple(self._failures),
            health=self._health,
            numbers=dict(self._numbers),
        )

    def _change(self, attempt_id: str, **facts: Any) -> None:
        entry = self._running.get(attempt_id)
        if entry is not None:
            self._running[attempt_id] = evolve(entry, **facts)
