"""One child process from start to end: watched, drained, and ended as a tree.

stdin is closed, or a file that the caller gives; the child leads a session of its own, both
outputs are drained all the time in the calling thread, and nothing but an unfinished line is
kept in memory.
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import IO, Final

from attrs import frozen

from proxx_daemon.system import environment as variables
from proxx_daemon.system import same_program, storage, strays
from proxx_daemon.system.awake import AwakeClock
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.program import Look, Program
from proxx_daemon.system.starting import Start, give_way
from proxx_daemon.system.stream import Stream
from proxx_daemon.system.tasks import release

#: seconds between SIGTERM and SIGKILL
TERMINATION_SECONDS: Final = 5.0
#: seconds for which output of a child that has ended is still read
_LINGER_SECONDS: Final = 1.0
#: seconds within which a killed child has to be dead
_REAP_SECONDS: Final = 5.0
#: seconds between looks at a child whose outputs are open
_LOOK_SECONDS: Final = 0.2
#: seconds between the first two looks at a child that has closed its outputs; then twice as long
_FIRST_LOOK_SECONDS: Final = 0.001
#: seconds for which small pieces of output gather, and the bytes that are no small piece
_GATHER_SECONDS: Final = 0.04
_MUCH: Final = 4096


class Ending(StrEnum):
    """Why a child ended."""

    #: by itself; see its exit code
    EXITED = "exited"
    #: it was cancelled
    CANCELLED = "cancelled"
    #: it showed no progress for the stall time
    STALLED = "stalled"
    #: it ran longer than its time limit, or than the deadline of its current step
    TIMED_OUT = "timed_out"


class NotStarted(Exception):
    """The operating system could not start a child; the message is its reason.

    Kept apart from OSError, which callbacks may raise while the child runs.
    """


@frozen(kw_only=True)
class RunLimits:
    """What a child may take; None means no limit.

    In seconds in which this process ran: one that was stopped meanwhile has not watched.
    """

    #: for the whole run
    wall_seconds: float | None
    #: without progress: a byte on stdout, or a change of the sign of progress
    stall_seconds: float | None
    #: between SIGTERM and SIGKILL
    termination_seconds: float = TERMINATION_SECONDS
    #: added to this process's own niceness, 0 to 19; Linux derives the priority of reading and
    #: writing from it too
    niceness: int = 0


@frozen(kw_only=True)
class ChildExit:
    """How a child ended."""

    #: why
    ending: Ending
    #: exit code; negative for a signal
    code: int


class _Child:
    """Owns one started child: drains it, ends it at its limits, and leaves no process of it.

    The child is reaped last of all. Until then its PID, which names its process group, cannot
    be given to another process, so no other process is ever signalled.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        streams: tuple[Stream, Stream],
        limits: RunLimits,
        cancel: CancelToken | None,
        *,
        deadline: Callable[[], float | None],
        clock: AwakeClock,
        sign: Callable[[], object] | None,
    ) -> None:
        self._process = process
        self._output = streams[0]
        self._streams = streams
        #: outputs that the child and its own children have not closed, by descriptor
        self._open = {stream.pipe.fileno(): stream for stream in streams}
        self._limits = limits
        self._cancel = cancel
        self._clock = clock
        self._sign = sign
        self._seen: object = None
        #: when it started, and when it last wrote to stdout
        self._started = self._active = clock.now
        self._pause = _FIRST_LOOK_SECONDS
        self._end = _end_of(process.pid)
        #: output and interrupts; interrupts alone: the end of the child and a cancel
        self._poll = select.poll()
        self._interrupts = select.poll()
        self._deadline = deadline

    def attend(self) -> Ending:
        """Drain the child until it ends or has to be ended, and end all of its session."""
        interrupts = [
            each if isinstance(each, int) else each.fileno()
            for each in (self._end, self._cancel)
            if each is not None
        ]
        for descriptor in (*self._open, *interrupts):
            self._poll.register(descriptor, select.POLLIN)
        for descriptor in interrupts:
            self._interrupts.register(descriptor, select.POLLIN)
        self._let_gather()
        ending = None
        while ending is None:
            most = self._drain(self._until_next_look())
            if self._clock.missed_some():
                # What came meanwhile is heard before anything is judged.
                self._drain(0.0)
            if self._has_ended():
                break
            ending = self._reason_to_end()
            if ending is None and 0 < most < _MUCH:
                self._let_gather()
        for descriptor in interrupts:
            # They stay readable: what follows waits for the pipes alone.
            self._poll.unregister(descriptor)
        if ending is not None:
            self._ask_to_end()
        self._drain_rest()
        return ending or Ending.EXITED

    def dispose(self) -> int:
        """Kill the rest of the session, reap the child and return its exit code.

        A child that waits for a volume that does not answer dies only when that does: it is left
        to itself, and `subprocess` reaps it at a later start.
        """
        self._signal(signal.SIGKILL)
        try:
            code = self._process.wait(_REAP_SECONDS)
        except subprocess.TimeoutExpired:
            code = -signal.SIGKILL
        for stream in self._streams:
            stream.pipe.close()
        if self._end is not None:
            os.close(self._end)
        return code

    def _reason_to_end(self) -> Ending | None:
        if self._cancel is not None and self._cancel.cancelled:
            return Ending.CANCELLED
        now = self._clock.now
        limits = self._limits
        if limits.wall_seconds is not None and now - self._started > limits.wall_seconds:
            return Ending.TIMED_OUT
        deadline = self._deadline()
        if deadline is not None and now > deadline:
            return Ending.TIMED_OUT
        if limits.stall_seconds is not None and now - self._active > limits.stall_seconds:
            return Ending.STALLED
        return None

    def _until_next_look(self) -> float:
        if self._end is not None or self._open:
            return _LOOK_SECONDS
        # It has closed its outputs and is about to end: this system does not report when.
        self._pause = min(2 * self._pause, _LOOK_SECONDS)
        return self._pause

    def _drain(self, seconds: float) -> int:
        """Read the output of the child for that time; return as soon as there was something.

        Return the largest number of bytes that were read from one of its outputs.
        """
        most = 0
        ready = self._poll.poll(seconds * 1000)
        self._clock.look()
        for descriptor, _ in ready:
            stream = self._open.get(descriptor)
            if stream is not None:
                size = stream.feed()
                most = max(most, size)
                if size and stream is self._output and self._has_moved():
                    self._active = self._clock.now
                if not size:
                    self._poll.unregister(descriptor)
                    del self._open[descriptor]
        return most

    def _has_moved(self) -> bool:
        """Return whether what the child has just said is progress."""
        if self._sign is None:
            return True
        before, self._seen = self._seen, self._sign()
        return before != self._seen

    def _let_gather(self) -> None:
        """Leave the pipes alone for a moment, unless the child ends or is to be ended.

        Done at the start and after a few bytes. FFmpeg writes its log piece by piece: read one
        by one, they cost more than all else that the daemon does for a short clip.
        """
        if self._end is not None:
            self._interrupts.poll(_GATHER_SECONDS * 1000)

    def _ask_to_end(self) -> None:
        """Ask the session to end and read its output until the time is up."""
        self._signal(signal.SIGTERM)
        # A stopped process does not react to SIGTERM.
        self._signal(signal.SIGCONT)
        deadline = self._clock.now + self._limits.termination_seconds
        while not self._has_ended() and self._clock.now < deadline:
            self._drain(min(self._until_next_look(), self._limits.termination_seconds))

    def _drain_rest(self) -> None:
        """Read what is left in the pipes.

        A grandchild that left the session can hold them open for ever: it is found by them
        and killed.
        """
        # Processes that the child left in its session must not go on.
        self._signal(signal.SIGKILL)
        self._drain_for(_LINGER_SECONDS)
        if self._open:
            for stream in self._streams:
                strays.kill_writers(stream.pipe.fileno())
            self._drain_for(_LINGER_SECONDS)
        for stream in self._streams:
            stream.finish()

    def _drain_for(self, seconds: float) -> None:
        """Read until every pipe is closed, or the time is up."""
        deadline = time.monotonic() + seconds
        while self._open and (left := deadline - time.monotonic()) > 0:
            self._drain(left)

    def _has_ended(self) -> bool:
        """Return whether the child is dead; it is not reaped where the system allows that."""
        if not hasattr(os, "waitid"):
            # macOS before Python 3.13
            return self._process.poll() is not None
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, options) is not None

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


