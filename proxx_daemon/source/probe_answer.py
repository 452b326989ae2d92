"""Turns ffprobe's answer about a file into records."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.source import dolby_vision
from proxx_daemon.source.media import AudioStream, Colour, MediaInfo, VideoStream

_DEMUXED_NAMES: Final = {"mpegts": "ts"}
_ENCRYPTED: Final = "Encryption info"
#: tags that hold a reel name, the first that is there: of FFmpeg (timecode track, tape
#: package), and of Apple's professional applications and the cameras that follow them
_REEL_TAGS: Final = ("reel_name", "com.apple.proapps.reel")
#: ffprobe's words for an unknown value; `und` is that of ISO 639-2 for a language
_NOTHING: Final = frozenset({"unknown", "unspecified", "reserved", "und"})
#: EBML id of the DocType element, and how far into the file it is looked for
_DOCTYPE_ID: Final = b"\x42\x82"
_EBML_HEADER_BYTES: Final = 256
#: A number or a ratio of ffprobe. It writes 64 bits; a longer exponent would fill the memory.
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20}|/[0-9]{1,20})?")


@contextmanager
def understood(path: str) -> Iterator[None]:
    """Raise JobFailed where a block cannot use ffprobe's answer about a file.

    The answer has another shape than ffprobe gives it: a number where an object should be, say.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise failed(
            Code.SOURCE_NOT_MEDIA, f"ffprobe gave no usable answer about {path}."
        ) from None


def parsed(path: str, answer: bytes | bytearray) -> dict[str, Any]:
    """Return ffprobe's answer about a file as a document; raise JobFailed if it is none."""
    with understood(path):
        document = json.loads(answer.decode("utf-8", "replace"))
        return dict(document.items())


