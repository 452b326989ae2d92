"""Builds what checks and runs jobs from the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from proxx_daemon.config.settings import Settings
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.executors.executor import Executor
from proxx_daemon.executors.ffmpeg import FfmpegExecutor
from proxx_daemon.executors.resolve import ResolveExecutor, most_waiting
from proxx_daemon.pipeline.pipeline import Pipeline
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.system.child import RunLimits


def pipeline(settings: Settings) -> Pipeline:
    """Return the pipeline, which every command uses to check and plan jobs."""
    return Pipeline(
        profiles=profiles(),
        engines=FfmpegSelection(settings.ffmpeg, settings.environment, settings.pin),
        resolve=LocalResolve(
            environment=settings.environment,
            lock_path=settings.resolve_lock,
            step_seconds=settings.resolve_step_seconds,
        ),
        probe_seconds=settings.probe_seconds,
        hash_sources=settings.hash_sources,
    )


@contextmanager
def executors(
    settings: Settings, resolve: LocalResolve, *, workers: int
) -> Iterator[tuple[Executor, ...]]:
    """Yield the executors of this machine: FFmpeg for `workers` jobs at a time, and Resolve."""
    limits = RunLimits(
        wall_seconds=settings.engine_seconds,
        stall_seconds=settings.stall_seconds,
        niceness=settings.niceness,
    )
    every: tuple[Executor, ...] = (
        FfmpegExecutor(slots=workers, limits=limits, probe_seconds=settings.probe_seconds),
        ResolveExecutor(
            resolve, takes=most_waiting(), limits=limits, probe_seconds=settings.probe_seconds
        ),
    )
    try:
        yield every
    finally:
        for executor in every:
            executor.close()
