"""A watch folder, the sources, and the real daemon as a child process whose cost is read."""

import compileall
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import psutil
from attrs import field, frozen
from footage import fetch

import proxx_daemon
from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.profiles.catalogue import profiles

#: profile of every row that is not about profiles
PROFILE: Final = "proxy_h264_low"
#: seconds until what has to come counts as never coming
_PATIENCE: Final = 1800.0
#: bytes above which the space of a proxy is given back before the bench is over
_LARGE: Final = 1_000_000
_LOOK_SECONDS: Final = 0.002
_Value = TypeVar("_Value")


def wait_until(condition: Callable[[], _Value], what: str, look: float = _LOOK_SECONDS) -> _Value:
    """Poll a condition until it gives something true, and return that."""
    deadline = time.monotonic() + _PATIENCE
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"this never came: {what}")
        time.sleep(look)
    return value


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)


class Stolen:
    """What the host of a virtual machine takes from it, as the kernel counts it in /proc/stat."""

    def __init__(self) -> None:
        self._begin = self._read()

    def share(self) -> float:
        """Return the stolen share of the time in which something wanted to run, since the start."""
        busy, stolen = (now - then for now, then in zip(self._read(), self._begin, strict=True))
        return stolen / (busy + stolen) if stolen else 0.0

    @staticmethod
    def _read() -> tuple[int, int]:
        with open("/proc/stat") as file:
            # user, nice, system, idle, iowait, irq, softirq, steal: proc(5)
            ticks = [int(each) for each in file.readline().split()[1:9]]
        return sum(ticks[:3]) + sum(ticks[5:7]), ticks[7]


@frozen(kw_only=True)
class Bench:
    """What every row shares: where it works and with what."""

    #: folder of everything that is made on the way; emptied by whoever runs the rows
    scratch: Path
    #: the engine that the daemon uses too
    tools: EngineTools

    @classmethod
    def prepare(cls, scratch: Path) -> "Bench":
        """Find the engine by the daemon's own rule, and compile Proxx as an installation does."""
        compileall.compile_dir(os.path.dirname(proxx_daemon.__file__), quiet=1)
        scratch = scratch.resolve()
        scratch.mkdir(parents=True, exist_ok=True)
        tools = locate(os.environ.get("PROXX_FFMPEG"), os.environ)
        return cls(scratch=scratch, tools=tools)

    def source(self, seconds: int, width: int, height: int) -> Path:
        """Make an H.264 source with sound out of real footage, once; return its path."""
        path = self.scratch / "sources" / f"{seconds}s-{width}x{height}.mp4"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            partial = path.with_suffix(".partial.mp4")
            clip = fetch() / "bigbuckbunny.mp4"
            subprocess.run(
                [
                    *(self.tools.ffmpeg, "-v", "error", "-y", "-stream_loop", "-1"),
                    *("-i", str(clip), "-t", str(seconds), "-r", "25"),
                    *("-vf", f"scale={width}:{height},setsar=1", "-c:v", "libx264"),
                    *("-preset", "fast", "-crf", "18", "-c:a", "aac", str(partial)),
                ],
                check=True,
            )
            partial.replace(path)
        return path

    def place(self) -> "Place":
        """Make a fresh watch folder."""
        return Place(self.scratch / "places" / uuid.uuid4().hex[:8])


