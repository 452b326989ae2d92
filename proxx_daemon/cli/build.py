"""Builds what checks and plans jobs from the settings."""

from proxx_daemon.config.settings import Settings
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.profiles.catalogue import profiles


def pipeline(settings: Settings, *, recorded: bool = True) -> Pipeline:
    """Return the pipeline, which every command uses to check and plan jobs.

    `recorded` means that results name the engine.
    """
    return Pipeline(
        profiles=profiles(),
        engines=FfmpegSelection(
            settings.ffmpeg, settings.environment, settings.pin, recorded=recorded
        ),
        resolve=LocalResolve(
            environment=settings.environment,
            lock_path=settings.resolve_lock,
            step_seconds=settings.resolve_step_seconds,
        ),
        probe_seconds=settings.probe_seconds,
        hash_sources=settings.hash_sources,
    )
