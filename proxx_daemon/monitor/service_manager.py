"""Reports to the service manager that started the daemon: systemd's notification protocol.

sd_notify(3): datagrams of KEY=VALUE lines to the socket that NOTIFY_SOCKET names. Without one
nothing is sent. The watchdog is fed by the loop itself, so that a loop that hangs is noticed.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import DaemonReady, DaemonStarted, Event, StopRequested

#: microseconds in a second
_MICRO: Final = 1_000_000
#: seconds that the service manager gives beyond the grace, for engines that have to be killed
_LAST_SECONDS: Final = 30.0
#: seconds that recovery may take; it hashes the outputs that were published before a crash
_RECOVERY_SECONDS: Final = 3600.0


class ServiceManager(Listener):
    """Sends when the daemon is ready, alive and stopping."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Read where the service manager listens, and how often it wants a sign of life."""
        address = environment.get("NOTIFY_SOCKET", "")
        # "@" is the zero byte of an abstract name.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._pause = _watchdog_pause(environment) if self._address else None
        self._next_sign = 0.0
        self._sent_status = ""

    def handle(self, event: Event) -> None:
        """Send what the service manager needs to know."""
        match event:
            case DaemonStarted():
                self._send(f"EXTEND_TIMEOUT_USEC={round(_RECOVERY_SECONDS * _MICRO)}")
            case DaemonReady():
                self._send("READY=1")
            case StopRequested():
                seconds = event.grace_seconds + _LAST_SECONDS
                self._send(f"STOPPING=1\nEXTEND_TIMEOUT_USEC={round(seconds * _MICRO)}")

    def wake_at(self) -> float | None:
        """Return when the next sign of life is due; None if none is wanted."""
        return self._next_sign if self._pause is not None else None

    def turn(self, now: float) -> None:
        """Feed the watchdog when it is time; called by the loop at every turn."""
        if self._pause is not None and now >= self._next_sign:
            self._next_sign = now + self._pause
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Send the line that `systemctl status` shows, if it has changed."""
        if text != self._sent_status:
            self._sent_status = text
            self._send(f"STATUS={text}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A service manager that does not listen must not affect a job.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as talk:
            talk.settimeout(0)
            talk.connect(self._address)
            talk.send(message.encode())


def _watchdog_pause(environment: Mapping[str, str]) -> float | None:
    """Return the seconds between two signs of life: half of what the service manager waits."""
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environment.get("WATCHDOG_USEC", "")
    return int(text) / _MICRO / 2 if text.isascii() and text.isdigit() and int(text) else None
