"""The real daemon and the real commands as child processes, for acceptance tests."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import psutil

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.profiles.catalogue import profiles

#: seconds until a condition that has to come counts as never coming
PATIENCE: Final = 60.0
_Value = TypeVar("_Value")


def wait_until(condition: Callable[[], _Value], what: str, seconds: float = PATIENCE) -> _Value:
    """Poll a condition until it gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"in {seconds:g} s this did not happen: {what}")
        time.sleep(0.01)


def spec_for(profile_name: str, *sources: Path, into: Path, **fields: Any) -> dict[str, Any]:
    """Build a valid JobSpec of a profile; `fields` replace or add."""
    profile = profiles()[profile_name]
    return {
        "jobspec_version": "2.1",
        "sources": [str(source) for source in sources],
        "output_directory": str(into),
        "codec": str(profile.codec),
        "container": str(profile.container),
        "resolution": profile.resolution,
        "naming_template": "{source_name}_proxy",
        "proxy_profile": profile_name,
    } | fields


def proxx(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of Proxx to its end."""
    return subprocess.run(
        [sys.executable, "-m", "proxx_daemon", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 2,
        env={**os.environ, **(environment or {})},
    )


class Daemon:
    """One `proxx watch` process."""

    def __init__(
        self,
        watch: Path,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        wrap: Sequence[str] = (),
    ) -> None:
        self.watch = watch
        self._log_path = log
        with log.open("wb") as sink:
            self.process = subprocess.Popen(
                [*wrap, sys.executable, "-m", "proxx_daemon", "watch", str(watch), *arguments],
                stderr=sink,
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PROXX_LOG_LEVEL": "debug", **environment},
            )

    def log(self) -> list[dict[str, Any]]:
        """Return every complete line of the log."""
        lines = []
        for line in self._log_path.read_text(errors="replace").splitlines():
            with suppress(ValueError):
                lines.append(json.loads(line))
        return lines

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log's lines of one event."""
        return [line for line in self.log() if line.get("event") == name]

    def log_text(self) -> str:
        """Return the log as it is."""
        return self._log_path.read_text(errors="replace")

    def wait_started(self) -> None:
        """Wait until recovery is over and candidates are claimed."""
        wait_until(lambda: self.events("daemon_ready") or self.ended(), "the daemon is ready")
        assert not self.ended(), self.log_text()

    def ended(self) -> bool:
        """Whether the process is no more."""
        return self.process.poll() is not None

    def signal(self, number: int) -> None:
        """Send the daemon a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the daemon, and nothing but it."""
        self.process.kill()
        self.process.wait()

    def wait_exit(self, seconds: float = PATIENCE) -> int:
        """Wait for the daemon's end and return its exit code."""
        return self.process.wait(timeout=seconds)

    def stop(self) -> int:
        """Ask the daemon to end and return its exit code."""
        if not self.ended():
            self.signal(signal.SIGTERM)
        return self.wait_exit()

    def engines(self) -> list[psutil.Process]:
        """Return the ffmpeg processes that work for this daemon's outputs."""
        return engines_for(self.watch.parent)


def engines_for(place: Path) -> list[psutil.Process]:
    """Return the living ffmpeg processes whose command line names a path below `place`."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = process.cmdline()
            if (
                command
                and "ffmpeg" in os.path.basename(command[0])
                and any(str(place) in argument for argument in command[1:])
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
    return found


class Workplace:
    """A watch folder and a folder for proxies, side by side."""

    def __init__(self, root: Path, clips: Path) -> None:
        self.root = root
        self.clips = clips
        self.watch = root / "watch"
        self.proxies = root / "proxies"
        self.watch.mkdir()
        self.proxies.mkdir()
        #: words in front of the daemon's command: a program that runs it under some condition
        self.wrap: tuple[str, ...] = ()
        self._daemons: list[Daemon] = []

    def start(self, *arguments: str, **environment: str) -> Daemon:
        """Start a daemon and wait until it is ready."""
        daemon = self.launch(*arguments, **environment)
        daemon.wait_started()
        return daemon

    def launch(self, *arguments: str, **environment: str) -> Daemon:
        """Start a daemon without waiting for anything."""
        log = self.root / f"daemon-{len(self._daemons)}.log"
        daemon = Daemon(self.watch, arguments, environment, log, self.wrap)
        self._daemons.append(daemon)
        return daemon

    def end_daemons(self) -> None:
        """End what a test left running."""
        for daemon in self._daemons:
            if not daemon.ended():
                # Two signals in one moment are one: a polite end could take the whole grace.
                daemon.kill()
        for engine in engines_for(self.root):
            with suppress(psutil.Error):
                engine.kill()

    def spec(self, profile: str, *names: str, **fields: Any) -> dict[str, Any]:
        """Build a JobSpec for real clips, by name."""
        sources = [self.clips / name for name in names]
        return spec_for(profile, *sources, into=self.proxies, **fields)

    def drop(self, name: str, spec: object) -> None:
        """Drop a spec as a careful program does: temporary name, then rename."""
        content = spec if isinstance(spec, bytes) else json.dumps(spec).encode()
        (self.watch / "pending").mkdir(exist_ok=True)
        temporary = self.watch / f".{name}.tmp"
        temporary.write_bytes(content)
        temporary.rename(self.watch / "pending" / name)

    def write_spec(self, name: str, spec: object) -> Path:
        """Write a spec outside the watch folder, for `proxx run` and `proxx validate`."""
        path = self.root / name
        path.write_bytes(spec if isinstance(spec, bytes) else json.dumps(spec).encode())
        return path

    def wait_filed(self, name: str, seconds: float = PATIENCE) -> tuple[str, dict[str, Any]]:
        """Wait until a spec is filed; return the folder's name and the result."""

        def found() -> str | None:
            states = ("completed", "failed")
            return next((s for s in states if (self.watch / s / name).exists()), None)

        state = wait_until(found, f"{name} is filed", seconds)
        if state is None:
            raise AssertionError(name)
        result = self.watch / state / f"{name.removesuffix('.json')}.result.json"
        return state, json.loads(result.read_text())

    def places(self, name: str) -> list[str]:
        """Return every state folder in which a spec of that name lies."""
        states = ("pending", "running", "completed", "failed")
        return [state for state in states if (self.watch / state / name).exists()]

    def names(self, state: str) -> list[str]:
        """Return the names in a state folder, sorted."""
        return sorted(path.name for path in (self.watch / state).iterdir())

    def published(self) -> Iterator[Path]:
        """Return the files under final names."""
        return (path for path in self.proxies.iterdir() if not path.name.startswith("."))


def misbehaving_engine(workplace: Workplace, tools: EngineTools, fault: str) -> dict[str, str]:
    """Set up an engine with one fault; return the environment that selects it."""
    program = Path(__file__).parent / "programs" / "misbehaving_ffmpeg.py"
    folder = workplace.root / "engine"
    folder.mkdir()
    for name, real in (("ffmpeg", tools.ffmpeg), ("ffprobe", tools.ffprobe)):
        stand_in = folder / name
        # An engine gets none of these from the daemon's environment.
        places = f"STAND_IN={folder / 'ffmpeg'} WATCH={workplace.watch}"
        command = f"exec env {places} {sys.executable} {program} {fault} {real}"
        stand_in.write_text(f'#!/bin/sh\n{command} "$@"\n')
        stand_in.chmod(0o755)
    return {"PROXX_FFMPEG": str(folder / "ffmpeg")}
