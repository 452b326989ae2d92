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

#: seconds between the request to end and the order to
TERMINATION_SECONDS: Final = 5.0
#: seconds for which output of a child that has ended is still read
_LINGER_SECONDS: Final = 1.0
#: seconds between looks at a child that closed nothing and says nothing
_LOOK_SECONDS: Final = 1.0
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
    #: without a line on stdout
    stall_seconds: float | None


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
    environment: dict[str, str] | None = None,
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
        env=environment,
    )
    try:
        ending = _attend(process, on_output, on_error, limits, cancel)
    finally:
        _end_tree(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    return ChildExit(ending=ending, code=process.returncode)


def _attend(
    process: subprocess.Popen[bytes],
    on_output: Callable[[bytes], None],
    on_error: Callable[[bytes], None],
    limits: Limits,
    cancel: CancelToken | None,
) -> Ending:
    """Drain the child until it ends or has to be ended."""
    if process.stdout is None or process.stderr is None:
        raise RuntimeError("the child was started without pipes")
    started = last_output = time.monotonic()
    exited_at: float | None = None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, _Stream(process.stdout, on_output))
        selector.register(process.stderr, selectors.EVENT_READ, _Stream(process.stderr, on_error))
        open_pipes = 2
        if cancel is not None:
            selector.register(cancel, selectors.EVENT_READ, None)
        while open_pipes:
            for key, _ in selector.select(_LOOK_SECONDS):
                if key.data is None:
                    return Ending.CANCELLED
                if key.fileobj is process.stdout:
                    last_output = time.monotonic()
                if not key.data.feed():
                    selector.unregister(key.fileobj)
                    open_pipes -= 1
            now = time.monotonic()
            if limits.wall_seconds is not None and now - started > limits.wall_seconds:
                return Ending.TIMED_OUT
            if limits.stall_seconds is not None and now - last_output > limits.stall_seconds:
                return Ending.STALLED
            if process.poll() is not None:
                # A grandchild can hold the pipes open for ever; what it says is not awaited.
                exited_at = exited_at or now
                if now - exited_at > _LINGER_SECONDS:
                    break
    return _await_exit(process, started, limits, cancel)


def _await_exit(
    process: subprocess.Popen[bytes], started: float, limits: Limits, cancel: CancelToken | None
) -> Ending:
    """Wait for a child that has closed its outputs."""
    while True:
        try:
            process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            if cancel is not None and cancel.cancelled:
                return Ending.CANCELLED
            waited = time.monotonic() - started
            if limits.wall_seconds is not None and waited > limits.wall_seconds:
                return Ending.TIMED_OUT
            if limits.stall_seconds is not None and waited > limits.stall_seconds:
                return Ending.STALLED
        else:
            return Ending.EXITED


def _end_tree(process: subprocess.Popen[bytes]) -> None:
    """End the child's whole session: ask, wait, order, reap."""
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=TERMINATION_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()
    # Whatever the child left behind in its session has no business any more.
    _signal_group(process.pid, signal.SIGKILL)


def _signal_group(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
