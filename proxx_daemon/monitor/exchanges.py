"""Answers HTTP requests in one thread: few connections at a time, and little time for each.

A connection costs a descriptor of the daemon, whoever opened it. Clients that say nothing, send
a byte now and then or never read their answer must not use up what jobs need.
"""

import time
from io import BytesIO
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from socket import SHUT_WR, socket
from typing import Any, Final
from wsgiref.simple_server import WSGIServer

from attrs import define, field

#: connections at a time; a further one ends the oldest
MOST: Final = 8
#: seconds from the start of a connection to the last byte of its answer
SECONDS: Final = 3.0
#: bytes of a request that are read; the parser refuses a line of this length
_LONGEST: Final = 65537
_CHUNK: Final = 65536
#: blank line after the headers
_ENDS: Final = (b"\r\n\r\n", b"\n\n")
#: seconds until the next look when the process may open no more files
_PAUSE: Final = 0.1


@define(eq=False)
class _Exchange:
    """One connection."""

    talk: socket
    address: Any
    #: monotonic time of its end
    deadline: float
    request: bytearray = field(factory=bytearray, init=False)
    #: what is left to send; None until the request is complete
    answer: memoryview | None = field(default=None, init=False)


class _Memory:
    """What the parser takes for a connection: a complete request, and room for the answer."""

    def __init__(self, request: bytes) -> None:
        self._request = BytesIO(request)
        self.answer = bytearray()

    def makefile(self, *_: Any) -> BytesIO:
        return self._request

    def sendall(self, data: bytes) -> None:
        self.answer += data


class Exchanges:
    """Serves the connections of a WSGI server that listens; its own loop is not used."""

    def __init__(self, server: WSGIServer) -> None:
        self._server = server
        self._selector = DefaultSelector()
        #: the oldest first
        self._open: dict[_Exchange, None] = {}

    def serve(self) -> None:
        """Serve until the process ends."""
        self._server.socket.settimeout(0.0)
        self._selector.register(self._server.socket, EVENT_READ)
        while True:
            for key, _ in self._selector.select(self._until_next_end()):
                if key.data is None:
                    self._accept()
                elif key.data in self._open:
                    self._go_on(key.data)
            now = time.monotonic()
            for exchange in [each for each in self._open if each.deadline <= now]:
                self._close(exchange)

    def _until_next_end(self) -> float | None:
        oldest = next(iter(self._open), None)
        return None if oldest is None else max(0.0, oldest.deadline - time.monotonic())

    def _accept(self) -> None:
        if len(self._open) >= MOST:
            self._close(next(iter(self._open)))
        try:
            talk, address = self._server.socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the client has gone
        except OSError:
            # Without a pause the thread would do nothing else until there is a descriptor.
            time.sleep(_PAUSE)
            return
        talk.settimeout(0.0)
        exchange = _Exchange(talk, address, time.monotonic() + SECONDS)
        self._open[exchange] = None
        self._selector.register(talk, EVENT_READ, exchange)

    def _go_on(self, exchange: _Exchange) -> None:
        """Read what came or send what fits; a client that has gone is no event of the daemon."""
        try:
            over = self._receive(exchange) if exchange.answer is None else False
            if exchange.answer is not None:
                over = self._send(exchange)
        except BlockingIOError:
            return
        except Exception:  # noqa: BLE001 - no request may end the thread
            over = True
        if over:
            self._close(exchange)

    def _receive(self, exchange: _Exchange) -> bool:
        """Read; once the request is complete, make its answer. Return whether all is over."""
        piece = exchange.talk.recv(_CHUNK)
        exchange.request += piece
        if len(exchange.request) >= _LONGEST or any(end in exchange.request for end in _ENDS):
            memory = _Memory(bytes(exchange.request))
            self._server.RequestHandlerClass(memory, exchange.address, self._server)
            exchange.answer = memoryview(bytes(memory.answer))
            self._selector.modify(exchange.talk, EVENT_WRITE, exchange)
        return not piece

    def _send(self, exchange: _Exchange) -> bool:
        """Send what fits now; return whether that was the rest."""
        answer = exchange.answer or memoryview(b"")
        exchange.answer = answer[exchange.talk.send(answer) :]
        if exchange.answer:
            return False
        exchange.talk.shutdown(SHUT_WR)
        return True

    def _close(self, exchange: _Exchange) -> None:
        del self._open[exchange]
        self._selector.unregister(exchange.talk)
        exchange.talk.close()
