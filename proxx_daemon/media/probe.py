"""Asks ffprobe what is inside a file, and puts the answer into our words."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import JobFailed, failure
from proxx_daemon.model.media import AudioStream, MediaInfo, VideoStream
from proxx_daemon.system import child

#: seconds that one probe may take where nobody says otherwise; a header is read in milliseconds,
#: a sleeping disk array wakes in twenty seconds
PROBE_SECONDS: Final = 120.0
#: bytes of answer that are kept; a real one has a few thousand
_MAX_ANSWER: Final = 16 * 1024 * 1024
#: Demuxers that open one file and nothing else. Playlists (hls, dash, concat, image2, imf)
#: are left out: one that calls itself .mov must not make the probe read other files.
SELF_CONTAINED: Final = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,mpegts,avi,mpeg,mpegvideo,flv,asf,ogg,wav,w64,"
    "aiff,caf,gif,nut,dv,r3d,gxf,lxf,ivf,obu,h264,hevc,m4v,mjpeg,mp3,aac,ac3,eac3,flac,rm,swf,"
    "y4m,yuv4mpegpipe,wtv,amr,au,dnxhd,vc1,av1,apng"
)
_DEMUXED_NAMES: Final = {"mpegts": "ts"}
#: packets that are looked at for signs of encryption: some of each interleaved track
_LOOK_PACKETS: Final = 8
_ENCRYPTED: Final = "Encryption info"
#: EBML id of the DocType element, and how far into the file it is looked for
_DOCTYPE_ID: Final = b"\x42\x82"
_EBML_HEADER_BYTES: Final = 256


class Probe:
    """Runs one ffprobe at a time for whoever owns it."""

    def __init__(
        self,
        ffprobe: str,
        *,
        cancel: child.CancelToken | None = None,
        keep_descriptors: Sequence[int] = (),
        seconds: float,
    ) -> None:
        self._ffprobe = ffprobe
        self._cancel = cancel
        self._keep = tuple(keep_descriptors)
        self._limits = child.Limits(wall_seconds=seconds, stall_seconds=None)

    def describe(self, path: str, *, count_packets: bool = False) -> MediaInfo:
        """Describe a file.

        With `count_packets` the whole file is read and each picture stream's packets counted.
        Raises JobFailed when the file is not media, the probe takes too long, or it is cancelled.
        """
        arguments = ["-show_format", "-show_streams", "-of", "json"]
        if count_packets:
            arguments.append("-count_packets")
        else:
            # ffprobe calls the codec of an encrypted file by its plain name; only the side
            # data of its packets tells.
            arguments += ["-show_packets", "-read_intervals", f"%+#{_LOOK_PACKETS}"]
        answer = self._ask(path, arguments)
        try:
            document = json.loads(answer)
        except ValueError:
            raise JobFailed(
                failure(Code.SOURCE_NOT_MEDIA, f"ffprobe gave no usable answer about {path}.")
            ) from None
        if not count_packets:
            # ffprobe counts the few packets of the look as well; they are not the file's.
            for entry in document.get("streams", []):
                entry.pop("nb_read_packets", None)
        return read_answer(path, document)

    def packet_times(self, path: str, stream: int) -> tuple[int, ...]:
        """Give the time stamps of a stream's displayed packets, in ticks, sorted.

        Reads the whole file once. Packets that an edit list hides are left out.
        """
        times: list[int] = []

        def note(line: bytes) -> None:
            fields = line.decode("ascii", "replace").split(",")
            # "pts,flags": D marks a packet that is decoded and not shown.
            if len(fields) > 1 and "D" not in fields[1]:
                with suppress(ValueError):
                    times.append(int(fields[0]))

        arguments = [
            "-select_streams",
            str(stream),
            "-show_entries",
            "packet=pts,flags",
            "-of",
            "csv=p=0",
        ]
        self._run(path, arguments, note)
        return tuple(sorted(times))

    def _ask(self, path: str, arguments: Sequence[str]) -> str:
        lines: list[bytes] = []
        size = 0

        def keep(line: bytes) -> None:
            nonlocal size
            size += len(line)
            if size <= _MAX_ANSWER:
                lines.append(line)

        self._run(path, arguments, keep)
        return b"\n".join(lines).decode("utf-8", "replace")

    def _run(self, path: str, arguments: Sequence[str], on_output: Callable[[bytes], None]) -> None:
        errors: list[str] = []

        def keep_error(line: bytes) -> None:
            if len(errors) < 20:  # noqa: PLR2004 - the first lines say it
                errors.append(line.decode("utf-8", "replace").strip())

        argv = (
            self._ffprobe,
            "-hide_banner",
            "-loglevel",
            "error",
            "-protocol_whitelist",
            "file",
            "-format_whitelist",
            SELF_CONTAINED,
            *arguments,
            "-i",
            f"file:{path}",
        )
        try:
            exit_ = child.run(
                argv,
                on_output=on_output,
                on_error=keep_error,
                limits=self._limits,
                cancel=self._cancel,
                keep_descriptors=self._keep,
            )
        except OSError as error:
            raise JobFailed(
                failure(
                    Code.ENGINE_UNUSABLE,
                    f"ffprobe cannot be started: {os.strerror(error.errno or 0)}.",
                )
            ) from error
        _judge(path, exit_, errors)


def _judge(path: str, exit_: child.ChildExit, errors: Sequence[str]) -> None:
    if exit_.ending is child.Ending.CANCELLED:
        raise JobFailed(failure(Code.INTERRUPTED, "Proxx was stopped while it looked at a file."))
    if exit_.ending is not child.Ending.EXITED:
        raise JobFailed(failure(Code.SOURCE_PROBE_TIMEOUT, f"The probe of {path} took too long."))
    if exit_.code != 0:
        said = errors[-1].removeprefix(f"file:{path}: ") if errors else f"exit {exit_.code}"
        raise JobFailed(failure(Code.SOURCE_NOT_MEDIA, f"{path} is not readable media: {said}."))


def read_answer(path: str, document: Mapping[str, Any]) -> MediaInfo:
    """Put ffprobe's JSON into our words."""
    header = document.get("format", {})
    streams = document.get("streams", [])
    begin = _moment(header.get("start_time"))
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
        container=_container(header, path),
        format_name=header.get("format_name", ""),
        duration=_seconds(header.get("duration")),
        video=video,
        audio=tuple(_audio(entry) for entry in streams if entry.get("codec_type") == "audio"),
        tags=MappingProxyType(tags),
        encrypted=any(
            side.get("side_data_type") == _ENCRYPTED
            for packet in document.get("packets", [])
            for side in packet.get("side_data_list", [])
        ),
        timecode=timecode,
    )


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
        reason = os.strerror(error.errno or 0)
        raise JobFailed(
            failure(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {reason}.")
        ) from error
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
        codec_tag=_tag(entry),
        profile=profile,
        width=int(entry.get("width", 0)),
        height=int(entry.get("height", 0)),
        pixel_format=str(entry.get("pix_fmt", "")),
        sample_aspect_ratio=_ratio(entry.get("sample_aspect_ratio"), ":"),
        rate=_ratio(entry.get("r_frame_rate"), "/"),
        average_rate=_ratio(entry.get("avg_frame_rate"), "/"),
        declared_frames=_count(entry.get("nb_frames")),
        duration=_duration(entry),
        rotation=_rotation(entry),
        time_base=_ratio(entry.get("time_base"), "/"),
        attached_picture=bool(
            disposition.get("attached_pic") or disposition.get("timed_thumbnails")
        ),
        counted_packets=_count(entry.get("nb_read_packets")),
        start=_start(entry, begin),
    )


