"""The packets of a picture stream and what they tell of its frames; pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Packet(NamedTuple):
    """One packet of a picture stream: in most codecs one frame."""

    #: when its frame is shown, in ticks; None if the file does not say
    time: int | None
    #: how long, in ticks; 0 if the file does not say
    duration: int
    #: a decoder can begin here
    key: bool
    #: its frame is shown: an edit list can hide frames that are needed to decode others
    shown: bool


def read_packet(line: str) -> Packet | None:
    """Return what ffprobe writes as `pts,duration,flags`; None if the line is none of these."""
    parts = line.split(",")
    if len(parts) < len(("pts", "duration", "flags")):
        return None
    time, duration, flags = parts[:3]
    return Packet(
        time=int(time) if time.removeprefix("-").isdecimal() else None,
        duration=int(duration) if duration.isdecimal() else 0,
        key="K" in flags,
        # D: it is decoded and not shown.
        shown="D" not in flags,
    )


def shown_times(packets: Sequence[Packet]) -> tuple[int, ...]:
    """Return when the shown packets that have a time are shown, in ticks and in that order."""
    return tuple(sorted(each.time for each in packets if each.shown and each.time is not None))
