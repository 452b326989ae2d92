"""When a file in pending/ is complete: the decision, without a clock or a disk of its own.

A spec is taken when its writer closed it or renamed it in, or when its size and time stayed
the same for the settle time.
"""

from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

#: seconds for which size and time must stay the same if nothing better is known
SETTLE_SECONDS: Final = 2.0


class WriterEvidence(StrEnum):
    """Whether somebody has the file open for writing, according to the file system."""

    #: no process has
    NOBODY = "nobody"
    #: a process has
    SOMEBODY = "somebody"
    #: unknown: a network share, or a file of another user
    UNKNOWN = "unknown"


@frozen(kw_only=True)
class Sighting:
    """One look at a candidate."""

    #: bytes
    size: int
    #: nanoseconds; changes with every write
    modified_ns: int
    #: nanoseconds; changes with every write and cannot be set by hand
    changed_ns: int
    #: who has it open for writing
    writer: WriterEvidence


@frozen(kw_only=True)
class Watch:
    """A candidate that is being waited for."""

    #: the last look at it
    sighting: Sighting
    #: monotonic seconds since which it looks like that
    unchanged_since: float


def observe(watch: Watch | None, sighting: Sighting, now: float) -> Watch:
    """Note a look at a candidate at the monotonic time `now`."""
    same = watch is not None and evolve(watch.sighting, writer=sighting.writer) == sighting
    return Watch(
        sighting=sighting, unchanged_since=watch.unchanged_since if watch and same else now
    )


def is_complete(
    watch: Watch, now: float, *, announced: bool, settle_seconds: float = SETTLE_SECONDS
) -> bool:
    """Decide whether a candidate may be claimed.

    `announced`: an event said that it was closed or renamed in. An empty file is never
    complete at once: some writers create the file first and write later.
    """
    sighting = watch.sighting
    if sighting.writer is WriterEvidence.SOMEBODY:
        return False
    settled = now - watch.unchanged_since >= settle_seconds
    if sighting.size == 0:
        return settled
    return announced or sighting.writer is WriterEvidence.NOBODY or settled


def next_look(watch: Watch, now: float, settle_seconds: float = SETTLE_SECONDS) -> float:
    """Seconds until another look can change the answer."""
    return max(0.05, settle_seconds - (now - watch.unchanged_since))
