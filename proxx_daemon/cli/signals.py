"""Signals to a command that must finish something: the handler only puts them in a queue."""

import signal
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

#: signals that ask a command to end
_STOPS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: what has come; its `put` may interrupt itself
_received: Final[SimpleQueue[int]] = SimpleQueue()


def hold() -> None:
    """From now on signals do not end the process: they wait for `came` or `on_stop`."""
    for number in _STOPS:
        # Under nohup, a closed terminal is no reason to end.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda received, _frame: _received.put(received))


def came(within_seconds: float) -> bool:
    """Return whether a signal came, as soon as one does or the time is up."""
    try:
        _received.get(timeout=within_seconds)
    except Empty:
        return False
    return True


def on_stop(act: Callable[[], None]) -> None:
    """Hold the signals; a thread of its own calls `act` once the first has come."""

    def obey() -> None:
        _received.get()
        act()

    hold()
    threading.Thread(target=obey, name="signals", daemon=True).start()
