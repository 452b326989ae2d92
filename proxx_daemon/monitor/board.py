"""What the daemon knows about itself at this moment: the picture that it publishes."""

import json
import os
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import attrs
from attrs import define, evolve, field

from proxx_daemon import __version__
from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor.status import (
    MOST_FAILURES,
    FailureStatus,
    HealthFact,
    Mode,
    RunningStatus,
    Status,
)
from proxx_daemon.result.result import JobOutcome
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.system.host import host_name


@define(kw_only=True)
class Board:
    """The picture, kept up by the supervisor's thread alone."""

    folder: WatchFolder
    max_workers: int
    scan_seconds: float
    mode: Mode = Mode.STARTING
    paused_by: str | None = None
    #: when pending/ was last read
    last_scan_at: datetime | None = None
    #: candidates in pending/, as far as the daemon knows
    pending: int = 0
    health: tuple[HealthFact, ...] = ()
    #: something is different from what was published
    changed: bool = True
    _started_at: datetime = field(factory=lambda: datetime.now(UTC), init=False)
    _running: dict[str, RunningStatus] = field(factory=dict, init=False)
    _failures: deque[FailureStatus] = field(factory=lambda: deque(maxlen=MOST_FAILURES), init=False)
    _filed: dict[Filing, int] = field(factory=dict, init=False)
    #: modification times of the folders at which they were counted
    _counted: dict[Filing, int] = field(factory=dict, init=False)

    def remember(self) -> None:
        """Take over the failures that an earlier daemon published."""
        known = status_file.read(self.folder) or {}
        failures = known.get("last_failures")
        for each in reversed(failures if isinstance(failures, list) else []):
            with suppress(TypeError):
                self._failures.appendleft(FailureStatus(**each))

    def recovered(self, result_path: str) -> None:
        """Take note of a job that was settled at the start, from its result."""
        with suppress(OSError, ValueError, KeyError, TypeError), open(result_path, "rb") as file:
            result = json.loads(file.read())
            if result["failure"] is not None:
                self._failures.appendleft(_failed(result, result_path))

    def started(self, attempt_id: str, spec: str, worker: str, at: datetime) -> None:
        """Take note of a claim."""
        self.changed = True
        self._running[attempt_id] = RunningStatus(
            spec=spec,
            job_id=None,
            attempt_id=attempt_id,
            worker=worker,
            state=str(JobState.CLAIMED),
            claimed_at=at,
        )

    def moved(self, attempt_id: str, worker: str) -> None:
        """Take note of who runs a job from now on."""
        self._change(attempt_id, worker=worker)

    def named(self, attempt_id: str, job_id: str) -> None:
        """Take note of the id that a spec gives its job."""
        self._change(attempt_id, job_id=job_id)

    def entered(self, attempt_id: str, event: StateEntered) -> None:
        """Take note of a state."""
        self._change(attempt_id, state=str(event.state), fps=None, speed=None, seconds_left=None)

    def progressed(self, attempt_id: str, progress: ClipProgress) -> None:
        """Take note of how far a clip is."""
        left = progress.seconds_left
        self._change(
            attempt_id,
            clip=progress.index + 1,
            clips=progress.clips,
            source=progress.name,
            percent=round(100 * progress.fraction, 1),
            fps=progress.fps,
            speed=progress.speed,
            seconds_left=None if left is None else round(left, 1),
        )

    def finished(self, attempt_id: str, outcome: JobOutcome, result_path: str) -> None:
        """Take note of the end of a job that is filed."""
        self.changed = True
        entry = self._running.pop(attempt_id)
        filing = Filing.COMPLETED if outcome.failure is None else Filing.FAILED
        self._filed[filing] = self._filed.get(filing, 0) + 1
        if outcome.failure is not None:
            self._failures.appendleft(
                FailureStatus(
                    spec=entry.spec,
                    job_id=outcome.job_id,
                    status=str(outcome.status),
                    code=str(outcome.failure.code),
                    message=outcome.failure.message,
                    action=outcome.failure.action,
                    at=outcome.completed_at.isoformat(),
                    result=result_path,
                )
            )

    def waiting(self, pending: int) -> None:
        """Take note of how many specs wait."""
        if pending != self.pending:
            self.pending, self.changed = pending, True

    def scanned(self, pending: int, health: Iterable[HealthFact]) -> None:
        """Take note of a scan, and count what was filed where somebody else changed that."""
        self.changed = True
        self.last_scan_at = datetime.now(UTC)
        self.pending = pending
        self.health = tuple(health)
        for filing in Filing:
            path = self.folder.filed(filing)
            with suppress(OSError):
                modified = os.stat(path).st_mtime_ns
                if self._counted.get(filing) != modified:
                    self._filed[filing] = status_file.count_specs(path)
                    self._counted[filing] = modified

    def status(self) -> Status:
        """Give the picture as it is now."""
        return Status(
            proxx_version=__version__,
            folder=self.folder.root,
            pid=os.getpid(),
            host=host_name(),
            mode=self.mode,
            paused_by=self.paused_by,
            started_at=self._started_at,
            published_at=datetime.now(UTC),
            max_workers=self.max_workers,
            scan_seconds=self.scan_seconds,
            last_scan_at=self.last_scan_at,
            counts=self._counts(),
            running=tuple(self._running.values()),
            last_failures=tuple(self._failures),
            health=self.health,
        )

    def _counts(self) -> Mapping[str, int]:
        return {
            "pending": self.pending,
            "running": len(self._running),
            **{str(filing): self._filed.get(filing, 0) for filing in Filing},
        }

    def _change(self, attempt_id: str, **facts: Any) -> None:
        entry = self._running.get(attempt_id)
        if entry is not None:
            self.changed = True
            self._running[attempt_id] = evolve(entry, **facts)


def _failed(result: Mapping[str, Any], path: str) -> FailureStatus:
    facts = {
        "spec": result["_metadata"]["spec_name"],
        "job_id": result["job_id"],
        "status": result["final_status"],
        **{name: result["failure"][name] for name in ("code", "message", "action")},
        "at": result["completed_at"],
        "result": path,
    }
    names = [each.name for each in attrs.fields(FailureStatus)]
    return FailureStatus(**{name: str(facts[name]) for name in names})
