"""What is inside a media file, as far as a proxy is concerned.

Rates and durations are exact fractions; nothing here was rounded.
"""

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final

from attrs import frozen

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.source.frame_times import FrameTimes


class FieldOrder(StrEnum):
    """How the lines of a frame belong together in time."""

    #: whole frames
    PROGRESSIVE = "progressive"
    #: two fields, the one with the topmost line shown first
    TOP_FIRST = "top first"
    #: two fields, the other one shown first
    BOTTOM_FIRST = "bottom first"


@frozen
class Colour:
    """Colour labels in ffprobe's words (ITU-T H.273); empty where there is none."""

    primaries: str = ""
    transfer: str = ""
    matrix: str = ""
    #: tv (limited) or pc (full)
    range: str = ""


#: a picture without colour labels
NO_LABELS: Final = Colour()


@frozen(kw_only=True)
class DolbyVision:
    """What a file says of its Dolby Vision."""

    #: number of the profile
    profile: int
    #: what the base layer is compatible with, by Dolby's numbers; 0 for nothing or not stated
    compatibility: int


@frozen(kw_only=True)
class VideoStream:
    """The picture that a proxy is made of."""

    #: index of the stream in its file
    index: int
    #: our name: ffprobe's codec_name, with DNxHR told apart from DNxHD
    codec: str
    #: ffprobe's codec_name
    codec_name: str
    #: four-character code, printable, or empty
    codec_tag: str
    #: ffprobe's profile, or empty
    profile: str
    #: pixels as coded
    width: int
    #: pixels as coded
    height: int
    #: ffprobe's pix_fmt, or empty
    pixel_format: str
    #: sample (pixel) aspect ratio; None if the file does not state it
    sample_aspect_ratio: Fraction | None
    #: frames per second that the file declares (r_frame_rate); None where unknown
    rate: Fraction | None
    #: frames per second on average; None where unknown
    average_rate: Fraction | None
    #: frames according to the container's index; None where it has none
    declared_frames: int | None
    #: seconds; None if the file does not state it
    duration: Fraction | None
    #: clockwise degrees that a player turns the picture by, 0 to 359
    rotation: int
    #: seconds per tick of the stream's time stamps
    time_base: Fraction | None
    #: a picture attached to the file (cover art), not footage
    attached_picture: bool
    #: packets that are shown, counted one by one; None if they were not counted
    counted_packets: int | None
    #: seconds between the start of the file (its first sound, for example) and the first frame
    start: Fraction = Fraction(0)
    #: colour labels
    colour: Colour = NO_LABELS
    #: ffprobe's field_order, or empty; its words mean different things in different containers
    field_order: str = ""
    #: frames that a decoder holds back to put them in order
    reorder_depth: int = 0
    #: when its frames are shown, in ticks and in that order; None if they were not read
    times: tuple[int, ...] | None = None

    def declared_rate(self) -> Fraction | None:
        """Return the rate that the header states, without a container's rounding of it."""
        return None if self.rate is None else frame_rate.unrounded(self.rate)

    def frame_times(self) -> FrameTimes | None:
        """Return when its frames are shown; None if that was not read."""
        if self.times is None or self.time_base is None:
            return None
        return FrameTimes(self.times, self.time_base)

    def upright_size(self) -> tuple[int, int]:
        """Width and height as displayed, after the file's own rotation."""
        if self.rotation in (90, 270):
            return self.height, self.width
        return self.width, self.height

    def upright_aspect(self) -> Fraction | None:
        """Sample aspect ratio as displayed; None if the file does not state it."""
        if self.sample_aspect_ratio is not None and self.rotation in (90, 270):
            return 1 / self.sample_aspect_ratio
        return self.sample_aspect_ratio


@frozen(kw_only=True)
class SoundGap:
    """A place where the samples of a track do not follow each other."""

    #: seconds from the start of the file to the end of the samples before it
    at: Fraction
    #: seconds without sound; negative where samples overlap
    length: Fraction


@frozen(kw_only=True)
class AudioStream:
    """One audio track."""

    #: index of the stream in its file
    index: int
    #: ffprobe's codec_name
    codec_name: str
    #: number of channels
    channels: int
    #: ffprobe's channel_layout, or empty
    layout: str
    #: samples per second
    sample_rate: int
    #: ISO 639-2 code, or empty where the file names none
    language: str = ""
    #: four-character code, printable, or empty
    codec_tag: str = ""
    #: seconds between the start of the file and the first sample that players play
    start: Fraction = Fraction(0)
    #: seconds of sound in front of that: players decode it and do not play it
    hidden: Fraction = Fraction(0)
    #: the first break of its time stamps; None if there is none, or nobody looked
    gap: SoundGap | None = None

    def advice_without(self) -> str:
        """Return the end of a sentence: how to make a copy of a source that lacks this track."""
        return (
            "make a copy of the source without it and submit the copy: "
            f"ffmpeg -i SOURCE -map 0:v -map 0:a -map -0:{self.index} -c copy COPY"
        )


@frozen(kw_only=True)
class MediaInfo:
    """One file as ffprobe describes it."""

    #: absolute path
    path: str
    #: our name of the container: mov, mp4, mkv, webm, mxf, ts, avi, or ffprobe's own name
    container: str
    #: seconds of the whole file; None if the file does not state it
    duration: Fraction | None
    #: pictures, attached ones included, in file order
    video: tuple[VideoStream, ...]
    #: audio tracks, in file order
    audio: tuple[AudioStream, ...]
    #: tags of the container and then of the first picture, lower-case names
    tags: Mapping[str, str]
    #: the first packets are encrypted (common encryption, ISO/IEC 23001-7)
    encrypted: bool
    #: start timecode HH:MM:SS:FF (or ;FF); None where the file has none
    timecode: str | None
    #: reel or tape name; None where the file has none
    reel: str | None = None
    #: Dolby Vision of the footage, or of the layer beside it; None if it is not Dolby Vision
    dolby_vision: DolbyVision | None = None

    def footage(self) -> VideoStream | None:
        """Return the first picture stream that is footage; None without one."""
        return next((stream for stream in self.video if not stream.attached_picture), None)


@frozen(kw_only=True)
class FileIdentity:
    """What identifies a file, and shows that it has not changed."""

    #: device number
    device: int
    #: inode number
    inode: int
    #: bytes
    size: int
    #: nanoseconds since the epoch
    modified_ns: int


@frozen(kw_only=True)
class Source:
    """A source file, probed and measured: the input of planning."""

    #: absolute path, as the spec has it
    path: str
    #: the file that was measured
    identity: FileIdentity
    #: ffprobe's answer
    media: MediaInfo
    #: the picture that becomes the proxy
    footage: VideoStream
    #: frames that a complete decode returns
    frame_count: int
    #: frames per second; exact where `constant_rate`, else the average
    rate: Fraction
    #: seconds of picture; the last frame lasts as long as the source says
    duration: Fraction
    #: SHA-256 (hex) over intrinsic properties and sampled content
    fingerprint: str
    #: how its frames consist of lines
    field_order: FieldOrder = FieldOrder.PROGRESSIVE
    #: when its frames are shown; None if the rate is constant
    times: FrameTimes | None = None

    @property
    def constant_rate(self) -> bool:
        """Whether every frame lasts equally long."""
        return self.times is None
