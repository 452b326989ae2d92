"""The daemon's numbers for Prometheus, by its naming conventions.

Jobs are counted as they end; everything else is read when somebody asks, from the picture that
was published last. Durations are seconds, sizes bytes, moments seconds since 1970.
"""

import json
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6
from typing import Any, Final

import psutil
from attrs import define, field
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.process_collector import ProcessCollector

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor.status import Mode, Status
from proxx_daemon.result.result import JobOutcome

#: seconds; a clip of a minute takes about ten of them, a feature's reel hours
_DURATIONS: Final = (1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000)
_WAITS: Final = (0.1, 1, 10, 60, 300, 1800, 7200, 43200)
#: seconds for a client to send its request
_PATIENCE: Final = 5.0


class Metrics:
    """Counts what ends, and answers questions; safe to ask from any thread."""

    def __init__(self, status: Callable[[], Status]) -> None:
        """`status` gives the picture that was published last."""
        self._status = status
        self._engine_cpu = _EngineCpu()
        self.registry = CollectorRegistry()
        self._jobs = Counter(
            "proxx_jobs",
            "Jobs that ended, by final status and failure code (none for completed ones).",
            ("status", "code"),
            registry=self.registry,
        )
        self._duration = Histogram(
            "proxx_job_duration_seconds",
            "From the claim of a spec to the end of its job.",
            ("status",),
            buckets=_DURATIONS,
            registry=self.registry,
        )
        self._wait = Histogram(
            "proxx_job_queue_wait_seconds",
            "From the moment a spec got its name in pending/ to its claim.",
            buckets=_WAITS,
            registry=self.registry,
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(self)

    def claimed(self, waited: float) -> None:
        """Count how long a spec waited, in seconds."""
        self._wait.observe(waited)

    def finished(self, outcome: JobOutcome) -> None:
        """Count a job that ended."""
        code = "none" if outcome.failure is None else str(outcome.failure.code)
        self._jobs.labels(str(outcome.status), code).inc()
        self._duration.labels(str(outcome.status)).observe(outcome.duration_seconds)

    def collect(self) -> Iterator[Metric]:
        """Give what is read when it is asked for; called by the registry."""
        status = self._status()
        yield InfoMetricFamily(
            "proxx_build", "Which Proxx this is.", value={"version": status.proxx_version}
        )
        gauges = (
            ("proxx_pending_jobs", "Specs in pending/.", status.counts["pending"]),
            ("proxx_running_jobs", "Jobs that run.", status.counts["running"]),
            ("proxx_workers", "Jobs that may run at a time.", status.max_workers),
            ("proxx_healthy", "1 while nothing is wrong with the daemon.", status.healthy),
            ("proxx_paused", "1 while an operator paused the folder.", status.mode is Mode.PAUSED),
            (
                "proxx_last_scan_timestamp_seconds",
                "When pending/ was last read.",
                0.0 if status.last_scan_at is None else status.last_scan_at.timestamp(),
            ),
        )
        for name, meaning, value in gauges:
            yield GaugeMetricFamily(name, meaning, value=float(value))
        speed = GaugeMetricFamily(
            "proxx_encode_speed_ratio",
            "Encoding speed of a running job as a multiple of real time.",
            labels=("worker",),
        )
        frames = GaugeMetricFamily(
            "proxx_encode_frames_per_second",
            "Frames that a running job encodes per second.",
            labels=("worker",),
        )
        for job in status.running:
            for family, rate in ((speed, job.speed), (frames, job.fps)):
                if rate is not None:
                    family.add_metric((str(job.worker),), rate)
        yield from (speed, frames)
        yield CounterMetricFamily(
            "proxx_engine_cpu_seconds",
            "Processor time of all engines and probes, user and system.",
            value=self._engine_cpu.seconds(),
        )

    def text(self) -> bytes:
        """Give everything in Prometheus's text format."""
        return generate_latest(self.registry)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Say whether the daemon is well: an HTTP status and what was found."""
        status = self._status()
        # Twice the pause between scans, and what a slow share may take.
        silent = time.time() - (status.last_scan_at or status.started_at).timestamp()
        fresh = silent < 2 * status.scan_seconds + 30
        well = status.healthy and fresh and status.mode is not Mode.STOPPED
        return (200 if well else 503), {
            "healthy": well,
            "mode": str(status.mode),
            "last_scan_seconds_ago": round(silent, 1),
            "facts": status.document()["health"],
        }


@define
class _EngineCpu:
    """Processor time of the children: what the system adds up of the dead, and of the living."""

    _highest: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def seconds(self) -> float:
        with self._lock:
            dead = resource.getrusage(resource.RUSAGE_CHILDREN)
            total = dead.ru_utime + dead.ru_stime
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.Error):
                    times = child.cpu_times()
                    total += times.user + times.system
            # A child that dies between the two looks is missed once; a counter never falls.
            self._highest = max(self._highest, total)
            return self._highest


class _Server(ThreadingHTTPServer):
    """One thread for each question; a client that says nothing is left after a while."""

    daemon_threads = True
    request_queue_size = 16
    metrics: Metrics

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is no event."""


class _Handler(BaseHTTPRequestHandler):
    """Answers GET /metrics and GET /healthz, and nothing else."""

    timeout = _PATIENCE
    server: _Server

    def do_GET(self) -> None:
        """Answer one question."""
        metrics = self.server.metrics
        if self.path == "/metrics":
            self._answer(200, CONTENT_TYPE_LATEST, metrics.text())
        elif self.path == "/healthz":
            code, document = metrics.health()
            self._answer(code, "application/json", json.dumps(document).encode() + b"\n")
        else:
            self._answer(404, "text/plain", b"There are /metrics and /healthz.\n")

    def _answer(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: who asks is no event of the daemon."""


class MetricsServer:
    """Listens on a loopback address; its threads end with the process."""

    def __init__(self, address: tuple[str, int], metrics: Metrics) -> None:
        """Start; raises FatalError when the address cannot be had."""
        kind = type(
            "_Listener", (_Server,), {"address_family": AF_INET6 if ":" in address[0] else AF_INET}
        )
        try:
            self._server: _Server = kind(address, _Handler)
        except OSError as error:
            raise FatalError(
                f"metrics cannot be served at {address[0]}:{address[1]}: {error.strerror}. Choose "
                "another metrics.address, or end what listens there."
            ) from error
        self._server.metrics = metrics
        # Half a second, the default, would wake an idle daemon twice in every second.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(3600.0,), name="metrics", daemon=True
        )
        self._thread.start()
