"""Builds the executors of this machine from the settings; commands that only check need none."""

from collections.abc import Iterator
from contextlib import contextmanager

from proxx_daemon.config.settings import Settings
from proxx_daemon.engines.resolve.local import LocalResolve
from proxx_daemon.executors.executor import Executor
from proxx_daemon.executors.ffmpeg import FfmpegExecutor
from proxx_daemon.executors.resolve import ResolveExecutor, most_waiting
from proxx_daemon.system.child import RunLimits


@contextmanager
def local_executors(
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
