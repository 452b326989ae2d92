"""What a scan of the folder finds: whether the daemon can do its work, and its free space."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.monitor.events import Event, FolderScanned, NumberChanged
from proxx_daemon.monitor.status import HealthFact


def findings(intake: Intake, *, held: int) -> Iterator[Event]:
    """Return the events of a scan; `held` finished jobs could not be recorded yet."""
    yield FolderScanned(at=datetime.now(UTC), health=tuple(_facts(intake, held)))
    with suppress(OSError):
        free = shutil.disk_usage(intake.folder.root).free
        yield NumberChanged(name="folder_free_bytes", value=free)


def _facts(intake: Intake, held: int) -> Iterator[HealthFact]:
    yield HealthFact(
        name="folder",
        ok=intake.blocked is None,
        detail=intake.blocked or "specs can be read and claimed",
    )
    if intake.polls:
        yield HealthFact(
            name="events", ok=True, detail="off by configuration; the periodic scan finds specs"
        )
    else:
        works = intake.watcher.alive
        detail = (
            "the system reports changes in pending/"
            if works
            else "the system reports no changes in pending/; the periodic scan finds specs"
        )
        if intake.watcher.restarts:
            detail += f" (restarted {intake.watcher.restarts} times)"
        # Healthy without them too: events only make it sooner.
        yield HealthFact(name="events", ok=True, detail=detail)
    yield HealthFact(
        name="results",
        ok=held == 0,
        detail=f"{held} finished job(s) wait for disk space, or for the folder, to be recorded"
        if held
        else "every finished job is recorded",
    )
