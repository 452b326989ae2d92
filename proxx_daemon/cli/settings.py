"""What the environment says: read once, at the edge."""

import math
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, overload

from attrs import frozen

from proxx_daemon.config.bounds import LOG_LEVELS, MOST_NICENESS, NICENESS
from proxx_daemon.engines.engine import EnginePin
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.engines.resolve.slot import LOCK_PATH
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.system.child import RunLimits

if TYPE_CHECKING:
    from proxx_daemon.engines.resolve.local import LocalResolve
    from proxx_daemon.pipeline.pipeline import Pipeline
    from proxx_daemon.pipeline.preparation import Preparation

#: seconds that one probe may take where nobody says otherwise; a header is read in milliseconds,
#: a sleeping disk array wakes in twenty seconds
PROBE_SECONDS: Final = 120.0
#: seconds without progress after which an engine is ended; a sleeping disk array takes a minute
STALL_SECONDS: Final = 300.0
#: seconds after which an engine is ended whatever it does
WALL_SECONDS: Final = 24 * 3600.0


@frozen(kw_only=True)
class Settings:
    """The operator's environment."""

    #: PROXX_FFMPEG: absolute path of ffmpeg; None leaves the choice to PATH and the wheel
    ffmpeg: str | None
    #: PROXX_LOG_LEVEL: debug, info (default), warning or error
    log_level: str
    #: PROXX_PROBE_SECONDS: limit of one probe
    probe_seconds: float
    #: PROXX_STALL_SECONDS: limit without progress of an engine
    stall_seconds: float
    #: PROXX_ENGINE_SECONDS: limit of one engine run
    engine_seconds: float
    #: PROXX_ENGINE_NICENESS: what is added to this process's own niceness for an engine
    niceness: int
    #: PROXX_HASH_SOURCES: 1 puts a hash of every byte of each source into results; 0 (default)
    hash_sources: bool
    #: where PATH and the places of Resolve are read from
    environment: Mapping[str, str]
    #: PROXX_RESOLVE_LOCK: the file whose lock is Resolve's one slot on this machine
    resolve_lock: str
    #: PROXX_RESOLVE_STEP_SECONDS: limit of each step of a session but the render; None leaves
    #: each its own
    resolve_step_seconds: float | None
    #: the only engine that may run; None lets the rule choose. Of a configuration file alone
    pin: EnginePin | None = None


def read() -> Settings:
    """Read the environment; raises FatalError when it says something impossible."""
    level = os.environ.get("PROXX_LOG_LEVEL", "info").lower()
    if level not in LOG_LEVELS:
        raise FatalError(f"PROXX_LOG_LEVEL is '{level}'; it may be {', '.join(LOG_LEVELS)}.")
    return Settings(
        ffmpeg=os.environ.get("PROXX_FFMPEG") or None,
        log_level=level,
        probe_seconds=_seconds("PROXX_PROBE_SECONDS", PROBE_SECONDS),
        stall_seconds=_seconds("PROXX_STALL_SECONDS", STALL_SECONDS),
        engine_seconds=_seconds("PROXX_ENGINE_SECONDS", WALL_SECONDS),
        niceness=_niceness("PROXX_ENGINE_NICENESS"),
        hash_sources=_switch("PROXX_HASH_SOURCES"),
        environment=dict(os.environ),
        resolve_lock=os.environ.get("PROXX_RESOLVE_LOCK") or LOCK_PATH,
        resolve_step_seconds=_seconds("PROXX_RESOLVE_STEP_SECONDS", None),
    )


@overload
def _seconds(name: str, default: float) -> float: ...
@overload
def _seconds(name: str, default: None) -> float | None: ...
def _seconds(name: str, default: float | None) -> float | None:
    text = os.environ.get(name)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise FatalError(f"{name} is '{text}'; it must be a number of seconds above 0.")
    return seconds


def _niceness(name: str) -> int:
    text = os.environ.get(name, str(NICENESS))
    if text not in map(str, range(MOST_NICENESS + 1)):
        raise FatalError(f"{name} is '{text}'; it may be a whole number from 0 to {MOST_NICENESS}.")
    return int(text)


def _switch(name: str) -> bool:
    text = os.environ.get(name, "0")
    if text not in ("0", "1"):
        raise FatalError(f"{name} is '{text}'; it may be 0 or 1.")
    return text == "1"


def preparation(settings: Settings) -> "Preparation":
    """Build the checks that come before a job is run, for whoever runs none."""
    engines = _engines(settings, records=False)
    engines.ask_ahead()
    # Imported while the engine answers: both take as long, and somebody waits.
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
