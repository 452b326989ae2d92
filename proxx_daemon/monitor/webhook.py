"""POSTs a document over HTTP, with one deadline for the whole exchange."""

import socket
import ssl
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

from attrs import define, field

_HEADERS: Final = {"Content-Type": "application/json", "User-Agent": "proxx"}


class OverdueError(Exception):
    """The exchange was not over in time."""


def post(url: str, body: bytes, seconds: float) -> str | None:
    """POST a JSON document, through no proxy and without following redirects.

    Return what went wrong; None after an answer of the kind 2xx. Raise OverdueError when name
    lookup, connection, TLS, request and the headers of the answer together take longer than that.
    """
    exchange = _Exchange(urlsplit(url), body, time.monotonic() + seconds)
    # In a thread that can be left behind: nothing ends the lookup of a name.
    thread = threading.Thread(target=exchange.run, name="webhook", daemon=True)
    thread.start()
    thread.join(seconds)
    if exchange.hang_up():
        raise OverdueError
    return exchange.reason


@define(eq=False)
class _Exchange:
    """One request and its answer."""

    url: SplitResult
    body: bytes
    #: monotonic time
    deadline: float
    #: what went wrong
    reason: str | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _over: bool = field(default=False, init=False)
    #: a second descriptor of the connection: TLS takes the first one away
    _line: socket.socket | None = field(default=None, init=False)

    def run(self) -> None:
        """Do all of it, as long as nobody hangs up."""
        try:
            code = self._answer()
            reason = None if code in range(200, 300) else f"it answered {code}"
        except Exception as error:  # noqa: BLE001 - whatever it is, the notification is lost
            reason = str(error) or type(error).__name__
        with self._lock:
            if not self._over and time.monotonic() < self.deadline:
                self.reason, self._over = reason, True

    def hang_up(self) -> bool:
        """Interrupt what still goes on; return whether something did."""
        with self._lock:
            interrupts, self._over = not self._over, True
            if self._line is not None:
                with suppress(OSError):
                    self._line.shutdown(socket.SHUT_RDWR)
                self._line.close()
        return interrupts

    def _answer(self) -> int:
        """Return the status of the answer."""
        secure = self.url.scheme == "https"
        host, kind = self.url.hostname or "", HTTPSConnection if secure else HTTPConnection
        connection = kind(host, self.url.port)
        try:
            connection.sock = self._connected(host, connection.port)
            if secure:
                context = ssl.create_default_context()
                connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
            target = urlunsplit(("", "", self.url.path or "/", self.url.query, ""))
            connection.request("POST", target, self.body, _HEADERS)
            return connection.getresponse().status
        finally:
            connection.close()

    def _connected(self, host: str, port: int) -> socket.socket:
        """Connect to the first address that answers; each step has no more than what is left."""
        left = max(0.001, self.deadline - time.monotonic())
        connected = socket.create_connection((host, port), left)
        with self._lock:
            if self._over:
                connected.close()
                raise TimeoutError
            self._line = connected.dup()
        return connected
