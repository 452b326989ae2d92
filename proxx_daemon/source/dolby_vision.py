"""Dolby Vision: which of its pictures can become a proxy, and what a proxy of them lacks.

Dolby Vision is a base layer and dynamic metadata, and in some profiles a second layer. FFmpeg
decodes the base layer. In some profiles it is a picture of SDR, HDR10 or HLG. In others it is
IPT, which shows wrong colours, green and violet, wherever the metadata is not applied.

Source: Dolby, "Dolby Vision Profiles and Levels", version 1.4.
"""

from collections.abc import Mapping
from typing import Any, Final

from proxx_daemon.source.media import DolbyVision, MediaInfo

#: profiles whose base layer no other system shows
_INCOMPATIBLE: Final = frozenset({1, 3, 5})
#: Profiles that say themselves whether it does: 0 means no. Older files of other profiles have 0
#: because the field was added later.
_BY_COMPATIBILITY: Final = frozenset({10, 20})
#: profiles of whose name people take the compatibility for a part
_NAMED: Final = frozenset({8, 9, 10, 20})
#: what the base layer is, by the compatibility that the file states
_BASES: Final = {1: "HDR10", 2: "SDR", 4: "HLG", 6: "HDR10"}
#: sample entries that say "Dolby Vision" instead of the plain codec
_TAGS: Final = frozenset({"dvh1", "dvhe", "dvav", "dva1", "dav1"})
_RECORD: Final = "DOVI configuration record"


def of_stream(entry: Mapping[str, Any]) -> DolbyVision | None:
    """Return what ffprobe says of a stream; None if it is not Dolby Vision."""
    for side in entry.get("side_data_list", []):
        if side.get("side_data_type") == _RECORD:
            return DolbyVision(
                profile=int(side.get("dv_profile", 0)),
                compatibility=int(side.get("dv_bl_signal_compatibility_id", 0)),
            )
    return None


def objection(media: MediaInfo) -> str | None:
    """Return why the picture cannot become a proxy with right colours; None if it can."""
    found, footage = media.dolby_vision, media.footage()
    if found is None:
        named = footage is not None and footage.codec_tag.lower() in _TAGS
        return "is Dolby Vision, but does not say of which profile" if named else None
    by_compatibility = found.profile in _BY_COMPATIBILITY and found.compatibility == 0
    if found.profile in _INCOMPATIBLE or by_compatibility:
        return f"is Dolby Vision {name(found)}, whose colours no editing system shows right"
    return None


def left_out(media: MediaInfo) -> tuple[str, ...]:
    """Return what of Dolby Vision a proxy lacks, in a sentence; empty if there is none."""
    found = media.dolby_vision
    if found is None:
        return ()
    has = f"the proxy has only the base layer ({base(found)}), without the dynamic metadata"
    return (f"Dolby Vision {name(found)}: {has}.",)


def name(found: DolbyVision) -> str:
    """Return the profile as people write it, such as "profile 8.4"."""
    part = f".{found.compatibility}" if found.profile in _NAMED else ""
    return f"profile {found.profile}{part}"


def base(found: DolbyVision) -> str:
    """Return what the base layer is."""
    return _BASES.get(found.compatibility, "HDR10" if found.profile in (6, 7) else "SDR or HDR")
