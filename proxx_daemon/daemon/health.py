"""What a scan of the folder finds: whether the daemon can do its work, and its free space."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.daemon.jobs import Jobs
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.monitor.events import Event, FolderScanned, NumberChanged
from proxx_daemon.monitor.status import HealthFact
from proxx_daemon.system import tasks

#: entries that a sentence names at most
_NAMED: Final = 3


def findings(
    intake: Intake,
    jobs: Jobs,
    *,
    left_stuck: Mapping[str, str],
    stuck_requests: Mapping[str, str],
) -> Iterator[Event]:
    """Return the events of a scan.

    `left_stuck` are specs that an earlier daemon left in running/ and this one cannot move,
    `stuck_requests` the operators' requests that cannot be dealt with, each with the reason.
    """
    pending, running = intake.backlog.stuck, {**left_stuck, **jobs.stuck}
    facts = (*_facts(intake, jobs), _specs(pending, running), _requests(stuck_requests))
    yield FolderScanned(at=datetime.now(UTC), health=facts)
    yield NumberChanged(name="stuck_specs", value=len(pending) + len(running))
    with suppress(OSError):
        free = shutil.disk_usage(intake.folder.root).free
        yield NumberChanged(name="folder_free_bytes", value=free)


def _facts(intake: Intake, jobs: Jobs) -> Iterator[HealthFact]:
    folder = intake.blocked or "specs can be read and claimed"
    yield HealthFact(name="folder", ok=intake.blocked is None, detail=folder)
    # Healthy without events too: they only make it sooner.
    yield HealthFact(name="events", ok=True, detail=_events(intake))
    waits = tasks.waited_for()
    yield HealthFact(name="programs", ok=waits is None, detail=waits or "programs can be started")
    silent, storage = jobs.silent(), "the volumes of jobs answer"
    if silent:
        storage = f"no answer from {', '.join(map(printable, silent))}: check the volume"
    yield HealthFact(name="storage", ok=not silent, detail=storage)
    held, results = jobs.held, "every finished job is recorded"
    if held:
        results = f"{held} finished job(s) cannot be recorded until the folder has space or is back"
    yield HealthFact(name="results", ok=not held, detail=results)


def _specs(pending: Mapping[str, str], running: Mapping[str, str]) -> HealthFact:
    details = []
    if pending:
        details.append(
            f"{len(pending)} spec(s) in pending/ cannot be renamed and are passed over: "
            f"{_named(pending)}. Let Proxx rename them, or remove them"
        )
    if running:
        details.append(
            f"{len(running)} spec(s) of jobs that are over cannot be moved out of running/: "
            f"{_named(running)}. Let Proxx rename them; it tries again at every scan"
        )
    detail = ". ".join(details) or "no spec is stuck"
    return HealthFact(name="specs", ok=not details, detail=detail)


def _requests(stuck: Mapping[str, str]) -> HealthFact:
    detail = "every request of an operator is dealt with"
    if stuck:
        detail = (
            f"{len(stuck)} request(s) in .proxx/requests cannot be dealt with: {_named(stuck)}. "
            "Remove them"
        )
    return HealthFact(name="requests", ok=not stuck, detail=detail)


def _named(stuck: Mapping[str, str]) -> str:
    """Return the first names with their reasons."""
    named = [f"{printable(name, 80)} ({stuck[name]})" for name in sorted(stuck)[:_NAMED]]
    return ", ".join((*named, "…") if len(stuck) > _NAMED else named)


def _events(intake: Intake) -> str:
    if intake.polls:
        return "off by configuration; the periodic scan finds specs"
    restarts = intake.watcher.restarts
    after = f" (restarted {restarts} times)" if restarts else ""
    if intake.watcher.alive:
        return f"the system reports changes in pending/{after}"
    return f"the system reports no changes in pending/; the periodic scan finds specs{after}"
