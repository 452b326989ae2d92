"""Field order: judged by the first frames, and its name in ffprobe's answer about a proxy."""

from collections.abc import Sequence
from typing import Final

from proxx_daemon.source.media import FieldOrder

#: codecs of the matrix that can hold fields
CAN_BE_INTERLACED: Final = frozenset(
    {"h264", "hevc", "mpeg2video", "prores", "dnxhd", "dnxhr", "mjpeg"}
)
#: ffprobe's word for a stream of whole frames
PROGRESSIVE: Final = "progressive"
#: How ffprobe names the field order of ProRes in MOV. FFmpeg's muxer writes 9 and 14 into the
#: `fiel` atom, as Apple's own writers do; ffprobe calls them tb and bt. In MXF the same words
#: mean the opposite, so a source is judged by its decoded frames and never by this word.
_IN_MOV: Final = {FieldOrder.TOP_FIRST: "tb", FieldOrder.BOTTOM_FIRST: "bt"}


def needs_frames(field_order: str, codec: str) -> bool:
    """Return whether the first frames must be decoded to know the field order of a source."""
    return field_order != PROGRESSIVE and codec in CAN_BE_INTERLACED


def of_frames(frames: Sequence[tuple[bool, bool]]) -> FieldOrder:
    """Judge the field order by frames, each as (interlaced, top field first).

    The first interlaced frame decides: streams with fields may open with whole frames.
    """
    for interlaced, top_first in frames:
        if interlaced:
            return FieldOrder.TOP_FIRST if top_first else FieldOrder.BOTTOM_FIRST
    return FieldOrder.PROGRESSIVE


def found_as(order: FieldOrder) -> str:
    """Return ffprobe's word for the field order of a proxy that keeps it."""
    return _IN_MOV.get(order, PROGRESSIVE)
