"""Rows about real encodes: each profile alone, several side by side, and the threads they use."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import daemon_figures as figures
import psutil
from daemon_figures import Figure, Scale
from daemon_place import Bench, MeasuredDaemon, Place, load
from daemon_programs import PlannedCommand

from proxx_daemon.profiles.catalogue import profiles

#: profiles of the row in which as many run as there are cores
_SIDE_BY_SIDE: Final = ("proxy_h264_low", "proxy_dnxhr_lb")
#: profiles of the table of threads: one of each encoder
_BUDGETS: Final = ("proxy_h264_low", "proxy_prores_proxy", "proxy_dnxhr_lb")
_WORKERS: Final = (1, 2, 4)
#: seconds between two looks whether a job of many seconds is over. Looking costs the encoders: two
#: hundred times a second took a twentieth from them. When it was over the spec itself says
_LOOK_SECONDS: Final = 0.25


def _of_ffmpeg() -> list[str]:
    return [name for name, profile in profiles().items() if profile.ffmpeg is not None]


def each_profile(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure a job of one 1080p clip against the bare command of its plan."""
    source = bench.source(scale.clip_seconds, 1920, 1080)
    for name in _of_ffmpeg():
        began = load()
        ours, bare = _by_turns(
            bench, name, source, count=1, rounds=scale.rounds, seconds=scale.clip_rounds_seconds
        )
        yield figures.ratio(
            "one clip",
            f"{name}: {scale.clip_seconds} s of 1080p against the bare command",
            "s",
            ours,
            bare,
            target="at most 1.05 times",
            reached=figures.at_most(1.05),
            load=began,
        )


def side_by_side(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure as many workers as cores against as many bare commands at once."""
    source = bench.source(scale.large_seconds, 1920, 1080)
    cores = psutil.cpu_count() or 1
    for name in _SIDE_BY_SIDE:
        began = load()
        ours, bare = _by_turns(
            bench, name, source, count=cores, rounds=scale.rounds, seconds=scale.side_rounds_seconds
        )
        yield figures.ratio(
            "as many workers as cores",
            f"{name}: throughput of {cores} workers, clips of {scale.large_seconds} s 1080p, "
            f"against {cores} bare commands",
            "s",
            ours,
            bare,
            target="at least 0.97",
            reached=figures.at_least(0.97),
            load=began,
            upside_down=True,
        )


def _by_turns(
    bench: Bench, name: str, source: Path, *, count: int, rounds: int, seconds: float
) -> tuple[list[float], list[float]]:
    """Run `count` jobs at once, and as many bare commands, for so many rounds and seconds.

    Gives the seconds of each round of both. Every other round the bare commands come first: what
    drifts during a round, or is left behind by one half of it, is not always the same one's.
    """
    place = bench.place()
    content = place.spec(name, source)
    outputs = [place.proxies / f"bare-{n}.{profiles()[name].container}" for n in range(count)]
    ours: list[float] = []
    bare: list[float] = []
    with place.start("--max-workers", str(count)) as daemon:
        daemon.job("warm.json", place.spec(name, bench.source(1, 320, 180)))
        planned: PlannedCommand | None = None
        while len(ours) < rounds or sum(ours) + sum(bare) < seconds:
            turn = len(ours)
            if planned is not None and turn % 2:
                bare.append(planned.side_by_side(outputs))
            names = [f"job-{turn}-{number}.json" for number in range(count)]
            ours.append(_all_at_once(daemon, place, content, names))
            planned = PlannedCommand(place.result(names[0]))
            if not turn % 2:
                bare.append(planned.side_by_side(outputs))
            _forget(place)
    place.give_up()
    return ours, bare


def threads(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure how throughput follows the number of workers; one worker is the baseline."""
    source = bench.source(scale.thread_seconds, 1920, 1080)
    for name in _BUDGETS:
        began = load()
        times: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
        for turn in range(scale.rounds):
            for workers, found in times.items():
                place = bench.place()
                content = place.spec(name, source)
                with place.start("--max-workers", str(workers)) as daemon:
                    daemon.job("warm.json", place.spec(name, bench.source(1, 320, 180)))
                    names = [f"job-{turn}-{number}.json" for number in range(max(_WORKERS))]
                    found.append(_all_at_once(daemon, place, content, names) / len(names))
                place.give_up()
        pinned = profiles()[name].ffmpeg
        for workers in _WORKERS:
            yield figures.ratio(
                "thread budget",
                f"{name} ({pinned.threads if pinned else 0} threads each): throughput with "
                f"{workers} workers against 1",
                "s per clip",
                times[workers],
                times[1],
                target="",
                reached=None,
                load=began,
                upside_down=True,
            )


def _all_at_once(
    daemon: MeasuredDaemon, place: Place, content: bytes, names: Sequence[str]
) -> float:
    """Drop specs; return the seconds until the last was filed, by the time of its last rename."""
    begin = time.time()
    for name in names:
        place.drop(name, content)
    daemon.wait_completed(*names, look=_LOOK_SECONDS)
    return max((place.watch / "completed" / name).stat().st_ctime for name in names) - begin


def _forget(place: Place) -> None:
    for path in place.proxies.iterdir():
        path.unlink()
