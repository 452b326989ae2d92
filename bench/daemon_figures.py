"""What is measured and what was found: rows of the table, with median and spread."""

import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import asdict, frozen

#: percentage points of the interquartile range
_LOWER, _UPPER = 25, 75
_TWO: Final = 2


@frozen(kw_only=True)
class Scale:
    """How much is measured; `QUICK` tries the harness out and proves nothing."""

    #: specs dropped one at a time on an idle daemon
    drops: int
    #: of these, dropped while a 2 s poll does the work
    poll_drops: int
    #: short jobs of one round of the throughput row
    short_jobs: int
    #: jobs of one round of the queue rows
    queue_jobs: int
    #: pending specs of the queue rows; the first is the baseline
    queues: tuple[int, ...]
    #: jobs of the memory row
    memory_jobs: int
    #: files in completed/ for the start-up row
    finished_files: int
    #: starts of each kind
    starts: int
    #: seconds for which an idle daemon is watched
    idle_seconds: float
    #: cold starts of each command
    commands: int
    #: repetitions of every row that compares one thing with another
    rounds: int
    #: seconds of the clip that each profile encodes
    clip_seconds: int
    #: seconds for which each profile's rounds of that clip go on, however many there were: one
    #: encode and the next differ by more than is measured
    clip_rounds_seconds: float
    #: seconds of each of the clips that are encoded side by side
    large_seconds: int
    #: seconds for which their rounds go on, likewise
    side_rounds_seconds: float
    #: seconds of the clips of the table of threads
    thread_seconds: int


FULL: Final = Scale(
    drops=200,
    poll_drops=15,
    short_jobs=300,
    queue_jobs=400,
    queues=(100, 1_000, 10_000, 100_000),
    memory_jobs=20_000,
    finished_files=100_000,
    starts=20,
    idle_seconds=60.0,
    commands=20,
    rounds=3,
    clip_seconds=10,
    clip_rounds_seconds=120.0,
    large_seconds=60,
    side_rounds_seconds=540.0,
    thread_seconds=2,
)
QUICK: Final = Scale(
    drops=10,
    poll_drops=3,
    short_jobs=12,
    queue_jobs=100,
    queues=(100, 1_000, 5_000),
    memory_jobs=100,
    finished_files=5_000,
    starts=2,
    idle_seconds=3.0,
    commands=2,
    rounds=1,
    clip_seconds=2,
    clip_rounds_seconds=0.0,
    large_seconds=2,
    side_rounds_seconds=0.0,
    thread_seconds=1,
)


@frozen(kw_only=True)
class Figure:
    """One row: what Proxx needed, what the baseline needed, and what was to be reached."""

    #: the row of the table it belongs to
    row: str
    #: what was measured
    what: str
    #: of `value` and `baseline`
    unit: str
    #: median of what Proxx needed
    value: float
    #: lowest and highest, or the quartiles where there are many
    spread: tuple[float, float]
    #: median of the baseline; None where there is none
    baseline: float | None = None
    baseline_spread: tuple[float, float] | None = None
    #: what the table shows: value / baseline, or the value itself
    compared: float
    #: lowest and highest of it over the rounds
    compared_spread: tuple[float, float]
    #: what it has to reach, in words
    target: str
    #: None where nothing was asked
    reached: bool | None
    #: one-minute load average when the row was begun
    load: float

    def document(self) -> dict[str, Any]:
        """Return the row as results.json has it."""
        return asdict(self)


def at_most(limit: float) -> Callable[[float], bool]:
    """Ask for no more than a limit."""
    return lambda value: value <= limit


def at_least(limit: float) -> Callable[[float], bool]:
    """Ask for no less than a limit."""
    return lambda value: value >= limit


def spread(values: Sequence[float]) -> tuple[float, float]:
    """Return lowest and highest; of more than ten values the quartiles."""
    if len(values) > 10:  # noqa: PLR2004 - of fewer, quartiles say nothing
        return quantile(values, _LOWER), quantile(values, _UPPER)
    return min(values), max(values)


def quantile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, with the nearest rank: a value that was measured."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered)) - 1))]


def ratio(
    row: str,
    what: str,
    unit: str,
    values: Sequence[float],
    baselines: Sequence[float],
    *,
    target: str,
    reached: Callable[[float], bool] | None = None,
    value_reached: Callable[[float], bool] | None = None,
    load: float,
    upside_down: bool = False,
) -> Figure:
    """Compare runs with the runs of the baseline beside them, pair by pair where there are pairs.

    `reached` judges the ratio, `value_reached` what Proxx itself needed; with neither nothing
    was asked. `upside_down` gives baseline / value: times of which throughputs are compared.
    """
    pairs = (
        [
            (base / value if upside_down else value / base)
            for value, base in zip(values, baselines, strict=True)
        ]
        if len(values) == len(baselines)
        else []
    )
    value, base = statistics.median(values), statistics.median(baselines)
    whole = base / value if upside_down else value / base
    compared = statistics.median(pairs) if pairs else whole
    return Figure(
        row=row,
        what=what,
        unit=unit,
        value=value,
        spread=spread(values),
        baseline=base,
        baseline_spread=spread(baselines),
        compared=compared,
        compared_spread=spread(pairs) if pairs else (compared, compared),
        target=target,
        reached=(reached(compared) if reached else value_reached(value) if value_reached else None),
        load=load,
    )


def alone(
    row: str,
    what: str,
    unit: str,
    values: Sequence[float],
    *,
    target: str,
    reached: Callable[[float], bool] | None,
    load: float,
) -> Figure:
    """Return a figure that has no baseline."""
    value = statistics.median(values)
    return Figure(
        row=row,
        what=what,
        unit=unit,
        value=value,
        spread=spread(values),
        compared=value,
        compared_spread=spread(values),
        target=target,
        reached=None if reached is None else reached(value),
        load=load,
    )
