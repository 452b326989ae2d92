"""What must be so for the daemon to do its work, as facts that anybody can read."""

from collections.abc import Iterator

from proxx_daemon.daemon.intake import Intake
from proxx_daemon.monitor.status import HealthFact


def facts(intake: Intake, *, held: int) -> Iterator[HealthFact]:
    """Look at each; `held` is the number of finished jobs that could not be recorded yet."""
    yield HealthFact(
        name="folder",
        ok=intake.blocked is None,
        detail=intake.blocked or "specs can be read and claimed",
    )
    if intake.polls:
        yield HealthFact(name="events", ok=True, detail="off: the scan alone finds specs")
    else:
        works = intake.watcher.alive
        detail = "events come" if works else "no events; the scan finds specs all the same"
        if intake.watcher.restarts:
            detail += f" (restarted {intake.watcher.restarts} times)"
        # Not ill: the scan is the truth, and events only make it sooner.
        yield HealthFact(name="events", ok=True, detail=detail)
    yield HealthFact(
        name="results",
        ok=held == 0,
        detail=f"{held} finished job(s) wait for space to be recorded"
        if held
        else "every finished job is recorded",
    )
