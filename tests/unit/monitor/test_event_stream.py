"""Every listener hears every event, whatever the others do."""

from attrs import define, field
from structlog.testing import capture_logs

from proxx_daemon.monitor.event_stream import EventStream, Listener
from proxx_daemon.monitor.events import Event, GraceCutShort

_EVENT = GraceCutShort(signal="SIGTERM", running=1)


@define(eq=False)
class _Hears(Listener):
    at: float | None = None
    heard: list[Event | float | None] = field(factory=list)

    def handle(self, event: Event) -> None:
        self.heard.append(event)

    def wake_at(self) -> float | None:
        return self.at

    def turn(self, now: float) -> None:
        self.heard.append(now)

    def close(self) -> None:
        self.heard.append(None)


class _Raises(Listener):
    def handle(self, event: Event) -> None:
        raise ValueError(str(event))

    wake_at = turn = close = handle  # type: ignore[assignment]


def test_a_listener_that_raises_is_logged_once_and_the_others_hear_everything() -> None:
    before, after = _Hears(at=9.0), _Hears(at=7.0)
    stream = EventStream((before, _Raises(), after))
    with capture_logs() as lines:
        stream.publish(_EVENT)
        stream.publish(_EVENT)
        assert stream.wake_at() == 7.0
        stream.turn(5.0)
        stream.close()
    assert before.heard == after.heard == [_EVENT, _EVENT, 5.0, None]
    assert [(line["event"], line["listener"]) for line in lines] == [("listener_failed", "_Raises")]


def test_nobody_who_waits_for_a_time_lets_the_loop_sleep() -> None:
    assert EventStream((_Hears(), Listener())).wake_at() is None
