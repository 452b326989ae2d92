"""Knows which thread waits for a file system, since when, and where.

A call to a volume that does not answer (a dead network share) blocks its thread for ever, and
nothing ends it. So the work on a job notes each step, and whoever watches it can leave the thread
behind: when the call returns after all, the thread ends at its next step and does nothing more.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from attrs import define, field

#: seconds after which a step is worth a word; a sleeping disk wakes up within twenty
SILENT_SECONDS: Final = 30.0
#: seconds between two looks at a step that takes too long
_AGAIN_SECONDS: Final = 1.0
#: seconds that a step gets when its job is to end
_LAST_SECONDS: Final = 5.0

_of_thread: Final = threading.local()
_left_behind: Final[set["Errand"]] = set()
_lock: Final = threading.Lock()


class LeftBehind(BaseException):
    """Ends a thread whose job is over without it; no handler of errors may stop it."""


@define(eq=False)
class Errand:
    """The work on one job; one thread at a time does it."""

    #: monotonic time of its last step; None while it waits for something with a limit of its own
    since: float | None = None
    #: what the step is about: a source, a folder, an output
    path: str = ""
    #: the step writes to the disk what may take long: its length says nothing
    flushes: bool = False
    #: the thread that does it now: one hands it on to the next before it has quite ended
    thread: int = field(default=0, init=False)
    #: its job is over without it
    left_behind: bool = field(default=False, init=False)

    def step(self, path: str | None = None, *, flushes: bool = False) -> None:
        """Begin the next step; raise LeftBehind if there must be none."""
        if self.left_behind:
            raise LeftBehind
        self.flushes = flushes
        self.path = self.path if path is None else path
        self.since = time.monotonic()

    def beat(self) -> None:
        """Note that the step under way goes on; raise LeftBehind if it must not."""
        if self.left_behind:
            raise LeftBehind
        if self.since is not None:
            self.since = time.monotonic()

    def leave(self) -> None:
        """Go on without its thread."""
        with _lock:
            self.left_behind = True
            _left_behind.add(self)


@contextmanager
def work_for(errand: Errand) -> Iterator[None]:
    """Let the steps of this thread count for that errand."""
    _of_thread.errand = errand
    errand.thread = threading.get_ident()
    try:
        errand.step()
        yield
    finally:
        if errand.thread == threading.get_ident():
            errand.since = None
        _of_thread.errand = None
        with _lock:
            _left_behind.discard(errand)


@contextmanager
def sharing(errand: Errand | None) -> Iterator[None]:
    """Let the beats of a second thread count for an errand whose own thread waits for it."""
    _of_thread.errand = errand
    try:
        yield
    finally:
        _of_thread.errand = None


def current() -> Errand | None:
    """Return the errand of this thread; None if it works for no job."""
    return getattr(_of_thread, "errand", None)


def step(path: str | None = None, *, flushes: bool = False) -> None:
    """Note that this thread comes to its next step; raise LeftBehind if there must be none."""
    errand = current()
    if errand is not None:
        errand.step(path, flushes=flushes)


def beat() -> None:
    """Note that the step under way goes on, piece by piece; raise LeftBehind if it must not."""
    errand = current()
    if errand is not None:
        errand.beat()


def check() -> None:
    """Raise LeftBehind if this thread must do nothing more."""
    errand = current()
    if errand is not None and errand.left_behind:
        raise LeftBehind


@contextmanager
def resting() -> Iterator[None]:
    """Wait for something that has a limit of its own, or needs none; raise LeftBehind."""
    step()
    errand = current()
    if errand is not None:
        errand.since = None
    try:
        yield
    finally:
        step()


@contextmanager
def asking(path: str) -> Iterator[None]:
    """Ask a volume in the midst of something else, a rest for example; raise LeftBehind."""
    errand = current()
    if errand is None:
        yield
        return
    before, rests = errand.path, errand.since is None
    errand.step(path)
    try:
        yield
    finally:
        errand.step(before)
        if rests:
            errand.since = None


def wait_with(other: Errand | None) -> None:
    """Wait as another errand waits, for what that does for both; raise LeftBehind."""
    errand = current()
    if errand is not None and other is not None:
        check()
        errand.path, errand.since = other.path, other.since


@define(kw_only=True)
class Patience:
    """Decides when the thread of a job is left behind; used by whoever watches it."""

    errand: Errand
    #: seconds for one step
    step_seconds: float
    #: seconds for one that writes to the disk
    flush_seconds: float
    #: monotonic time at which the job was asked to end; None if it was not
    ended_at: float | None = field(default=None, init=False)
    #: a step that was found to take too long, and when
    _found: tuple[float, float] | None = field(default=None, init=False)

    def over(self) -> bool:
        """Return whether the thread has not come back for too long; ask again and again.

        A step is found twice before that: this process may itself have been stopped meanwhile.
        """
        now, since = time.monotonic(), self.errand.since
        if since is None:
            return False
        limit = since + (self.flush_seconds if self.errand.flushes else self.step_seconds)
        if self.ended_at is not None:
            limit = min(limit, max(since, self.ended_at) + _LAST_SECONDS)
        if now <= limit:
            return False
        if self._found is None or self._found[0] != since:
            self._found = since, now
        return now - self._found[1] >= _AGAIN_SECONDS

    def silent(self) -> str | None:
        """Return the path for which it has waited longer than a sleeping disk takes."""
        since = self.errand.since
        silent = since is not None and time.monotonic() - since > min(
            SILENT_SECONDS, self.step_seconds
        )
        return self.errand.path if silent and not self.errand.flushes else None


def left_behind() -> tuple[str, ...]:
    """Return the paths for which threads still wait that were left behind, one for each."""
    with _lock:
        return tuple(errand.path for errand in _left_behind)
