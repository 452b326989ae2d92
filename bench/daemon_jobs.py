"""Rows about single short jobs: how soon one begins, how many go through, what one costs."""

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import daemon_figures as figures
from daemon_figures import Figure, Scale
from daemon_place import PROFILE, Bench, Place, load, wait_until
from daemon_programs import PROBE, AnnouncingEngine, BarePool, PlannedCommand, ShellLoop

#: a tenth more than the 1.99 of the last published run (README.md)
_TIMES_THE_POOL: Final = 2.2
#: seconds until whoever has done a job is idle again
_IDLE_SECONDS: Final = 0.05


def latency(bench: Bench, scale: Scale) -> Iterator[Figure]:
    """Measure the time from a drop to the start of the engine, on an idle daemon."""
    began = load()
    source = bench.source(1, 320, 180)
    place = bench.place()
    engine = AnnouncingEngine(bench.tools, place.root / "engine")
    content = place.spec(PROFILE, source)
    ours: list[float] = []
    loops: list[float] = []
    with place.start(environment=engine.environment) as daemon:
        place.drop("warm.json", content)
        engine.wait_started()
        daemon.wait_completed("warm.json")
        by_hand = _ByHand(bench, place, engine, source)
        with by_hand.listening():
            for number in range(scale.drops):
                time.sleep(_IDLE_SECONDS)
                name = f"job-{number}.json"
                begin = time.monotonic()
                place.drop(name, content)
                ours.append(engine.wait_started() - begin)
                daemon.wait_completed(name)
                time.sleep(_IDLE_SECONDS)
                loops.append(by_hand.drop(str(number)))
        polls = by_hand.poll(scale.poll_drops)
    place.give_up()
    row = "drop to engine start"
    for percent, most in ((50, 1.5), (99, 2.5)):
        value, base = figures.quantile(ours, percent), figures.quantile(loops, percent)
        yield figures.ratio(
            row,
            f"p{percent} of {len(ours)} drops against an inotifywait loop",
            "ms",
            [value * 1e3],
            [base * 1e3],
            target=f"at most {most} times",
            reached=figures.at_most(most),
            load=began,
        )
    yield figures.ratio(
        row,
        f"median of {len(polls)} drops: how much later a 2 s poll begins",
        "ms",
        [figures.quantile(ours, 50) * 1e3],
        [figures.quantile(polls, 50) * 1e3],
        target="at least 20 times",
        reached=figures.at_least(20),
        load=began,
        upside_down=True,
    )


