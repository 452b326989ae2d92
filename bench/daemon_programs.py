"""Programs to measure the daemon with: stand-in engines, and the same work done by hand."""

import json
import os
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from daemon_place import Bench, Place

from proxx_daemon.engines.engine import EngineTools

#: what ffprobe is asked in the work by hand
PROBE: Final = "-v error -show_format -show_streams -of json"
#: Answers every question as the real programs did the first time, and copies the first output.
_STUB = """#!/bin/sh
# Stands in for {name}: remembers what the real one answered, so that a job costs next to nothing.
for last; do :; done
case "$*" in
*packet=pts*) key=packets ;;
# A proxy: by hand, and by Proxx while it is partial.
*-count_packets* | *-show_*.partial*) key=output ;;
*-show_*) key=source ;;
*" -i "*)
    if [ -f {memory}/media ]; then exec cp {memory}/media "${{last#file:}}"; fi
    {real} "$@" && exec cp "${{last#file:}}" {memory}/media
    exit 1 ;;
*)
    key="{name}$*"
    # Who it is, it says on both outputs.
    [ -f "{memory}/$key" ] || {real} "$@" > "{memory}/$key" 2> "{memory}/$key.errors"
    cat "{memory}/$key.errors" >&2
    ;;
esac
if [ -f "{memory}/$key" ]; then exec cat "{memory}/$key"; fi
{real} "$@" | tee "{memory}/$key"
"""
#: The real FFmpeg, which says when it is started for an encode.
_ANNOUNCING = """#!/bin/sh
case "$*" in *" -i "*) echo started > {fifo} ;; esac
exec {real} "$@"
"""


def _program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def remembering_engine(bench: Bench, folder: Path) -> dict[str, str]:
    """Make an engine that costs next to nothing; return the environment that selects it.

    It answers like the real one from its second job on: one has to be run before.
    """
    memory = folder / "memory"
    memory.mkdir(parents=True)
    for name, real in (("ffmpeg", bench.tools.ffmpeg), ("ffprobe", bench.tools.ffprobe)):
        _program(folder / name, _STUB.format(name=name, memory=memory, real=real))
    return {"PROXX_FFMPEG": str(folder / "ffmpeg")}


class AnnouncingEngine:
    """The real FFmpeg behind a script that says at once when an encode is started."""

    def __init__(self, tools: EngineTools, folder: Path) -> None:
        folder.mkdir(parents=True)
        fifo = folder / "started"
        os.mkfifo(fifo)
        # Open for both: the script never waits for a reader.
        self._descriptor = os.open(fifo, os.O_RDWR | os.O_CLOEXEC)
        self.program = str(folder / "ffmpeg")
        _program(folder / "ffmpeg", _ANNOUNCING.format(fifo=fifo, real=tools.ffmpeg))
        (folder / "ffprobe").symlink_to(tools.ffprobe)

    @property
    def environment(self) -> dict[str, str]:
        """What selects it."""
        return {"PROXX_FFMPEG": self.program}

    def wait_started(self) -> float:
        """Wait for the next start of an encode; return the monotonic time of it."""
        os.read(self._descriptor, 4096)
        return time.monotonic()


class PlannedCommand:
    """The bare FFmpeg command of a plan, as the result of a job gives it."""

    def __init__(self, result: dict[str, Any]) -> None:
        command: list[str] = result["clips"][0]["command"]
        self._arguments = command[:-1]

    def argv(self, output: Path) -> Sequence[str]:
        """Return the command with another output."""
        return (*self._arguments, f"file:{output}")

    def shell(self, output: str, program: str | None = None) -> str:
        """Return the command for a shell; `output` is what the shell expands."""
        arguments = [program or self._arguments[0], *self._arguments[1:]]
        return f'{shlex.join(arguments)} "file:{output}" > /dev/null 2>&1 < /dev/null'

    def side_by_side(self, outputs: Sequence[Path]) -> float:
        """Run it as often as there are outputs, all at once; return the seconds of all of them."""
        begin = time.monotonic()
        running = [
            subprocess.Popen(
                self.argv(output),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for output in outputs
        ]
        codes = [each.wait() for each in running]
        seconds = time.monotonic() - begin
        if any(codes):
            raise RuntimeError(f"the bare command ended with {codes}")
        for output in outputs:
            output.unlink()
        return seconds


class BarePool:
    """`bare_pool.py` with the command of a plan: what its jobs took, round by round."""

    def __init__(self, bench: Bench) -> None:
        self._probe = [bench.tools.ffprobe, *PROBE.split()]
        self.seconds: list[float] = []
        #: of its own threads, for one job
        self.cpu_seconds: list[float] = []

    def run(self, place: Place, source: Path, count: int, workers: int) -> None:
        """Do so many jobs beside a place where the daemon has done one."""
        planned = PlannedCommand(place.result("warm.json"))
        told = {
            "folder": str(place.root / "pool"),
            "outputs": str(place.proxies),
            "count": count,
            "workers": workers,
            "probe_source": [*self._probe, str(source)],
            "encode": planned.argv(source)[:-1],
            "probe_output": [*self._probe, "-count_packets"],
            "suffix": ".mp4",
        }
        path = place.root / "pool.json"
        path.write_text(json.dumps(told))
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name("bare_pool.py"), path],
            stdout=subprocess.PIPE,
            check=True,
        )
        found = json.loads(done.stdout)
        self.seconds.append(found["seconds"])
        self.cpu_seconds.append(found["cpu_seconds"] / count)


class ShellLoop:
    """A shell script in a session of its own, ended with everything it started."""

    def __init__(self, script: str) -> None:
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.killpg(self._process.pid, 9)
        self._process.wait()
