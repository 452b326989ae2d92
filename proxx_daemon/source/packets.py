"""The packets of a picture stream and what they tell of its frames; pure."""

import re
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import islice, pairwise, takewhile
from typing import Final, NamedTuple

#: how ffprobe writes a time or a duration: it counts with 64 bits
_TICKS: Final = re.compile("-?[0-9]{1,20}")


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
        time=int(time) if _TICKS.fullmatch(time) else None,
        duration=max(0, int(duration)) if _TICKS.fullmatch(duration) else 0,
        key="K" in flags,
        # D: it is decoded and not shown.
        shown="D" not in flags,
    )


def shown_times(packets: Sequence[Packet]) -> tuple[int, ...]:
    """Return when the shown packets that have a time are shown, in ticks and in that order."""
    return tuple(sorted(each.time for each in packets if each.shown and each.time is not None))


def begins_inside(packets: Sequence[Packet]) -> bool:
    """Return whether a stream begins inside a group of pictures.

    Either no decoder can begin at its first packet, or frames that are shown before the first one
    follow it: they refer to a group that is not there, so a decoder leaves some of them out.
    """
    if not packets:
        return False
    first = packets[0]
    group = takewhile(lambda each: not each.key, islice(packets, 1, None))
    return not first.key or any(
        each.shown and each.time is not None and first.time is not None and each.time < first.time
        for each in group
    )


def contradict(packets: Sequence[Packet], depth: int) -> bool:
    """Return whether the times of packets cannot be those of frames that come out of a decoder.

    `packets` are in the order of decoding; `depth` is how many frames the decoder holds back to
    put them in order. A frame without a time, two at one time, and one that comes out after a
    later one contradict.
    """
    if any(each.time is None for each in packets if each.shown):
        return True
    held: list[int] = []
    out: list[int] = []
    for each in packets:
        if each.time is None:
            continue
        if each.key:
            # All that was decoded before a key frame is shown before it.
            out += sorted(held)
            held.clear()
        heappush(held, each.time)
        if len(held) > depth:
            out.append(heappop(held))
    out += sorted(held)
    return any(later <= earlier for earlier, later in pairwise(out))
