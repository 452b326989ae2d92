"""Asks for something that a silent volume could delay for ever, outside of a daemon's jobs."""

from collections.abc import Callable
from typing import TypeVar

from proxx_daemon.failures.errors import JobFailed, not_answering
from proxx_daemon.system.bounded import Silent, within
from proxx_daemon.system.cancel import CancelToken

_Answer = TypeVar("_Answer")


def asked(
    seconds: float, work: Callable[[], _Answer], cancel: CancelToken | None = None
) -> _Answer:
    """Return what the work returns; `seconds` and `cancel` are those of `system.bounded`.

    Raise what the work raises, or JobFailed as the daemon's checks do if a volume is silent.
    """
    try:
        return within(seconds, work, cancel)
    except Silent as silent:
        raise JobFailed(not_answering(str(silent))) from None