def _made(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


@frozen
class Place:
    """A watch folder and a folder for proxies, side by side."""

    root: Path
    watch: Path = field(init=False)
    proxies: Path = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the folders."""
        object.__setattr__(self, "watch", _made(self.root / "watch"))
        object.__setattr__(self, "proxies", _made(self.root / "proxies"))
        for state in ("pending", "completed", "failed"):
            (self.watch / state).mkdir()

    def spec(self, profile_name: str, source: Path) -> bytes:
        """Write a JobSpec whose output has a name of its own."""
        profile = profiles()[profile_name]
        return json.dumps(
            {
                "jobspec_version": "2.1",
                "sources": [str(source)],
                "output_directory": str(self.proxies),
                "codec": str(profile.codec),
                "container": str(profile.container),
                "resolution": profile.resolution,
                "naming_template": "{source_name}_{job_id}",
                "proxy_profile": profile_name,
            }
        ).encode()

    def drop(self, name: str, content: bytes) -> None:
        """Drop a spec as a careful program does: temporary name, then rename."""
        temporary = self.root / f"{name}.tmp"
        temporary.write_bytes(content)
        temporary.rename(self.watch / "pending" / name)

    def fill(self, names: Iterable[str], content: bytes) -> None:
        """Write specs into pending/ as fast as it goes; no daemon may be running.

        They are on the disk at the end: written back later, by the kernel, they would make every
        fsync wait that is measured meanwhile.
        """
        for name in names:
            (self.watch / "pending" / name).write_bytes(content)
        os.sync()

    def has_outputs(self) -> bool:
        """Whether an engine has begun to write; raise RuntimeError when a job failed."""
        self._check_failures()
        return any(self.proxies.iterdir())

    def completed(self) -> int:
        """Count the jobs that completed; raise RuntimeError when one failed."""
        self._check_failures()
        names = os.listdir(self.watch / "completed")
        return len(names) - sum(name.endswith((".result.json", ".log")) for name in names)

    def _check_failures(self) -> None:
        failed = os.listdir(self.watch / "failed")
        if failed:
            raise RuntimeError(f"{self.watch}/failed is not empty: {min(failed)}")

    def wait_completed(self, daemon: "MeasuredDaemon", count: int, look: float) -> None:
        """Wait until so many jobs are completed."""
        daemon.wait_for(lambda: self.completed() >= count, f"{count} completed jobs", look)

    def is_completed(self, name: str) -> bool:
        """Whether a job completed; raise RuntimeError when it failed."""
        if (self.watch / "failed" / name).exists():
            self._check_failures()
        return (self.watch / "completed" / name).exists()

    def result(self, name: str) -> dict[str, Any]:
        """Read the result of a completed job."""
        path = self.watch / "completed" / f"{name.removesuffix('.json')}.result.json"
        document: dict[str, Any] = json.loads(path.read_bytes())
        return document

    def give_up(self) -> None:
        """Empty what is large; the files themselves go when the whole bench is over.

        ext4 without a journal hands out no inode that was freed within the last minute, and
        passes over them one by one: whoever makes files next would pay for what is removed.
        """
        for path in self.proxies.iterdir():
            if path.stat().st_size > _LARGE:
                os.truncate(path, 0)

    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = ("-m", "proxx_daemon"),
    ) -> "MeasuredDaemon":
        """Start a daemon and wait until it is ready; `program` is what Python runs."""
        daemon = MeasuredDaemon(self, (*program, "watch", str(self.watch), *arguments), environment)
        daemon.wait_ready()
        return daemon


class MeasuredDaemon:
    """One `proxx watch` process."""

    def __init__(
        self, place: Place, arguments: Sequence[str], environment: Mapping[str, str] | None
    ) -> None:
        self._log = place.root / f"{uuid.uuid4().hex[:8]}.log"
        self._place = place
        self.started = time.monotonic()
        with self._log.open("wb") as sink:
            self._process = subprocess.Popen(
                [sys.executable, *arguments],
                stderr=sink,
                stdout=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PROXX_LOG_LEVEL": "info", **(environment or {})},
            )
        self._ps = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_ready(self) -> float:
        """Wait until candidates are claimed; return the seconds since the start."""
        self.wait_for(lambda: b'"daemon_ready"' in self._log.read_bytes(), "the daemon is ready")
        return time.monotonic() - self.started

    def wait_for(
        self, condition: Callable[[], _Value], what: str, look: float = _LOOK_SECONDS
    ) -> _Value:
        """Wait for something that the daemon does; raise RuntimeError when it ends instead."""

        def met() -> _Value:
            if self._process.poll() is not None:
                raise RuntimeError(f"the daemon ended: {self._log.read_text(errors='replace')}")
            return condition()

        return wait_until(met, what, look)

    def cpu_seconds(self) -> float:
        """Return the processor time of all its threads; that of its children is not in it."""
        times = self._ps.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> float:
        """Return what it keeps in memory and shares with nobody."""
        return float(self._ps.memory_full_info().uss) / 1e6

    def resident_mb(self) -> float:
        """Return its resident set, shared libraries included."""
        return float(self._ps.memory_info().rss) / 1e6

    def job(self, name: str, content: bytes) -> None:
        """Drop a spec and wait until it is completed."""
        self._place.drop(name, content)
        self.wait_completed(name)

    def wait_completed(self, *names: str, look: float = _LOOK_SECONDS) -> None:
        """Wait until jobs are completed."""
        self.wait_for(
            lambda: all(self._place.is_completed(name) for name in names),
            f"the end of {names}",
            look,
        )

    def hold(self) -> None:
        """Stop it where it is; what its engine does goes on."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on from there."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, at once."""
        self.go_on()
        for _ in range(2):
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGTERM)
                time.sleep(_LOOK_SECONDS)
        self._process.wait()
