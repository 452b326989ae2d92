"""Rows about doing nothing, and about commands that a person waits for."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

import daemon_figures as figures
from daemon_figures import Figure, Scale
from daemon_place import PROFILE, Bench, load

#: seconds until a daemon that has just started is at rest
_REST_SECONDS: Final = 2.0


def idle(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure a daemon that has done one job and waits for the next."""
    began = load()
    place = bench.place()
    with place.start() as daemon:
        daemon.job("warm.json", place.spec(PROFILE, bench.source(1, 320, 180)))
        time.sleep(_REST_SECONDS)
        spent, begin = daemon.cpu_seconds(), time.monotonic()
        time.sleep(scale.idle_seconds)
        share = (daemon.cpu_seconds() - spent) / (time.monotonic() - begin)
        resident = daemon.resident_mb()
    place.give_up()
    yield figures.alone(
        "idle",
        f"processor time in {scale.idle_seconds:g} s",
        "% of a core",
        [share * 100],
        target="under 0.2 %",
        reached=figures.at_most(0.2),
        load=began,
    )
    yield figures.alone(
        "idle",
        "resident memory",
        "MB",
        [resident],
        target="under 60 MB",
        reached=figures.at_most(60),
        load=began,
    )


def commands(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure commands from a cold start: a new process each time."""
    began = load()
    place = bench.place()
    job = place.root / "job.json"
    job.write_bytes(place.spec(PROFILE, bench.source(1, 320, 180)))
    proxx = (sys.executable, "-m", "proxx_daemon")
    nothing = (sys.executable, "-c", "pass")
    with place.start():
        for words in (("validate", str(job)), ("status", str(place.watch))):
            ours: list[float] = []
            bare: list[float] = []
            for _ in range(scale.commands):
                ours.append(_seconds((*proxx, *words)))
                bare.append(_seconds(nothing))
            yield figures.ratio(
                "cold commands",
                f"proxx {words[0]}, against python -c pass",
                "s",
                ours,
                bare,
                target="at most 0.35 s",
                value_reached=figures.at_most(0.35),
                load=began,
            )
    place.give_up()


def _seconds(command: Sequence[str]) -> float:
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begin
