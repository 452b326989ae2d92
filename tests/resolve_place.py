"""A simulated Resolve for a test: its folder, its environment, and what it was asked."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from proxx_process import Workplace

from proxx_daemon.engines.engine import EngineTools

SIMULATOR = Path(__file__).parent / "programs" / "resolve_simulator"


class SimulatedResolve:
    """The simulator of tests/programs/resolve_simulator with a folder of its own."""

    def __init__(self, folder: Path, tools: EngineTools) -> None:
        self.folder = folder
        self._settings: dict[str, Any] = {"ffmpeg": tools.ffmpeg, "ffprobe": tools.ffprobe}
        folder.mkdir()
        self.tell()

    @property
    def environment(self) -> dict[str, str]:
        """What makes Proxx find it, by the same lookup as the real one."""
        return {
            "RESOLVE_SCRIPT_API": str(SIMULATOR),
            "RESOLVE_SCRIPT_LIB": str(SIMULATOR / "fusionscript.so"),
            "RESOLVE_SIMULATOR": str(self.folder),
            "PROXX_RESOLVE_LOCK": str(self.folder / "slot.lock"),
        }

    def tell(self, **settings: Any) -> None:
        """Change what it does: presets, faults by call, a fault of the render, …"""
        self._settings |= settings
        (self.folder / "settings.json").write_text(json.dumps(self._settings))

    def stand_in(self, source: Path, media: Path) -> None:
        """Choose the file to measure and render for a source that FFmpeg cannot read."""
        (self.folder / "standins").mkdir(exist_ok=True)
        (self.folder / "standins" / source.name).symlink_to(media)

    def release(self) -> None:
        """Let a held render go on."""
        (self.folder / "release").touch()

    def projects(self) -> list[str]:
        """The projects in its database."""
        path = self.folder / "database.json"
        return list(json.loads(path.read_text())["projects"]) if path.exists() else []

    def ours(self) -> list[str]:
        """The projects of Proxx that are left in it."""
        return [name for name in self.projects() if name.startswith("proxx-session-")]

    def calls(self) -> list[str]:
        """Every call that was made, in order."""
        return self._lines("calls.log")

    def violations(self) -> list[str]:
        """Every call that Resolve's scripting README does not allow."""
        return self._lines("violations.log")

    def _lines(self, name: str) -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []


def sessions_of(process: psutil.Process) -> list[psutil.Process]:
    """Return the living sessions with Resolve among a process's descendants."""
    found = []
    for child in process.children(recursive=True):
        # Whichever ends, or has ended and is not reaped yet, has no command line any more.
        with suppress(psutil.Error):
            if "engines.resolve.session" in " ".join(child.cmdline()):
                found.append(child)
    return found


def raw_spec(workplace: Workplace, raw: Path, name: str, **fields: Any) -> dict[str, Any]:
    """A spec for one clip of camera RAW; `name` is that of its proxy."""
    template = {"sources": [str(raw)], "naming_template": name} | fields
    return workplace.spec("proxy_prores_proxy_resolve", **template)


def lives(process: psutil.Process) -> bool:
    """Whether a process has not ended yet."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
