"""What the daemon needs to do its work, as facts that everybody can read."""

import shutil
from collections.abc import Iterator

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.monitor.events import NumberChanged
from proxx_daemon.monitor.status import HealthFact
from proxx_daemon.spool.folders import WatchFolder


def facts(intake: Intake, *, held: int) -> Iterator[HealthFact]:
    """Check each; `held` is the number of finished jobs that could not be recorded yet."""
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


def free_space(folder: WatchFolder) -> NumberChanged:
    """Return the free space of the watch folder's volume. Raises OSError."""
    return NumberChanged(name="folder_free_bytes", value=shutil.disk_usage(folder.root).free)
