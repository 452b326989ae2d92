"""Hands every event to every listener, in the one thread that publishes it."""

from collections.abc import Callable
from typing import Final

import structlog
from attrs import define, field

from proxx_daemon.monitor.events import Event

_LOG: Final = structlog.get_logger()


class Listener:
    """Receives the events of a daemon or of `proxx run`, and acts on those that concern it."""

    def handle(self, event: Event) -> None:
        """Act on an event."""

    def wake_at(self) -> float | None:
        """Return the monotonic time at which `turn` has something to do; None while it has not."""
        return None

    def turn(self, now: float) -> None:
        """Do what is due at that monotonic time."""

    def close(self) -> None:
        """Finish, within a bounded time, what is still to be done; may be called again."""


@define
class EventStream:
    """Used by one thread alone. An error of a listener is logged once and has no other effect."""

    listeners: tuple[Listener, ...] = ()
    _failed: set[Listener] = field(factory=set, init=False)

    def publish(self, event: Event) -> None:
        """Hand an event to every listener."""
        self._each(lambda listener: listener.handle(event))

    def wake_at(self) -> float | None:
        """Return the first time at which a listener has something to do."""
        times: list[float | None] = []
        self._each(lambda listener: times.append(listener.wake_at()))
        return min((time for time in times if time is not None), default=None)

    def turn(self, now: float) -> None:
        """Let every listener do what is due."""
        self._each(lambda listener: listener.turn(now))

    def close(self) -> None:
        """Let every listener finish."""
        self._each(lambda listener: listener.close())

    def _each(self, act: Callable[[Listener], None]) -> None:
        for listener in self.listeners:
            try:
                act(listener)
            except Exception as error:  # noqa: BLE001 - an error here must not affect the job
                if listener not in self._failed:
                    self._failed.add(listener)
                    _LOG.error(
                        "listener_failed", listener=type(listener).__name__, reason=repr(error)
                    )
