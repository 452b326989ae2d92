"""What a scan of the folder finds: whether the daemon can do its work, and its free space."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.daemon.jobs import Jobs
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.monitor.events import Event, FolderScanned, NumberChanged
from proxx_daemon.monitor.status import HealthFact
from proxx_daemon.system import tasks


def findings(intake: Intake, jobs: Jobs) -> Iterator[Event]:
    """Return the events of a scan."""
    yield FolderScanned(at=datetime.now(UTC), health=tuple(_facts(intake, jobs)))
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
    silent, storage = jobs.silent(), "the volumes of sources and outputs answer"
    if silent:
        storage = f"no answer from {', '.join(map(printable, silent))}: check the volume"
    yield HealthFact(name="storage", ok=not silent, detail=storage)
    held, results = jobs.held, "every finished job is recorded"
    if held:
        results = f"{held} finished job(s) cannot be recorded until the folder has space or is back"
    yield HealthFact(name="results", ok=not held, detail=results)


def _events(intake: Intake) -> str:
    if intake.polls:
        return "off by configuration; the periodic scan finds specs"
    restarts = intake.watcher.restarts
    after = f" (restarted {restarts} times)" if restarts else ""
    if intake.watcher.alive:
        return f"the system reports changes in pending/{after}"
    return f"the system reports no changes in pending/; the periodic scan finds specs{after}"
