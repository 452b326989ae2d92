"""A RAW clip as Resolve describes it, in the record that describes sources of FFmpeg.

It is for comparing the source with its proxy. Only Resolve can read such a clip: what it does not
say is left empty.
"""

from fractions import Fraction
from types import MappingProxyType

from proxx_daemon.plan.resolve_session import ClipFacts
from proxx_daemon.source.media import AudioStream, FileIdentity, MediaInfo, Source, VideoStream
from proxx_daemon.source.raw import RawSource

_NO_FILE = FileIdentity(device=0, inode=0, size=0, modified_ns=0)


def described(raw: RawSource, facts: ClipFacts, tracks: tuple[int, ...]) -> Source:
    """Return the source record; `tracks` are the channels of each audio track of its timeline."""
    duration = facts.frames / facts.rate
    footage = VideoStream(
        index=0,
        codec="",
        codec_name="",
        codec_tag="",
        profile="",
        width=facts.width,
        height=facts.height,
        pixel_format="",
        # Cameras that squeeze the picture say so in metadata that Resolve applies.
        sample_aspect_ratio=Fraction(1),
        rate=facts.rate,
        average_rate=facts.rate,
        declared_frames=facts.frames,
        duration=duration,
        rotation=0,
        time_base=None,
        attached_picture=False,
        counted_packets=facts.frames,
    )
    audio = tuple(
        AudioStream(index=number, codec_name="", channels=count, layout="", sample_rate=0)
        for number, count in enumerate(tracks, start=1)
    )
    media = MediaInfo(
        path=raw.path,
        container="",
        duration=duration,
        video=(footage,),
        audio=audio,
        tags=MappingProxyType({}),
        encrypted=False,
        timecode=facts.timecode,
        reel=facts.reel,
    )
    return Source(
        path=raw.path,
        identity=_NO_FILE,
        media=media,
        footage=footage,
        frame_count=facts.frames,
        rate=facts.rate,
        duration=duration,
        fingerprint=raw.fingerprint,
    )
