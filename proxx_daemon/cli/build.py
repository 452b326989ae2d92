"""Builds what runs jobs, or checks them, out of the settings."""

from typing import TYPE_CHECKING

from proxx_daemon.cli.lean import lean_imports
from proxx_daemon.config.settings import Settings
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.system.child import RunLimits

if TYPE_CHECKING:
    from proxx_daemon.engines.resolve.local import LocalResolve
    from proxx_daemon.pipeline.pipeline import Pipeline
    from proxx_daemon.pipeline.preparation import Preparation


def preparation(settings: Settings) -> "Preparation":
    """Build the checks that come before a job is run, for whoever runs none."""
    engines = _engines(settings, records=False)
    engines.ask_ahead()
    # Imported while the engine answers: both take as long, and somebody waits.
    with lean_imports():
        from proxx_daemon.pipeline.preparation import Preparation  # noqa: PLC0415
        from proxx_daemon.profiles.catalogue import on_demand  # noqa: PLC0415

    return Preparation(
        profiles=on_demand(),
        engines=engines,
        resolve=_resolve(settings),
        probe_seconds=settings.probe_seconds,
    )


def pipeline(settings: Settings) -> "Pipeline":
    """Build the one pipeline that every command uses."""
    # All that runs jobs takes longer to import than `proxx validate` may take.
    from proxx_daemon.pipeline.pipeline import Pipeline  # noqa: PLC0415
    from proxx_daemon.profiles.catalogue import profiles  # noqa: PLC0415

    return Pipeline(
        profiles=profiles(),
        engines=_engines(settings, records=True),
        resolve=_resolve(settings),
        limits=RunLimits(
            wall_seconds=settings.engine_seconds,
            stall_seconds=settings.stall_seconds,
            niceness=settings.niceness,
        ),
        probe_seconds=settings.probe_seconds,
        hash_sources=settings.hash_sources,
    )


def _engines(settings: Settings, *, records: bool) -> FfmpegSelection:
    return FfmpegSelection(settings.ffmpeg, settings.environment, settings.pin, records=records)


def _resolve(settings: Settings) -> "LocalResolve":
    from proxx_daemon.engines.resolve.local import LocalResolve  # noqa: PLC0415 - as above

    return LocalResolve(
        environment=settings.environment,
        lock_path=settings.resolve_lock,
        step_seconds=settings.resolve_step_seconds,
    )
