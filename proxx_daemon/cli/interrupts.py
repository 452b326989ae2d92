"""Lets Ctrl-C and SIGTERM end the engine first, and then the command."""

import signal
from collections.abc import Callable

from proxx_daemon.system.child import CancelToken


def on_signals(stop: Callable[[], None]) -> None:
    """Let both signals call `stop`, which only enqueues, for the rest of this process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop())


def cancelled_by_signals() -> CancelToken:
    """Give a token that both signals cancel, for the rest of this process."""
    token = CancelToken()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: token.cancel())
    return token
