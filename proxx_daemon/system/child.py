"""One child process from start to end: watched, drained, and ended as a tree.

stdin is closed, the child leads a session of its own, both outputs are drained all the time in
the calling thread, and no more than a bounded tail is kept in memory.
"""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import IO, Final

from attrs import define, field, frozen

#: seconds for which output of a child that has ended is still read
_LINGER_SECONDS: Final = 1.0
#: seconds between looks at a child that closed nothing and says nothing
_LOOK_SECONDS: Final = 1.0
#: seconds between looks at one that closed its outputs and goes on
_EXIT_LOOK_SECONDS: Final = 0.2
_CHUNK: Final = 65536


class Ending(StrEnum):
    """Why a child is no more."""

    #: by itself: its exit code tells
    EXITED = "exited"
    #: it was cancelled
    CANCELLED = "cancelled"
    #: it showed no progress for the stall time
    STALLED = "stalled"
    #: it ran longer than its time limit
    TIMED_OUT = "timed_out"


class CancelToken:
    """Asks whoever runs a child to end it; safe to use from another thread."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC) if hasattr(os, "pipe2") else os.pipe()
        self._cancelled = False

    def cancel(self) -> None:
        """Ask for the end; repeating it does nothing more."""
        if not self._cancelled:
            self._cancelled = True
            os.write(self._writer, b"x")

    @property
    def cancelled(self) -> bool:
        """Whether the end was asked for."""
        return self._cancelled

    def fileno(self) -> int:
        """Give the descriptor that becomes readable on cancellation."""
        return self._reader

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._reader)
        os.close(self._writer)


@frozen(kw_only=True)
class Limits:
    """How long a child may take; None means no limit. Seconds on the monotonic clock."""

    #: for the whole run
    wall_seconds: float | None
    #: without output on stdout
    stall_seconds: float | None
    #: between the request to end (SIGTERM) and the order to (SIGKILL)
    termination_seconds: float = 5.0


@frozen(kw_only=True)
class ChildExit:
    """How a child ended."""

    #: why
    ending: Ending
    #: exit code; negative for a signal
    code: int


@define
class _Stream:
    """One output of the child: cut into lines, each handed on at once."""

    pipe: IO[bytes]
    on_line: Callable[[bytes], None]
    rest: bytes = field(default=b"")

    def feed(self) -> bool:
        """Read what is there; False at the end of the stream."""
        chunk = os.read(self.pipe.fileno(), _CHUNK)
        if not chunk:
            if self.rest:
                self.on_line(self.rest)
                self.rest = b""
            return False
        *lines, self.rest = (self.rest + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in lines:
            if line:
                self.on_line(line)
        if len(self.rest) > _CHUNK:
            self.on_line(self.rest)
            self.rest = b""
        return True


def run(
    argv: Sequence[str],
    *,
    on_output: Callable[[bytes], None],
    on_error: Callable[[bytes], None],
    limits: Limits,
    cancel: CancelToken | None = None,
    keep_descriptors: Sequence[int] = (),
) -> ChildExit:
    """Run a child to its end and return how it ended.

    `on_output` and `on_error` get each line of stdout and stderr, without its end. The
    descriptors in `keep_descriptors` stay open in the child; no others do. Raises OSError when
    the child cannot be started, and whatever the callbacks raise, after the child was ended.
    """
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=tuple(keep_descriptors),
        start_new_session=True,
    )
    try:
        ending = _Attendance(process, limits, cancel).until_end(on_output, on_error)
    finally:
        _end_tree(process, limits.termination_seconds)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return ChildExit(ending=ending, code=process.returncode)


class _Attendance:
    """Drains one running child until it ends or has to be ended."""

    def __init__(
        self, process: subprocess.Popen[bytes], limits: Limits, cancel: CancelToken | None
    ) -> None:
        self._process = process
        self._limits = limits
        self._cancel = cancel
        self._started = self._last_output = time.monotonic()

    def until_end(
        self, on_output: Callable[[bytes], None], on_error: Callable[[bytes], None]
    ) -> Ending:
        """Hand on every line; returns why the child is over or has to be."""
        output, error = self._process.stdout, self._process.stderr
        if output is None or error is None:
            raise RuntimeError("the child was started without pipes")
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ, _Stream(output, on_output))
            selector.register(error, selectors.EVENT_READ, _Stream(error, on_error))
            if self._cancel is not None:
                selector.register(self._cancel, selectors.EVENT_READ, None)
            ending = self._drain(selector)
        return ending or self._await_exit()

    def _drain(self, selector: selectors.BaseSelector) -> Ending | None:
        """Read until both outputs are closed; an Ending says that the child has to go."""
        exited_at: float | None = None
        open_pipes = 2
        while open_pipes:
            for key, _ in selector.select(_LOOK_SECONDS):
                if key.data is None:
                    return Ending.CANCELLED
                if key.fileobj is self._process.stdout:
                    self._last_output = time.monotonic()
                if not key.data.feed():
                    selector.unregister(key.fileobj)
                    open_pipes -= 1
            overdue = self._overdue()
            if overdue is not None:
                return overdue
            if self._process.poll() is not None:
                # A grandchild can hold the pipes open for ever; what it says is not awaited.
                exited_at = exited_at or time.monotonic()
                if time.monotonic() - exited_at > _LINGER_SECONDS:
                    return None
        return None

    def _overdue(self) -> Ending | None:
        """Say which limit the child has passed; None for neither."""
        now = time.monotonic()
        wall, stall = self._limits.wall_seconds, self._limits.stall_seconds
        if wall is not None and now - self._started > wall:
            return Ending.TIMED_OUT
        if stall is not None and now - self._last_output > stall:
            return Ending.STALLED
        return None

    def _await_exit(self) -> Ending:
        """Wait for a child that has closed its outputs."""
        while True:
            try:
                self._process.wait(timeout=_EXIT_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if self._cancel is not None and self._cancel.cancelled:
                    return Ending.CANCELLED
                overdue = self._overdue()
                if overdue is not None:
                    return overdue
            else:
                return Ending.EXITED


def _end_tree(process: subprocess.Popen[bytes], termination_seconds: float) -> None:
    """End the child's whole session: ask, wait, order, reap."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=termination_seconds)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
    # Whatever the child left behind in its session has no business any more.
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
