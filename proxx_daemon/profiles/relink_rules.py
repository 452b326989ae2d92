"""What a profile says about everything that an editing system matches a proxy by.

`VOCABULARY` has the words that a profile's `[relink]` table may use for each item, and what each
of them means. The command and the checks follow the words; the docs show the meanings.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen


class Outcome(StrEnum):
    """What becomes of one item of a source."""

    #: the proxy has the same
    KEPT = "kept"
    #: the proxy has something else, by a stated rule
    CONVERTED = "converted"
    #: the proxy's container has no place for it
    NOT_REPRESENTABLE = "not representable"


@frozen
class Rule:
    """The meaning of one word for one item."""

    #: what becomes of the item
    outcome: Outcome
    #: how, or why not
    text: str


@frozen(kw_only=True)
class RelinkRules:
    """One word of the vocabulary for each item."""

    timecode: str
    reel: str
    frame_rate: str
    variable_rate: str
    frame_count: str
    size: str
    pixel_aspect: str
    rotation: str
    field_order: str
    colour: str
    colour_range: str
    audio_tracks: str
    audio_layout: str
    audio_rate: str
    audio_language: str


#: the words that the code compares with
KEPT: Final = "kept"
DEINTERLACED: Final = "bwdif"
NO_PLACE: Final = "no_place"

_BY_PRESET: Final = Rule(
    Outcome.CONVERTED, "as the render preset says; docs/how-to/resolve.md says what it must contain"
)
_SAME: Final = Rule(Outcome.KEPT, "the same")

VOCABULARY: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {
        "timecode": {
            KEPT: Rule(
                Outcome.KEPT,
                "the start timecode, drop-frame or not; with an explicit frame rate the same "
                "second and the frame in proportion",
            )
        },
        "reel": {
            KEPT: Rule(
                Outcome.KEPT, "the reel name of the timecode track (MOV) or the tape package (MXF)"
            ),
            NO_PLACE: Rule(Outcome.NOT_REPRESENTABLE, "MP4 has no place for a reel name"),
            "by_preset": _BY_PRESET,
        },
        "frame_rate": {
            KEPT: Rule(
                Outcome.KEPT,
                "the exact rational; another rate only if the spec asks for it with fps_mode",
            )
        },
        "variable_rate": {
            KEPT: Rule(Outcome.KEPT, "every frame with its own time"),
            "refused": Rule(
                Outcome.NOT_REPRESENTABLE,
                "MXF has one rate for all frames; refused unless fps_mode is explicit",
            ),
            "by_preset": _BY_PRESET,
        },
        "frame_count": {
            KEPT: Rule(
                Outcome.KEPT,
                "every frame once; with an explicit frame rate, duration times rate, rounded",
            )
        },
        "size": {
            "even": Rule(Outcome.CONVERTED, "the upright size, each side the nearest even number"),
            "half_even": Rule(
                Outcome.CONVERTED, "half the upright size, each side the nearest even number"
            ),
            "quarter_even": Rule(
                Outcome.CONVERTED,
                "a quarter of the upright size, each side the nearest even number",
            ),
            "by_preset": _BY_PRESET,
        },
        "pixel_aspect": {KEPT: _SAME, "by_preset": _BY_PRESET},
        "rotation": {
            "upright": Rule(Outcome.CONVERTED, "turned upright; the proxy has no rotation"),
            "by_preset": _BY_PRESET,
        },
        "field_order": {
            KEPT: Rule(
                Outcome.KEPT, "interlaced pictures stay interlaced, with the same field order"
            ),
            DEINTERLACED: Rule(
                Outcome.CONVERTED,
                "deinterlaced with bwdif, one progressive frame for each frame of two fields",
            ),
            "by_preset": _BY_PRESET,
        },
        "colour": {
            KEPT: Rule(
                Outcome.KEPT, "primaries, transfer and matrix keep their labels; RGB becomes BT.709"
            ),
            "kept_by_register": Rule(
                Outcome.KEPT,
                "primaries, transfer and matrix keep their labels if the registers of MXF "
                "have them; RGB becomes BT.709",
            ),
            "by_preset": _BY_PRESET,
        },
        "colour_range": {
            "limited": Rule(Outcome.CONVERTED, "full range is scaled to limited range"),
            "by_preset": _BY_PRESET,
        },
        "audio_tracks": {
            KEPT: Rule(Outcome.KEPT, "every track, in order, with its number of channels"),
            "by_preset": _BY_PRESET,
        },
        "audio_layout": {
            KEPT: _SAME,
            "by_count": Rule(Outcome.CONVERTED, "the layout of AAC for that number of channels"),
            NO_PLACE: Rule(Outcome.NOT_REPRESENTABLE, "PCM in MXF has only a number of channels"),
            "by_preset": _BY_PRESET,
        },
        "audio_rate": {
            KEPT: _SAME,
            "48000": Rule(Outcome.CONVERTED, "resampled to 48 kHz"),
            "by_preset": _BY_PRESET,
        },
        "audio_language": {
            KEPT: _SAME,
            NO_PLACE: Rule(Outcome.NOT_REPRESENTABLE, "FFmpeg's MXF has no place for it"),
            "by_preset": _BY_PRESET,
        },
    }
)
