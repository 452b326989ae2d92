"""How many more processes and threads this process may start: the kernel calls both tasks.

Limits: RLIMIT_NPROC for the user (ulimit -u), pids.max of the control groups (TasksMax= of a unit,
`--pids-limit` of a container). Only Linux says how many there are; elsewhere a start fails or not.
"""

import os
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Final

from attrs import field, frozen

#: threads of one FFmpeg at most, seen with four threads for each coder on two processors
ENGINE: Final = 48 + 2 * (os.cpu_count() or 1)
#: seconds in which a started program has started its own threads
_FRESH_SECONDS: Final = 2.0
#: bits of CapEff that lift RLIMIT_NPROC: CAP_SYS_ADMIN, CAP_SYS_RESOURCE (capabilities(7))
_LIFTING: Final = 1 << 21 | 1 << 24

#: the room that was promised a moment ago
_promised: Final[list["Room"]] = []
#: why starts wait at the moment
_waiting: Final[list[str]] = []
_lock: Final = threading.Lock()


@frozen(eq=False)
class Room:
    """What is kept free for a program that starts: its threads come a moment later."""

    #: processes and threads
    tasks: int
    #: monotonic time of the promise
    since: float = field(factory=time.monotonic)


@frozen
class _Limit:
    """One limit and what is used of it."""

    most: int
    used: int
    #: whose limit it is, for people
    whose: str


def lacking(wanted: int) -> str | None:
    """Return why that many more tasks cannot be started now; None if they can or nobody knows."""
    with _lock:
        return _lacking(wanted)


def promise(wanted: int) -> Room | str:
    """Keep room for a program; return why there is none."""
    with _lock:
        # One process is not worth a look: its start says whether there is room.
        reason = _lacking(wanted) if wanted > 1 else None
        if reason is not None:
            return reason
        room = Room(wanted)
        _promised.append(room)
        return room


def release(room: Room) -> None:
    """Note that a program needs no room any more; repeating it does nothing more."""
    with _lock, suppress(ValueError):
        _promised.remove(room)


@contextmanager
def waits(reason: str) -> Iterator[None]:
    """Let everybody know, meanwhile, that something waits to be started."""
    with _lock:
        _waiting.append(reason)
    try:
        yield
    finally:
        with _lock:
            _waiting.remove(reason)


def waited_for() -> str | None:
    """Return why something waits to be started; None if nothing does."""
    with _lock:
        return _waiting[0] if _waiting else None


def _lacking(wanted: int) -> str | None:
    # Those that were started before that are counted with their threads.
    fresh = time.monotonic() - _FRESH_SECONDS
    wanted += sum(room.tasks for room in _promised if room.since > fresh)
    for limit in _limits(wanted):
        if limit.most - limit.used < wanted:
            return (
                f"{limit.whose} may have {limit.most} processes and threads, and too few of them "
                "are free for a job; end other programs, or raise the limit (TasksMax= of the "
                "unit, ulimit -u)"
            )
    return None


def _limits(wanted: int) -> Iterator[_Limit]:
    most, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    # Counting is dear, and the user has at most what the machine has.
    if most != resource.RLIM_INFINITY and _on_machine() + wanted > most and not _lifted():
        used = _of_user(os.getuid())
        if used is not None:
            yield _Limit(most, used, f"user {os.getuid()}")
    for folder in _control_groups():
        with suppress(OSError, ValueError):
            # "max", where there is no limit, is no number.
            most, used = _number(folder, "pids.max"), _number(folder, "pids.current")
            yield _Limit(most, used, "the control group of Proxx")


def _number(folder: str, name: str) -> int:
    return int(_text(os.path.join(folder, name)))


def _text(path: str) -> str:
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def _on_machine() -> int:
    """Return the number of all tasks, as far as it can be known."""
    with suppress(OSError, ValueError, IndexError):
        # "0.20 0.18 0.12 1/80 11206": running and existing tasks, proc(5)
        return int(_text("/proc/loadavg").split()[3].partition("/")[2])
    return 0


def _lifted() -> bool:
    fields = _fields("self")
    return bool(int(fields.get("CapEff", "0"), 16) & _LIFTING)


def _of_user(user: int) -> int | None:
    """Count the tasks of a user; None where the system does not show them."""
    count = 0
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdecimal():
            # A process may end at any moment.
            with suppress(OSError, ValueError, IndexError):
                fields = _fields(name)
                if int(fields["Uid"].split()[0]) == user:
                    count += int(fields["Threads"])
    return count or None


def _fields(process: str) -> dict[str, str]:
    lines = (line.partition(":") for line in _text(f"/proc/{process}/status").splitlines())
    return {name: value.strip() for name, _, value in lines}


@cache
def _control_groups() -> tuple[str, ...]:
    """Return the folders of the control groups of this process that can have such a limit."""
    found: list[str] = []
    with suppress(OSError):
        for line in _text("/proc/self/cgroup").splitlines():
            # "8:pids:/system.slice/proxx.service" or, in version 2, "0::/…": cgroups(7)
            _, kinds, path = line.split(":", 2)
            if "pids" in kinds.split(","):
                root = "/sys/fs/cgroup/pids"
            elif not kinds:
                root = "/sys/fs/cgroup"
            else:
                continue
            while True:
                folder = root + path.rstrip("/")
                if os.path.exists(os.path.join(folder, "pids.max")):
                    found.append(folder)
                if path in ("", "/"):
                    break
                path = os.path.dirname(path)
    return tuple(found)
