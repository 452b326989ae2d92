"""Rows about length: of the queue in pending/, of the list in completed/, of the daemon's life."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import daemon_figures as figures
from attrs import frozen
from daemon_figures import Figure, Scale
from daemon_place import PROFILE, Bench, Place, load
from daemon_programs import remembering_engine

#: jobs that are done before anything is measured
_WARM: Final = 20
#: new specs that come in at once, to keep the queue as long as it is
_REFILL: Final = 50
#: times that the row of growing memory looks
_LOOKS: Final = 20


@frozen(kw_only=True)
class _Queue:
    """What one run with a long queue showed."""

    #: seconds on the clock for one job
    wall: float
    #: seconds of the daemon's processor time for one job
    cpu: float
    #: seconds from the start of the process to the first engine
    first: float
    #: megabytes that the daemon keeps
    memory: float


def queues(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure what a job costs with ever more specs pending."""
    began = load()
    found: dict[int, list[_Queue]] = {length: [] for length in scale.queues}
    for _ in range(scale.queue_rounds):
        for length in scale.queues:
            found[length].append(_with_pending(bench, scale, length))
    shortest = found[scale.queues[0]]
    longest = max(scale.queues)
    for length in scale.queues[1:]:
        most = 1.15 if length == longest else None
        for what, name in (("time on the clock", "wall"), ("processor time of the daemon", "cpu")):
            yield figures.ratio(
                "cost per job by queue length",
                f"{what} of a job with {length:,} pending against {scale.queues[0]}",
                "ms",
                [getattr(each, name) * 1e3 for each in found[length]],
                [getattr(each, name) * 1e3 for each in shortest],
                target=f"at most {most} times" if most else "",
                reached=figures.at_most(most) if most else None,
                load=began,
            )
    yield figures.ratio(
        "first job with a long queue",
        f"from the start of the process to the first engine, {longest:,} pending "
        f"against {scale.queues[0]}",
        "s",
        [each.first for each in found[longest]],
        [each.first for each in shortest],
        target="within 2 s",
        value_reached=figures.at_most(2),
        load=began,
    )
    more = [
        long.memory - short.memory for long, short in zip(found[longest], shortest, strict=True)
    ]
    yield figures.alone(
        "memory",
        f"more with {longest:,} pending than with {scale.queues[0]}",
        "MB",
        more,
        target="at most 40 MB",
        reached=figures.at_most(40),
        load=began,
    )


def _with_pending(bench: Bench, scale: Scale, length: int) -> _Queue:
    place = bench.place()
    environment = remembering_engine(bench, place.root / "engine")
    content = place.spec(PROFILE, bench.source(1, 320, 180))
    _teach(place, content, environment)
    place.fill((f"job-{number:06d}.json" for number in range(length)), content)
    daemon = place.start(environment=environment)
    with daemon:
        daemon.wait_for(place.has_outputs, "an engine has begun", 0.0005)
        first = time.monotonic() - daemon.started
        added = _refilled(place, content, 0, _WARM)
        place.wait_completed(daemon, _WARM, 0.01)
        done = place.completed()
        spent, begin = daemon.cpu_seconds(), time.monotonic()
        goal = done + scale.queue_jobs
        while place.completed() < goal:
            target = min(goal, place.completed() + _REFILL)
            place.wait_completed(daemon, target, 0.01)
            added = _refilled(place, content, added, place.completed() - added)
        jobs = place.completed() - done
        wall, cpu = time.monotonic() - begin, daemon.cpu_seconds() - spent
        memory = daemon.memory_mb()
    place.give_up()
    return _Queue(wall=wall / jobs, cpu=cpu / jobs, first=first, memory=memory)


def _refilled(place: Place, content: bytes, added: int, count: int) -> int:
    for number in range(added, added + count):
        place.drop(f"later-{number:06d}.json", content)
    return added + count


def _teach(place: Place, content: bytes, environment: dict[str, str]) -> None:
    """Run one job, so that the engine remembers what to answer; nothing of it is left."""
    with place.start(environment=environment) as daemon:
        daemon.job("teach.json", content)
    for folder in (place.watch / "completed", place.proxies):
        for path in folder.iterdir():
            path.unlink()


def growth(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure whether finished jobs leave anything in memory."""
    began = load()
    place = bench.place()
    environment = remembering_engine(bench, place.root / "engine")
    content = place.spec(PROFILE, bench.source(1, 320, 180))
    _teach(place, content, environment)
    sizes: list[float] = []
    share = scale.memory_jobs // _LOOKS
    with place.start("--max-workers", "2", environment=environment) as daemon:
        for turn in range(_LOOKS):
            for number in range(share):
                place.drop(f"job-{turn}-{number:06d}.json", content)
            place.wait_completed(daemon, (turn + 1) * share, 0.25)
            sizes.append(daemon.memory_mb())
    place.give_up()
    # The first looks are still those of a young process: arenas fill, caches are made. A leak is
    # in every stretch; Python's allocator takes a mebibyte at a time, in one of them.
    stretches = list(pairwise(sizes[len(sizes) // 2 - 1 :]))
    yield figures.alone(
        "memory",
        f"growth for one finished job, in each of the last {len(stretches)} of {_LOOKS} stretches "
        f"of {share:,}",
        "kB",
        [(after - before) * 1e3 / share for before, after in stretches],
        target="none (below 0.05 kB)",
        # one page of 4 KiB in eighty jobs
        reached=figures.at_most(0.05),
        load=began,
    )
    yield figures.alone(
        "memory",
        f"after {share * _LOOKS:,} finished jobs, more than after {share:,}",
        "MB",
        [sizes[-1] - sizes[0]],
        target="at most 40 MB",
        reached=figures.at_most(40),
        load=began,
    )


def start_up(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure start-up and recovery with many finished jobs in completed/."""
    began = load()
    full, empty = bench.place(), bench.place()
    for number in range(scale.finished_files // 2):
        stem = str(full.watch / "completed" / f"job-{number:06d}")
        for suffix, content in ((".json", "{}"), (".result.json", json.dumps({}))):
            with open(stem + suffix, "w") as file:
                file.write(content)
    times: dict[Place, list[float]] = {full: [], empty: []}
    for _ in range(scale.starts):
        for place, seconds in times.items():
            daemon = place.start()
            seconds.append(daemon.wait_ready())
            daemon.stop()
    full.give_up()
    empty.give_up()
    yield figures.ratio(
        "start-up",
        f"until it is ready, {scale.finished_files:,} files in completed/ against none",
        "s",
        times[full],
        times[empty],
        target="at most 1.2 times",
        reached=figures.at_most(1.2),
        load=began,
    )
