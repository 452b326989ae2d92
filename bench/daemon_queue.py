"""Rows about length: of the queue in pending/, of the list in completed/, of the daemon's life."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Final

import daemon_figures as figures
from daemon_figures import Figure, Scale
from daemon_place import PROFILE, Bench, Place, load
from daemon_programs import remembering_engine

#: jobs that are done before anything is measured
_WARM: Final = 20
#: jobs that a daemon does in one turn, and new specs that come in for them
_TURN: Final = 50
#: times that the row of growing memory looks
_LOOKS: Final = 20


class _Queue:
    """A daemon with so many specs pending, which works only while it is measured."""

    def __init__(self, bench: Bench, length: int) -> None:
        self._place = bench.place()
        self._environment = remembering_engine(bench, self._place.root / "engine")
        self._content = self._place.spec(PROFILE, bench.source(1, 320, 180))
        _teach(self._place, self._content, self._environment)
        names = (f"job-{number:06d}.json" for number in range(length))
        self._place.fill(names, self._content)
        self._added = self._jobs = 0
        self._wall = self._cpu = 0.0

    def start(self, stack: ExitStack) -> None:
        """Start the daemon, have its first jobs done, and hold it; `stack` ends it."""
        self._daemon = stack.enter_context(self._place.start(environment=self._environment))
        self._daemon.wait_for(self._place.has_outputs, "an engine has begun", 0.0005)
        #: seconds from the start of the process to the first engine
        self.first = time.monotonic() - self._daemon.started
        self._refill(_WARM)
        self._place.wait_completed(self._daemon, _WARM, 0.01)
        self._daemon.hold()

    def work(self, jobs: int) -> None:
        """Let it do so many jobs, with as many new ones coming in, and hold it again."""
        self._refill(self._place.completed() - self._added)
        done, spent, begin = self._place.completed(), self._daemon.cpu_seconds(), time.monotonic()
        self._daemon.go_on()
        self._refill(jobs)
        self._place.wait_completed(self._daemon, done + jobs, 0.01)
        self._daemon.hold()
        self._wall += time.monotonic() - begin
        self._cpu += self._daemon.cpu_seconds() - spent
        self._jobs += self._place.completed() - done

    def end(self) -> None:
        """Note what it keeps in memory, and end it."""
        #: megabytes that the daemon keeps
        self.memory = self._daemon.memory_mb()
        self._daemon.stop()
        self._place.give_up()

    @property
    def wall(self) -> float:
        """Seconds on the clock for one job."""
        return self._wall / self._jobs

    @property
    def cpu(self) -> float:
        """Seconds of the daemon's processor time for one job."""
        return self._cpu / self._jobs

    def _refill(self, count: int) -> None:
        for number in range(self._added, self._added + count):
            self._place.drop(f"later-{number:06d}.json", self._content)
        self._added += count


def queues(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure what a job costs with ever more specs pending.

    The daemons take turns of some fifty jobs and are stopped between them: whatever slows the
    machine down for half a minute slows all of them down.
    """
    began = load()
    found: dict[int, list[_Queue]] = {length: [] for length in scale.queues}
    for _ in range(scale.rounds):
        together = {length: _Queue(bench, length) for length in scale.queues}
        with ExitStack() as stack:
            for queue in together.values():
                queue.start(stack)
            for _ in range(scale.queue_jobs // _TURN):
                for queue in together.values():
                    queue.work(_TURN)
            for length, queue in together.items():
                queue.end()
                found[length].append(queue)
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
    os.sync()
    times: dict[Place, list[float]] = {full: [], empty: []}
    for _ in range(scale.starts):
        for place, seconds in times.items():
            daemon = place.start()
            seconds.append(daemon.wait_ready())
            daemon.stop()
    full.give_up()
    empty.give_up()
    yield figures.alone(
        "start-up",
        f"later ready with {scale.finished_files:,} files in completed/ than with none",
        "s",
        [
            with_files - without
            for with_files, without in zip(times[full], times[empty], strict=True)
        ],
        target="at most 0.5 s",
        reached=figures.at_most(0.5),
        load=began,
    )
