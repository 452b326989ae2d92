"""Starts a child process, as soon as the system has room for it.

A machine without room for one more process is no reason for a job to fail: nothing of it has
begun, and other programs end. So the start waits, and others see why (`tasks.waited_for`).
"""

import errno
import os
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from attrs import frozen

from proxx_daemon.system import tasks
from proxx_daemon.system.cancel import CancelToken

#: what fork and pipe report while the process, its user or the machine has no more of something
_NO_ROOM: Final = (errno.EAGAIN, errno.EMFILE, errno.ENFILE)
#: seconds between two attempts
_AGAIN_SECONDS: Final = 0.5
#: seconds for which a start waits that nobody can cancel
_PATIENCE_SECONDS: Final = 120.0


@frozen(kw_only=True)
class Start:
    """What a child is started with."""

    argv: Sequence[str]
    #: descriptors that stay open in the child; no others do
    keep_descriptors: Sequence[int]
    #: all that it gets of the environment
    environment: Mapping[str, str]
    #: what it reads; None: nothing
    stdin: IO[bytes] | None
    #: processes and threads that it consists of at most
    size: int

    def process(
        self, cancel: CancelToken | None
    ) -> tuple[subprocess.Popen[bytes], tasks.Room] | None:
        """Start the child and return it with the room that is kept for it.

        Waits for room; None when `cancel` came first. Raise OSError when it cannot be started.
        """
        patience = time.monotonic() + _PATIENCE_SECONDS
        while True:
            room = tasks.promise(self.size)
            if isinstance(room, str):
                reason = room
            else:
                try:
                    return self._started(), room
                except OSError as error:
                    tasks.release(room)
                    # With a name, it is the program itself that was refused.
                    named = error.errno == errno.EAGAIN and error.filename is not None
                    if error.errno not in _NO_ROOM or named:
                        raise
                    reason = f"no more programs can be started: {os.strerror(error.errno)}"
            if cancel is None and time.monotonic() > patience:
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
            with tasks.waits(reason):
                if _cancelled(cancel):
                    return None

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.argv,
            stdin=subprocess.DEVNULL if self.stdin is None else self.stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=tuple(self.keep_descriptors),
            start_new_session=True,
            env=self.environment,
        )


def _cancelled(cancel: CancelToken | None) -> bool:
    """Wait a moment; return whether the token was cancelled."""
    if cancel is None:
        time.sleep(_AGAIN_SECONDS)
        return False
    interrupt = select.poll()
    interrupt.register(cancel, select.POLLIN)
    interrupt.poll(_AGAIN_SECONDS * 1000)
    return cancel.cancelled


def give_way(pid: int, niceness: int) -> None:
    """Lower the priority of a child that has just been started, with every thread it has.

    Done from here and for its whole process group: code between fork and exec is not safe in
    a process with threads, and of one process Linux would only move the first thread.
    """
    if niceness:
        # A sandbox may forbid it; the unit that does sets a priority of its own.
        with suppress(OSError):
            least = min(os.getpriority(os.PRIO_PROCESS, 0) + niceness, 19)
            os.setpriority(os.PRIO_PGRP, pid, least)
