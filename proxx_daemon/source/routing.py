"""Which engine a source goes to: decided by container and codec alone, over one table.

No override and no fallback. The table is `source.matrix`.
"""

from collections.abc import Sequence
from typing import Final

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.source import rewrap
from proxx_daemon.source.matrix import (
    RAW_CODECS,
    RAW_EXTENSIONS,
    RAW_TAGS,
    STANDARD,
    UNKNOWN_CODECS,
)
from proxx_daemon.source.media import MediaInfo

#: of a command in an action: two paths of 4,096 bytes, quoted, fit in
_MOST_CHARACTERS: Final = 20_000


def raw_by_name(path: str) -> str | None:
    """Return the camera RAW format of a file extension; None if it is not one."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return RAW_EXTENSIONS.get(extension.lower()) if dot and stem else None


def route(media: MediaInfo, place: str) -> EngineKind | Problem:
    """Return the engine of one probed source, or the Problem if there is none.

    `place` is the source's path in the spec, as `sources[0]`.
    """
    footage = media.footage()
    if footage is None:
        return _refused(media, place, "none", "it has no video stream", "Submit the clip itself.")
    codec = footage.codec
    if codec in RAW_CODECS or footage.codec_tag.lower() in RAW_TAGS:
        return EngineKind.RESOLVE
    if codec in UNKNOWN_CODECS:
        return EngineKind.RESOLVE
    if (media.container, codec) in STANDARD:
        return EngineKind.FFMPEG
    if codec == "dnxhd" and media.container == "mov":
        return _refused(media, place, codec, "DNxHD must be wrapped in MXF")
    known = sorted(row.container for row in STANDARD.values() if row.codec == codec)
    reason = (
        f"{codec} is supported in {', '.join(known)} only"
        if known
        else f"{codec} is not a codec of the source capability matrix"
    )
    return _refused(media, place, codec, reason)


def one_engine(routes: Sequence[EngineKind]) -> EngineKind | Problem:
    """Decide the one engine of a job; a mix is refused with both counts."""
    kinds = set(routes)
    if len(kinds) == 1:
        return routes[0]
    ffmpeg = sum(kind is EngineKind.FFMPEG for kind in routes)
    resolve = len(routes) - ffmpeg
    return Problem(
        code=Code.SOURCE_MIXED_ENGINES,
        path="sources",
        message=f"The job mixes {ffmpeg} source(s) for FFmpeg with {resolve} camera RAW "
        "source(s) for Resolve; one job has one engine.",
        found=f"ffmpeg {ffmpeg}, resolve {resolve}",
        allowed="sources of one engine",
    )


def _rewrap(media: MediaInfo) -> str | None:
    command = rewrap.command(media)
    if command is None:
        return None
    return (
        "Rewrap the file without encoding it again, and submit the new one: "
        f"{printable(command, _MOST_CHARACTERS)}"
    )


def _refused(
    media: MediaInfo, place: str, codec: str, reason: str, action: str | None = None
) -> Problem:
    advice = action or _rewrap(media) or Code.SOURCE_UNSUPPORTED.action
    return Problem(
        code=Code.SOURCE_UNSUPPORTED,
        path=place,
        message=f"Source format not supported: {printable(media.path)}\n"
        f"  Container: {media.container}\n  Codec: {codec}\n  Reason: {reason}.\n"
        f"  Action: {advice}",
        found=f"{media.container}/{codec}",
        action=advice,
    )
