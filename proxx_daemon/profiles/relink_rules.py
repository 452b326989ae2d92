"""What a profile says about everything that an editing system matches a proxy by.

Each item is declared with the words that a profile's `[relink]` table may use for it, and what
each of them means. The command and the checks follow the words; the docs show the meanings.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from attrs import field, fields, frozen


class Outcome(StrEnum):
    """What becomes of one item of a source."""

    #: the proxy has the same
    KEPT = "kept"
    #: the proxy has something else, by a stated rule
    CONVERTED = "converted"
    #: the proxy's container has no place for it
    NOT_REPRESENTABLE = "not representable"
    #: the proxy goes without it, by a stated rule; the result names it
    LEFT_OUT = "left out"


@frozen
class Rule:
    """The meaning of one word for one item."""

    #: what becomes of the item
    outcome: Outcome
    #: how, or why not
    text: str


#: the words that the code compares with
KEPT: Final = "kept"
DEINTERLACED: Final = "bwdif"
NO_PLACE: Final = "no_place"
LEFT_OUT: Final = "left_out"

_BY_PRESET: Final = Rule(
    Outcome.CONVERTED, "as the render preset says; docs/how-to/resolve.md says what it must contain"
)


def _fixed(kept: str) -> Any:
    """Return the field of an item that every profile keeps, in this way."""
    return field(metadata={KEPT: Rule(Outcome.KEPT, kept)})


def _item(kept: str | None = None, *, no_place: str | None = None, **words: str | Rule) -> Any:
    """Return the field of one item; the arguments are its words, each with what it means."""
    rules = {KEPT: Rule(Outcome.KEPT, kept)} if kept else {}
    for word, rule in words.items():
        rules[word] = rule if isinstance(rule, Rule) else Rule(Outcome.CONVERTED, rule)
    if no_place:
        rules[NO_PLACE] = Rule(Outcome.NOT_REPRESENTABLE, no_place)
    return field(metadata=rules | {"by_preset": _BY_PRESET})


@frozen(kw_only=True)
class RelinkRules:
    """One word of the vocabulary for each item."""

    timecode: str = _fixed(
        "the start timecode, drop-frame or not; with an explicit frame rate the same second and "
        "the frame in proportion"
    )
    reel: str = _item(
        "the reel name of the timecode track (MOV) or the tape package (MXF)",
        no_place="MP4 has no place for a reel name",
    )
    frame_rate: str = _fixed(
        "the exact rational; another rate only if the spec asks for it with fps_mode"
    )
    variable_rate: str = _item(
        "every frame with its own time",
        refused=Rule(
            Outcome.NOT_REPRESENTABLE,
            "MXF has one rate for all frames; refused unless fps_mode is explicit",
        ),
    )
    frame_count: str = _fixed(
        "every frame once; with an explicit frame rate, duration times rate, rounded"
    )
    size: str = _item(
        even="the upright size, each side the nearest even number",
        half_even="half the upright size, each side the nearest even number",
        quarter_even="a quarter of the upright size, each side the nearest even number",
    )
    pixel_aspect: str = _item("the same")
    rotation: str = _item(upright="turned upright; the proxy has no rotation")
    field_order: str = _item(
        "interlaced pictures stay interlaced, with the same field order",
        bwdif="deinterlaced with bwdif, one progressive frame for each frame of two fields",
    )
    colour: str = _item(
        "primaries, transfer and matrix keep their labels; RGB becomes BT.709",
        kept_by_register=Rule(
            Outcome.KEPT,
            "primaries, transfer and matrix keep their labels if the registers of MXF have them; "
            "RGB becomes BT.709",
        ),
    )
    colour_range: str = _item(limited="full range is scaled to limited range")
    audio_tracks: str = _item("every track, in order, with its number of channels")
    audio_layout: str = _item(
        "the same",
        by_count="a labelled layout stays if AAC keeps its channels in place; other tracks get the "
        "layout of their number of channels that has no low-frequency channel, so every channel "
        "stays whole",
        no_place="PCM in MXF has only a number of channels",
    )
    audio_rate: str = _item("the same", **{"48000": "resampled to 48 kHz"})
    audio_language: str = _item("the same", no_place="FFmpeg's MXF has no place for it")
    audio_spatial: str = _item(
        left_out=Rule(
            Outcome.LEFT_OUT,
            "a track of spatial audio that phones add (codec tag `apac`) is left out: only Apple's "
            "systems decode it; `left_out` in the result names it",
        )
    )


#: what each word of each item means
VOCABULARY: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {each.name: each.metadata for each in fields(RelinkRules)}
)
