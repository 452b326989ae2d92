"""Talks to the service manager that started the daemon: systemd's notification protocol.

sd_notify(3): datagrams of KEY=VALUE lines to the socket that NOTIFY_SOCKET names. Without one
nothing is sent. The watchdog hears from the loop itself, so that one that hangs is silent.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

#: microseconds in a second
_MICRO: Final = 1_000_000


class ServiceManager:
    """The one that is told; used by the supervisor's thread alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read where it listens, and how often it wants to hear from us."""
        address = environment.get("NOTIFY_SOCKET", "")
        # "@" stands for the zero byte of an abstract name.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._pause = _watchdog_pause(environment) if self._address else None
        self._next_sign = 0.0
        self._told = ""

    @property
    def next_sign(self) -> float | None:
        """Monotonic time of the next sign of life; None where nobody waits for one."""
        return self._next_sign if self._pause is not None else None

    def ready(self) -> None:
        """Say that the daemon serves."""
        self._send("READY=1")

    def starting(self, seconds: float) -> None:
        """Say that the start goes on, for up to that long again."""
        self._send(f"EXTEND_TIMEOUT_USEC={round(seconds * _MICRO)}")

    def stopping(self, seconds: float) -> None:
        """Say that the daemon ends, within that time."""
        self._send(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={round(seconds * _MICRO)}")

    def status(self, text: str) -> None:
        """Give the line that `systemctl status` shows, when it is another than before."""
        if text != self._told:
            self._told = text
            self._send(f"STATUS={text}")

    def sign_of_life(self, now: float) -> None:
        """Calm the watchdog when it is time; called by the loop at every turn."""
        if self._pause is not None and now >= self._next_sign:
            self._next_sign = now + self._pause
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A service manager that does not listen never costs a job.
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk,
        ):
            talk.settimeout(0)
            talk.connect(self._address)
            talk.send(message.encode())


def _watchdog_pause(environment: Mapping[str, str]) -> float | None:
    """Seconds between two signs of life: half of what the service manager waits."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / _MICRO / 2 if text.isascii() and text.isdigit() and int(text) else None
