"""Which audio tracks of a source the proxy gets."""

from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.relink_rules import LEFT_OUT
from proxx_daemon.source.matrix import SPATIAL_AUDIO_TAGS
from proxx_daemon.source.media import AudioStream, MediaInfo


def carried(profile: CanonicalProfile, media: MediaInfo) -> tuple[AudioStream, ...]:
    """Return the tracks that the proxy gets, in order."""
    return tuple(stream for stream in media.audio if not _is_left_out(profile, stream))


def left_out(profile: CanonicalProfile, media: MediaInfo) -> tuple[str, ...]:
    """Return the tracks that the profile's rules leave out, each in words for people."""
    return tuple(
        f"audio track {number}: spatial audio ({stream.codec_tag}, {stream.channels} channels)"
        for number, stream in enumerate(media.audio, start=1)
        if _is_left_out(profile, stream)
    )


def _is_left_out(profile: CanonicalProfile, stream: AudioStream) -> bool:
    return profile.relink.audio_spatial == LEFT_OUT and stream.codec_tag in SPATIAL_AUDIO_TAGS