def objects(path: str, document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list in an answer, none if it is missing; raise JobFailed."""
    with understood(path):
        return [dict(each.items()) for each in document.get(name, [])]


def read_answer(
    path: str, document: Mapping[str, Any], *, readable_as: str | None = None
) -> MediaInfo:
    """Return ffprobe's JSON as records; `readable_as` is what opens the file, if not its path.

    Raise JobFailed if it is not what ffprobe writes.
    """
    with understood(path):
        return _media(path, document, readable_as or path)


def _media(path: str, document: Mapping[str, Any], readable_as: str) -> MediaInfo:
    header = document.get("format", {})
    streams = document.get("streams", [])
    begin = moment(header.get("start_time"))
    video = tuple(_video(entry, begin) for entry in streams if entry.get("codec_type") == "video")
    tags = {key.lower(): str(value) for key, value in header.get("tags", {}).items()}
    timecode = tags.get("timecode")
    for entry in streams:
        for key, value in entry.get("tags", {}).items():
            tags.setdefault(key.lower(), str(value))
            if key.lower() == "timecode":
                timecode = timecode or str(value)
    return MediaInfo(
        path=path,
        container=_container(header, readable_as),
        duration=_positive(header.get("duration")),
        video=video,
        audio=tuple(
            _audio(entry, begin) for entry in streams if entry.get("codec_type") == "audio"
        ),
        tags=MappingProxyType(tags),
        encrypted=any(
            side.get("side_data_type") == _ENCRYPTED
            for packet in document.get("packets", [])
            for side in packet.get("side_data_list", [])
        ),
        timecode=timecode,
        reel=_reel(tags),
        dolby_vision=next(filter(None, map(dolby_vision.of_stream, streams)), None),
    )


def _reel(tags: Mapping[str, str]) -> str | None:
    """Return the reel or tape name; a UMID in its place does not count as one."""
    names = (tags.get(key, "").strip() for key in _REEL_TAGS)
    return next((name for name in names if name and not name.startswith("0x")), None)


def _container(header: Mapping[str, Any], path: str) -> str:
    """Name the container: FFmpeg has one name each for MOV and MP4, and for MKV and WebM."""
    name: str = header.get("format_name", "")
    if name == "matroska,webm":
        return "webm" if _document_type(path) == b"webm" else "mkv"
    tags = {key.lower(): value for key, value in header.get("tags", {}).items()}
    if name.startswith("mov,"):
        brand = str(tags.get("major_brand", "qt  "))
        return "mov" if brand == "qt  " else "mp4"
    return _DEMUXED_NAMES.get(name, name.partition(",")[0])


def _document_type(path: str) -> bytes:
    """Read the DocType out of an EBML header (RFC 8794, section 11.2.4)."""
    try:
        with open(path, "rb") as file:
            head = file.read(_EBML_HEADER_BYTES)
    except OSError as error:
        raise failed(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror}.") from error
    place = head.find(_DOCTYPE_ID)
    if place < 0 or place + 3 > len(head):
        return b""
    # Lengths below 127 are one byte with the highest bit set.
    length = head[place + 2] & 0x7F
    return head[place + 3 : place + 3 + length].rstrip(b"\0")


def _video(entry: Mapping[str, Any], begin: Fraction | None) -> VideoStream:
    codec = str(entry.get("codec_name", ""))
    profile = str(entry.get("profile", ""))
    disposition = entry.get("disposition", {})
    return VideoStream(
        index=int(entry["index"]),
        codec="dnxhr" if codec == "dnxhd" and profile.upper().startswith("DNXHR") else codec,
        codec_name=codec,
        codec_tag=_word(entry, "codec_tag_string"),
        profile=profile,
        width=int(entry.get("width", 0)),
        height=int(entry.get("height", 0)),
        pixel_format=str(entry.get("pix_fmt", "")),
        sample_aspect_ratio=_positive(entry.get("sample_aspect_ratio")),
        rate=_positive(entry.get("r_frame_rate")),
        average_rate=_positive(entry.get("avg_frame_rate")),
        declared_frames=_count(entry.get("nb_frames")),
        duration=_duration(entry),
        rotation=_rotation(entry),
        time_base=_positive(entry.get("time_base")),
        attached_picture=bool(
            disposition.get("attached_pic") or disposition.get("timed_thumbnails")
        ),
        counted_packets=None,
        start=_start(entry, begin),
        colour=Colour(
            primaries=_word(entry, "color_primaries"),
            transfer=_word(entry, "color_transfer"),
            matrix=_word(entry, "color_space"),
            range=_word(entry, "color_range"),
        ),
        field_order=_word(entry, "field_order"),
        reorder_depth=_count(entry.get("has_b_frames")) or 0,
    )


def _word(entry: Mapping[str, Any], key: str) -> str:
    """Return one of ffprobe's words; empty if it means "unknown"."""
    word = str(entry.get(key, ""))
    # A tag that cannot be printed is written as [0][0][0][0].
    return "" if word in _NOTHING or word.startswith("[") else word


def _audio(entry: Mapping[str, Any], begin: Fraction | None) -> AudioStream:
    return AudioStream(
        index=int(entry["index"]),
        codec_name=str(entry.get("codec_name", "")),
        channels=int(entry.get("channels", 0)),
        layout=str(entry.get("channel_layout", "")),
        sample_rate=int(entry.get("sample_rate", 0)),
        language=_word(entry.get("tags", {}), "language"),
        codec_tag=_word(entry, "codec_tag_string"),
        start=_start(entry, begin),
    )


def _positive(text: object) -> Fraction | None:
    """Return a number, or a ratio such as 24/1 or 16:9, if it is above 0."""
    number = moment(str(text).replace(":", "/"))
    return number if number is not None and number > 0 else None


def moment(text: object) -> Fraction | None:
    """Return a number or a ratio as ffprobe writes it; None for anything else."""
    words = str(text)
    try:
        return Fraction(words) if _NUMBER.fullmatch(words) else None
    except ZeroDivisionError:
        return None


def _start(entry: Mapping[str, Any], begin: Fraction | None) -> Fraction:
    """Return the seconds after the start of the file; ffprobe rounds to microseconds."""
    start = moment(entry.get("start_time"))
    return Fraction(0) if start is None or begin is None else max(Fraction(0), start - begin)


def _duration(entry: Mapping[str, Any]) -> Fraction | None:
    """Return the seconds: exact if the stream counts ticks; ffprobe's seconds are rounded."""
    ticks = _count(entry.get("duration_ts"))
    base = _positive(entry.get("time_base"))
    if ticks is not None and base is not None:
        return ticks * base
    return _positive(entry.get("duration"))


def _count(text: object) -> int | None:
    try:
        count = int(str(text))
    except ValueError:
        return None
    return count if count > 0 else None


def _rotation(entry: Mapping[str, Any]) -> int:
    """Return clockwise degrees; ffprobe's display matrix is counter-clockwise."""
    for side in entry.get("side_data_list", []):
        if "rotation" in side:
            return round(-float(side["rotation"])) % 360
    return 0