class _ByHand:
    """The same work by a shell loop: one that listens, and one that looks every 2 seconds."""

    def __init__(self, bench: Bench, place: Place, engine: AnnouncingEngine, source: Path) -> None:
        self._engine = engine
        self._inbox = place.root / "inbox"
        self._done = place.root / "done"
        self._inbox.mkdir()
        self._done.mkdir()
        planned = PlannedCommand(place.result("warm.json"))
        output = f"{place.proxies}/hand-$name.mp4"
        self._job = (
            f"{bench.tools.ffprobe} {PROBE} {source} > {place.root}/probe.json; "
            f"{planned.shell(output, engine.program)}; "
            f'mv "{self._inbox}/$name" "{self._done}/$name"'
        )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Have a loop of inotifywait do the work, once it listens."""
        said = self._inbox.with_name("inotifywait.log")
        script = (
            f"inotifywait -m -e moved_to --format %f {self._inbox} 2> {said} | "
            f"while read -r name; do {self._job}; done"
        )
        with ShellLoop(script):
            wait_until(
                lambda: said.exists() and "established" in said.read_text(), "inotifywait listens"
            )
            yield

    def poll(self, count: int) -> list[float]:
        """Drop so many at random moments on a loop that looks every 2 seconds."""
        script = (
            f'while :; do for path in {self._inbox}/*; do [ -f "$path" ] || continue; '
            f'name=$(basename "$path"); {self._job}; done; sleep 2; done'
        )
        chance = random.Random(count)  # noqa: S311 - no secret
        times = []
        with ShellLoop(script):
            for number in range(count):
                time.sleep(chance.uniform(0, 2))
                times.append(self.drop(str(number)))
        return times

    def drop(self, name: str) -> float:
        """Drop one and wait until it is done; return the seconds until its engine began."""
        temporary = self._inbox.with_name(name)
        temporary.write_text("")
        begin = time.monotonic()
        temporary.rename(self._inbox / name)
        seconds = self._engine.wait_started() - begin
        wait_until((self._done / name).exists, f"{name} is done by hand")
        (self._done / name).unlink()
        self._forget_outputs()
        return seconds

    def _forget_outputs(self) -> None:
        for path in (self._inbox.parent / "proxies").glob("hand-*"):
            path.unlink()


def throughput(bench: Bench, scale: Scale, workers: int = 2) -> Iterator[Figure]:
    """Measure short jobs against `xargs -P`, and what one costs the daemon."""
    began = load()
    source = bench.source(1, 320, 180)
    ours: list[float] = []
    by_hand: list[float] = []
    cpu: list[float] = []
    pool = BarePool(bench)
    for _ in range(scale.rounds):
        place = bench.place()
        content = place.spec(PROFILE, source)
        with place.start("--max-workers", str(workers)) as daemon:
            daemon.job("warm.json", content)
            spent = daemon.cpu_seconds()
            begin = time.monotonic()
            for number in range(scale.short_jobs):
                place.drop(f"job-{number:05d}.json", content)
            # One look at one name: counting the whole folder would take from what is measured.
            daemon.wait_completed(f"job-{scale.short_jobs - 1:05d}.json", look=0.02)
            place.wait_completed(daemon, scale.short_jobs + 1, 0.02)
            ours.append(time.monotonic() - begin)
            cpu.append((daemon.cpu_seconds() - spent) / scale.short_jobs)
        by_hand.append(_xargs(bench, place, source, scale.short_jobs, workers))
        pool.run(place, source, scale.short_jobs, workers)
        place.give_up()
    yield figures.ratio(
        "short jobs",
        f"throughput of {scale.short_jobs} jobs of 1 s, {workers} workers, against xargs "
        f"-P {workers}",
        "s",
        ours,
        by_hand,
        target="at least 0.90",
        reached=figures.at_least(0.90),
        load=began,
        upside_down=True,
    )
    yield figures.ratio(
        "short jobs",
        "the same by a bare pool of threads with the same fsyncs, for comparison",
        "s",
        pool.seconds,
        by_hand,
        target="",
        load=began,
        upside_down=True,
    )
    yield figures.alone(
        "daemon's own cost",
        "processor time of the daemon's threads for one of these jobs",
        "ms",
        [each * 1e3 for each in cpu],
        target="at most 6 ms",
        reached=figures.at_most(6),
        load=began,
    )
    yield figures.ratio(
        "daemon's own cost",
        "the same against that of the bare pool",
        "ms",
        [each * 1e3 for each in cpu],
        [each * 1e3 for each in pool.cpu_seconds],
        target=f"at most {_TIMES_THE_POOL} times",
        reached=figures.at_most(_TIMES_THE_POOL),
        load=began,
    )


def _xargs(bench: Bench, place: Place, source: Path, count: int, workers: int) -> float:
    planned = PlannedCommand(place.result("warm.json"))
    output = f"{place.proxies}/hand-$1.mp4"
    job = (
        f"{bench.tools.ffprobe} {PROBE} {source} > {place.root}/in-$1.json; "
        f"{planned.shell(output)}; "
        f'{bench.tools.ffprobe} {PROBE} -count_packets "{output}" > {place.root}/out-$1.json'
    )
    numbers = "\n".join(str(number) for number in range(count)) + "\n"
    begin = time.monotonic()
    subprocess.run(
        ["/usr/bin/xargs", "-P", str(workers), "-I{}", "/bin/sh", "-c", job, "sh", "{}"],
        input=numbers.encode(),
        check=True,
    )
    seconds = time.monotonic() - begin
    made = [name for name in os.listdir(place.proxies) if name.startswith("hand-")]
    if len(made) != count:
        raise RuntimeError(f"xargs made {len(made)} of {count} files")
    return seconds


Row = Callable[[Bench, Scale], Iterator[Figure]]
