"""Work on volumes that may not answer: in a thread that is left behind if it does not come back."""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from threading import Thread
from typing import Final, TypeVar

from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.storage import Errand, LeftBehind, Patience, work_for

#: seconds between looks at the thread
_LOOK_SECONDS: Final = 0.5
#: seconds in which the thread of an interrupted caller ends its children
_LAST_SECONDS: Final = 10.0
_Answer = TypeVar("_Answer")


class Silent(Exception):
    """A volume does not answer; the message is the path that was asked for, or empty."""


def within(
    seconds: float, work: Callable[[], _Answer], cancel: CancelToken | None = None
) -> _Answer:
    """Return what the work returns, or raise what it raises; it runs in a thread of its own.

    `seconds` is for each step on a volume. Raise Silent if one takes longer, or soon after `cancel`
    was cancelled: the thread is left behind, and does nothing more at its next step. `cancel` is
    what ends the children of the work; it is cancelled if the caller is interrupted.
    """
    errand = Errand()
    patience = Patience(errand=errand, step_seconds=seconds, flush_seconds=seconds)
    answer: Future[_Answer] = Future()

    def run() -> None:
        with suppress(LeftBehind), work_for(errand):
            try:
                answer.set_result(work())
            except LeftBehind:
                raise
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
                answer.set_exception(error)

    thread = Thread(target=run, name="bounded", daemon=True)
    try:
        thread.start()
    except RuntimeError:
        # There is no thread to spare.
        run()
    try:
        while not wait((answer,), _LOOK_SECONDS).done and not patience.over():
            if cancel is not None and cancel.cancelled and patience.ended_at is None:
                patience.ended_at = time.monotonic()
    except BaseException:
        # While it rests, it waits for a child, or starts one.
        last = _LAST_SECONDS if errand.since is None else _LOOK_SECONDS
        errand.leave()
        if cancel is not None:
            cancel.cancel()
        thread.join(last)
        raise
    if not answer.done():
        # No child runs at such a moment: the caller's token stays as it is, for what comes next.
        errand.leave()
        raise Silent(errand.path)
    return answer.result()
