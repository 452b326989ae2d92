"""Every number that the daemon shows, each declared once.

`/metrics`, `numbers` of `proxx status --json` and the table in docs/reference/status.md follow from
it.
To add a gauge: declare it below, and publish `NumberChanged` where the number is known.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen

from proxx_daemon.monitor.status import Mode, RunningStatus, Status


class MetricKind(StrEnum):
    """What Prometheus may do with a number."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"


@frozen(kw_only=True)
class Number:
    """One number. Durations are seconds, sizes bytes, moments seconds since 1970."""

    #: what it says, one sentence
    meaning: str
    #: how it behaves
    kind: MetricKind = MetricKind.GAUGE
    #: names of its labels
    labels: tuple[str, ...] = ()
    #: upper bounds of a histogram's buckets
    buckets: tuple[float, ...] = ()
    #: reads a gauge from the status; None if `NumberChanged` brings it
    read: Callable[[Status], float | None] | None = None
    #: reads a gauge of each running job, which is labelled with its worker
    read_job: Callable[[RunningStatus], float | None] | None = None
    #: how `proxx status` shows it to a person; None if it does not
    shown: Callable[[float], str] | None = None


#: by the name without the prefix "proxx_", by Prometheus's naming conventions
NUMBERS: Final[Mapping[str, Number]] = {
    "jobs": Number(
        meaning="Jobs that ended, by final status and failure code (none for completed ones).",
        kind=MetricKind.COUNTER,
        labels=("status", "code"),
    ),
    "job_duration_seconds": Number(
        meaning="From the claim of a spec to the end of its job.",
        kind=MetricKind.HISTOGRAM,
        labels=("status",),
        # A clip of a minute takes about ten seconds, a feature's reel hours.
        buckets=(1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000),
    ),
    "job_queue_wait_seconds": Number(
        meaning="From the moment a spec got its name in pending/ to its claim.",
        kind=MetricKind.HISTOGRAM,
        buckets=(0.1, 1, 10, 60, 300, 1800, 7200, 43200),
    ),
    "pending_jobs": Number(meaning="Specs in pending/."),
    "stuck_specs": Number(
        meaning="Specs in pending/ or running/ that the daemon cannot rename; it passes them over."
    ),
    "running_jobs": Number(
        meaning="Jobs that were claimed and are not filed yet.",
        read=lambda status: len(status.running),
    ),
    "workers": Number(
        meaning="Jobs that may run at a time.", read=lambda status: status.max_workers
    ),
    "encode_speed_ratio": Number(
        meaning="Encoding speed of a running job as a multiple of real time.",
        labels=("worker",),
        read_job=lambda job: job.speed,
    ),
    "encode_frames_per_second": Number(
        meaning="Frames that a running job encodes per second.",
        labels=("worker",),
        read_job=lambda job: job.fps,
    ),
    "last_scan_timestamp_seconds": Number(
        meaning="When pending/ was last read; 0 before the first time.",
        read=lambda status: 0.0 if status.last_scan_at is None else status.last_scan_at.timestamp(),
    ),
    "folder_free_bytes": Number(
        meaning="Free space in the watch folder's volume.",
        shown=lambda value: f"{value / 1024**3:.1f} GiB free in the watch folder's volume",
    ),
    "engine_cpu_seconds": Number(
        meaning="Processor time of all engines and probes, user and system.",
        kind=MetricKind.COUNTER,
    ),
    "healthy": Number(
        meaning="1 while the daemon can do its work.", read=lambda status: status.healthy
    ),
    "paused": Number(
        meaning="1 while the folder is paused by an operator.",
        read=lambda status: status.mode is Mode.PAUSED,
    ),
    "build": Number(meaning="Version of Proxx.", kind=MetricKind.INFO, labels=("version",)),
}


def gauges_of_the_daemon() -> Mapping[str, Number]:
    """Return the gauges that describe the daemon as a whole."""
    return {
        name: number
        for name, number in NUMBERS.items()
        if number.kind is MetricKind.GAUGE and number.read_job is None
    }


def gauges(status: Status) -> dict[str, float]:
    """Return every gauge of the daemon as a whole that is known at this moment."""
    found = {
        name: status.numbers.get(name) if number.read is None else number.read(status)
        for name, number in gauges_of_the_daemon().items()
    }
    return {name: float(value) for name, value in found.items() if value is not None}