def _end_of(pid: int) -> int | None:
    """Return a descriptor that becomes readable when a process ends, or None."""
    if not hasattr(os, "pidfd_open"):
        # macOS
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        # An old kernel, or no descriptor is left: the child is polled.
        return None


def run(
    argv: Sequence[str],
    *,
    on_output: Callable[[Sequence[bytes]], None],
    on_error: Callable[[Sequence[bytes]], None],
    limits: RunLimits,
    cancel: CancelToken | None = None,
    keep_descriptors: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    deadline: Callable[[], float | None] = lambda: None,
    clock: AwakeClock | None = None,
    in_lines: bool = True,
    sign: Callable[[], object] | None = None,
    tasks: int = 1,
    program: Program | None = None,
) -> ChildExit:
    """Run a child to its end and return how it ended.

    It is started as soon as there is room for `tasks` processes and threads.

    `on_output` and `on_error` get the lines of stdout and stderr, those together that were read at
    once: without their ends, without empty ones, and one that is longer than 64 KiB in pieces.
    Without `in_lines`, stdout comes as it was read, one piece at a time. The descriptors in
    `keep_descriptors` stay open in the child; no others do. `environment` is all that the child
    gets of it; what engines get without it (`environment` beside this module). `stdin` is what the
    child reads; nothing without it. `deadline` returns, whenever it is called, the time on `clock`
    at which the child is overdue with what it is doing then. `sign` returns what changes while it
    makes progress, for a child that says something in any case. With `program` the child is that
    program, or is killed at once.
    Raise NotStarted when the child cannot be started, Exchanged when it is another program, and
    whatever the callbacks raise, after the child was killed.
    """
    start = Start(
        argv=argv,
        keep_descriptors=keep_descriptors,
        environment=variables.passed_on() if environment is None else environment,
        stdin=stdin,
        size=tasks,
    )
    with storage.resting():
        look = None if program is None else _checked(program)
        try:
            started = start.process(cancel)
        except OSError as error:
            raise NotStarted(os.strerror(error.errno or 0)) from error
        if started is None:
            return ChildExit(ending=Ending.CANCELLED, code=-signal.SIGTERM)
        process, room = started
        if process.stdout is None or process.stderr is None:
            raise RuntimeError("the child was started without pipes")
        streams = Stream(process.stdout, on_output, in_lines), Stream(process.stderr, on_error)
        clock = AwakeClock() if clock is None else clock
        child = _Child(process, streams, limits, cancel, deadline=deadline, clock=clock, sign=sign)
        try:
            give_way(process.pid, limits.niceness)
            if program is not None and look is not None:
                same_program.check_still(program, look)
            ending = child.attend()
        finally:
            code = child.dispose()
            release(room)
        return ChildExit(ending=ending, code=code)


def _checked(program: Program) -> Look:
    """Return how a program looks right before it is started."""
    try:
        return same_program.check(program)
    except OSError as error:
        raise NotStarted(os.strerror(error.errno or 0)) from error
