"""Serves `/metrics` and `/healthz` over HTTP; Prometheus's library writes the metrics."""

import io
import json
import threading
import time
from collections.abc import Callable, Iterable
from socket import AF_INET, AF_INET6
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor.exchanges import Exchanges
from proxx_daemon.monitor.status import Mode, Status

_PATHS: Final = ("/metrics", "/healthz")
#: an HTTP status, headers and a body
_Answer = tuple[str, list[tuple[str, str]], bytes]
_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")


class MetricsServer:
    """Listens on a loopback address; its thread ends with the process."""

    def __init__(
        self, address: tuple[str, int], registry: CollectorRegistry, status: Callable[[], Status]
    ) -> None:
        """Start; raises FatalError when the address cannot be used."""
        host, port = address
        metrics = make_wsgi_app(registry)

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            code, headers, body = _answer(environ, metrics, status)
            start_response(code, [*headers, ("Content-Length", str(len(body)))])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

        try:
            server = make_server(
                host, port, application, _ServerV6 if ":" in host else _Server, _Handler
            )
        except OSError as error:
            raise FatalError(
                f"metrics cannot be served at {host}:{port}: {error.strerror}. Choose another "
                "metrics.address, or stop the program that listens there."
            ) from error
        threading.Thread(target=Exchanges(server).serve, name="metrics", daemon=True).start()


def health(status: Status, now: float) -> tuple[bool, dict[str, Any]]:
    """Return whether the daemon can do its work at that moment, and what was found."""
    # Twice the pause between scans, and what a slow share may take.
    silent = now - (status.last_scan_at or status.started_at).timestamp()
    fresh = silent < 2 * status.scan_seconds + 30
    healthy = status.healthy and fresh and status.mode is not Mode.STOPPED
    return healthy, {
        "healthy": healthy,
        "mode": str(status.mode),
        "last_scan_seconds_ago": round(silent, 1),
        "facts": status.document()["health"],
    }


def _answer(environ: dict[str, Any], metrics: Any, status: Callable[[], Status]) -> _Answer:
    path = environ["PATH_INFO"]
    if path not in _PATHS:
        return "404 Not Found", [_TEXT], b"Use /metrics or /healthz.\n"
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return "405 Method Not Allowed", [_TEXT, ("Allow", "GET, HEAD")], b"Use GET or HEAD.\n"
    if path == "/healthz":
        healthy, document = health(status(), time.time())
        body = json.dumps(document).encode() + b"\n"
        code = "200 OK" if healthy else "503 Service Unavailable"
        return code, [("Content-Type", "application/json")], body
    begun: list[Any] = []
    parts = metrics(environ | {"REQUEST_METHOD": "GET"}, lambda *start: begun.extend(start))
    return begun[0], begun[1], b"".join(parts)


class _Server(WSGIServer):
    request_queue_size = 16
    address_family = AF_INET


class _ServerV6(_Server):
    address_family = AF_INET6


class _Handler(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_arguments: Any) -> None:
        """Log nothing: a request is not an event of the daemon."""

    def get_stderr(self) -> Any:
        """Return a file that nobody reads: the log has one JSON object per line."""
        return io.StringIO()
