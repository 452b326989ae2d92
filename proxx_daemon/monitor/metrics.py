"""The daemon's numbers for Prometheus, as `monitor/numbers.py` declares them.

Jobs are counted as they end; everything else is read at a request, from the last published
status.
"""

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

import psutil
from attrs import define, field
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector

from proxx_daemon.monitor import numbers
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import Event, JobClaimed, JobFinished
from proxx_daemon.monitor.numbers import NUMBERS
from proxx_daemon.monitor.status import Status

_CPU: Final = "engine_cpu_seconds"


class Metrics(Listener):
    """Counts what ends; `registry` may be asked from any thread."""

    def __init__(self, status: Callable[[], Status]) -> None:
        """`status` returns the status that was published last."""
        self._status = status
        self._engine_cpu = _EngineCpu()
        self.registry = CollectorRegistry()
        jobs = NUMBERS["jobs"]
        self._jobs = Counter("proxx_jobs", jobs.meaning, jobs.labels, registry=self.registry)
        self._duration = self._histogram("job_duration_seconds")
        self._wait = self._histogram("job_queue_wait_seconds")
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    def handle(self, event: Event) -> None:
        """Count a claim, or the end of a job."""
        match event:
            case JobClaimed():
                self._wait.observe(event.waited_seconds)
            case JobFinished():
                outcome = event.outcome
                code = "none" if outcome.failure is None else str(outcome.failure.code)
                self._jobs.labels(str(outcome.status), code).inc()
                self._duration.labels(str(outcome.status)).observe(outcome.duration_seconds)

    def collect(self) -> Iterator[Metric]:
        """Return what is read when it is asked for; called by the registry."""
        status = self._status()
        yield InfoMetricFamily(
            "proxx_build", NUMBERS["build"].meaning, value={"version": status.proxx_version}
        )
        for name, value in numbers.gauges(status).items():
            yield GaugeMetricFamily(f"proxx_{name}", NUMBERS[name].meaning, value=value)
        for name, number in NUMBERS.items():
            if number.read_job is not None:
                family = GaugeMetricFamily(f"proxx_{name}", number.meaning, labels=number.labels)
                for job in status.running:
                    rate = number.read_job(job)
                    if rate is not None:
                        family.add_metric((job.worker,), rate)
                yield family
        yield CounterMetricFamily(
            f"proxx_{_CPU}", NUMBERS[_CPU].meaning, value=self._engine_cpu.seconds()
        )

    def _histogram(self, name: str) -> Histogram:
        number = NUMBERS[name]
        return Histogram(
            f"proxx_{name}",
            number.meaning,
            number.labels,
            buckets=number.buckets,
            registry=self.registry,
        )


@define
class _EngineCpu:
    """Processor time of the children, of those that have ended and of those that run."""

    _highest: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def seconds(self) -> float:
        with self._lock:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            total = ended.ru_utime + ended.ru_stime
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    times = child.cpu_times()
                    total += times.user + times.system
            # A child that ends between the two readings is missed once; a counter must not fall.
            self._highest = max(self._highest, total)
            return self._highest
