"""Builds the records that rules decide on: a plain clip, and what differs from it."""

from fractions import Fraction
from typing import Any

import attrs

from proxx_daemon.jobspec.jobspec import Codec, Container, FpsMode, JobSpec
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import (
    AudioStream,
    Colour,
    FileIdentity,
    MediaInfo,
    Source,
    VideoStream,
)

RATE = Fraction(24000, 1001)
FRAMES = 240
#: the times of so many frames: each second one comes late
UNEVEN = FrameTimes(tuple(n * 1001 + n % 2 * 20 for n in range(FRAMES)), Fraction(1, 24000))


def footage(**changes: Any) -> VideoStream:
    """Ten seconds of 1080p H.264 at 23.976."""
    plain = VideoStream(
        index=0,
        codec="h264",
        codec_name="h264",
        codec_tag="avc1",
        profile="High",
        width=1920,
        height=1080,
        pixel_format="yuv420p",
        sample_aspect_ratio=Fraction(1),
        rate=RATE,
        average_rate=RATE,
        declared_frames=FRAMES,
        duration=FRAMES / RATE,
        rotation=0,
        time_base=Fraction(1, 24000),
        attached_picture=False,
        counted_packets=None,
        colour=Colour("bt709", "bt709", "bt709", "tv"),
        field_order="progressive",
    )
    return attrs.evolve(plain, **changes)


def track(**changes: Any) -> AudioStream:
    """Return a stereo AAC track at 48 kHz."""
    plain = AudioStream(index=1, codec_name="aac", channels=2, layout="stereo", sample_rate=48000)
    return attrs.evolve(plain, **changes)


def media(**changes: Any) -> MediaInfo:
    """Return a MOV with that footage and one track."""
    plain = MediaInfo(
        path="/media/A001_C001.mov",
        container="mov",
        duration=FRAMES / RATE,
        video=(footage(),),
        audio=(track(),),
        tags={},
        encrypted=False,
        timecode=None,
    )
    return attrs.evolve(plain, **changes)


def source(info: MediaInfo | None = None, **changes: Any) -> Source:
    """Return that MOV as a measured source."""
    info = info or media()
    picture = info.video[0]
    plain = Source(
        path=info.path,
        identity=FileIdentity(device=1, inode=2, size=3, modified_ns=4),
        media=info,
        footage=picture,
        frame_count=FRAMES,
        rate=RATE,
        duration=FRAMES / RATE,
        fingerprint="f" * 64,
    )
    return attrs.evolve(plain, **changes)


def spec(**changes: Any) -> JobSpec:
    """Return a spec for `proxy_h264_low`."""
    plain = JobSpec(
        jobspec_version="2.1",
        job_id="job-1",
        sources=("/media/A001_C001.mov",),
        output_directory="/proxies",
        codec=Codec.H264,
        container=Container.MP4,
        resolution="half",
        naming_template="{source_name}_proxy",
        proxy_profile="proxy_h264_low",
    )
    return attrs.evolve(plain, **changes)


def document(**changes: Any) -> dict[str, Any]:
    """Return that spec as its JSON document; a change to `...` takes the field away."""
    plain: dict[str, Any] = {
        "jobspec_version": "2.1",
        "sources": ["/media/A001_C001.mov"],
        "output_directory": "/proxies",
        "codec": "h264",
        "container": "mp4",
        "resolution": "half",
        "naming_template": "{source_name}_proxy",
        "proxy_profile": "proxy_h264_low",
    }
    plain.update(changes)
    return {name: value for name, value in plain.items() if value is not ...}


def explicit(rate: Any) -> JobSpec:
    """A spec that conforms to a rate."""
    return spec(fps_mode=FpsMode.EXPLICIT, fps_explicit=Fraction(rate))


#: stereo as AAC, and one channel as PCM
TWO_TRACKS = (track(index=1, channels=2), track(index=3, channels=1, codec_name="pcm_s16le"))
#: ten seconds of a rate that varies
VARIABLE = source(times=UNEVEN, rate=Fraction(181, 8), duration=Fraction(10))