def _audio(entry: Mapping[str, Any]) -> AudioStream:
    return AudioStream(
        index=int(entry["index"]),
        codec_name=str(entry.get("codec_name", "")),
        channels=int(entry.get("channels", 0)),
        layout=str(entry.get("channel_layout", "")),
        sample_rate=int(entry.get("sample_rate", 0)),
    )


def _tag(entry: Mapping[str, Any]) -> str:
    tag = str(entry.get("codec_tag_string", ""))
    return "" if tag.startswith("[") else tag


def _ratio(text: object, separator: str) -> Fraction | None:
    if not isinstance(text, str):
        return None
    above, _, below = text.partition(separator)
    try:
        ratio = Fraction(int(above), int(below or 1))
    except (ValueError, ZeroDivisionError):
        return None
    return ratio if ratio > 0 else None


def _seconds(text: object) -> Fraction | None:
    seconds = _moment(text)
    return seconds if seconds is not None and seconds > 0 else None


def _moment(text: object) -> Fraction | None:
    try:
        return Fraction(str(text))
    except (ValueError, ZeroDivisionError):
        return None


def _start(entry: Mapping[str, Any], begin: Fraction | None) -> Fraction:
    """Seconds after the start of the file; ffprobe's figures have microseconds."""
    start = _moment(entry.get("start_time"))
    return Fraction(0) if start is None or begin is None else max(Fraction(0), start - begin)


def _duration(entry: Mapping[str, Any]) -> Fraction | None:
    """Exact where the stream counts in ticks; ffprobe's seconds are rounded."""
    ticks = _count(entry.get("duration_ts"))
    base = _ratio(entry.get("time_base"), "/")
    if ticks is not None and base is not None:
        return ticks * base
    return _seconds(entry.get("duration"))


def _count(text: object) -> int | None:
    try:
        count = int(str(text))
    except ValueError:
        return None
    return count if count > 0 else None


def _rotation(entry: Mapping[str, Any]) -> int:
    """Clockwise quarter turns; ffprobe gives the display matrix counter-clockwise."""
    for side in entry.get("side_data_list", []):
        if "rotation" in side:
            return round(-float(side["rotation"]) / 90) * 90 % 360
    return 0
