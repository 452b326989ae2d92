"""What the environment says: read once, at the edge."""

import os
from collections.abc import Mapping
from typing import Final

from attrs import frozen

from proxx_daemon.catalogue.canonical import profiles
from proxx_daemon.daemon.pipeline import Pipeline
from proxx_daemon.engines.locate import EngineDesk
from proxx_daemon.model.failures import FatalError
from proxx_daemon.system.child import Limits

#: seconds without progress after which an engine is ended; a sleeping disk array takes a minute
STALL_SECONDS: Final = 300.0
#: seconds after which an engine is ended whatever it does
WALL_SECONDS: Final = 24 * 3600.0
LOG_LEVELS: Final = ("debug", "info", "warning", "error")


@frozen(kw_only=True)
class Settings:
    """The operator's environment."""

    #: PROXX_FFMPEG: absolute path of ffmpeg; None leaves the choice to PATH and the wheel
    ffmpeg: str | None
    #: PROXX_LOG_LEVEL: debug, info (default), warning or error
    log_level: str
    #: where PATH is read from
    environment: Mapping[str, str]


def read() -> Settings:
    """Read the environment; raises FatalError when it says something impossible."""
    level = os.environ.get("PROXX_LOG_LEVEL", "info").lower()
    if level not in LOG_LEVELS:
        raise FatalError(f"PROXX_LOG_LEVEL is '{level}'; it may be {', '.join(LOG_LEVELS)}.")
    return Settings(
        ffmpeg=os.environ.get("PROXX_FFMPEG") or None,
        log_level=level,
        environment=dict(os.environ),
    )


def pipeline(settings: Settings) -> Pipeline:
    """Build the one pipeline that every command uses."""
    return Pipeline(
        profiles=profiles(),
        engines=EngineDesk(settings.ffmpeg, settings.environment),
        limits=Limits(wall_seconds=WALL_SECONDS, stall_seconds=STALL_SECONDS),
    )
