"""Where picture and sound of a proxy begin, so that they stay as far apart as in the source."""

from fractions import Fraction
from typing import Final

from proxx_daemon.plan import tracks
from proxx_daemon.profiles.profile import AudioPolicy, CanonicalProfile
from proxx_daemon.source.media import AudioStream, Source

#: samples that FFmpeg's AAC encoder puts in front (one frame; ISO/IEC 14496-3)
_AAC_PRIMING: Final = 1024


def picture_to_zero(profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    """Return the input's arguments that bring the first picture to 0; sound before is negative.

    Frames are numbered from 0 in units of 1/rate: a start between two of them would be rounded.
    """
    # FFmpeg counts from the start of the file; in a transport stream, from the first stream that
    # it uses.
    counted = source.media.container == "ts"
    start = source.footage.start - (_first(profile, source) if counted else 0)
    return ("-itsoffset", f"-{_seconds(start)}") if start else ()


def sound_to_zero(profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    """Return the output's arguments that bring the first sound to 0 if it leads the picture."""
    lead = _lead(profile, source)
    return ("-output_ts_offset", _seconds(lead)) if lead else ()


def audio_starts(profile: CanonicalProfile, source: Source) -> tuple[Fraction, ...]:
    """Return when ffprobe finds each track of the proxy to begin: seconds after the picture."""
    audio = tracks.carried(profile, source.media)
    if profile.audio.policy is AudioPolicy.PCM:
        # Padded or cut to begin with the picture, because MXF has no offsets.
        return tuple(Fraction(0) for _ in audio)
    lead = _lead(profile, source)
    begin = source.footage.start - lead
    # FFmpeg's muxer hides what is decoded and not played only before the start of the file; in a
    # track that begins later it stays in front, in silence, and the rest is where it was.
    return tuple(
        max(Fraction(0), each.start - begin - _hidden(profile, each)) - lead for each in audio
    )


def _hidden(profile: CanonicalProfile, stream: AudioStream) -> Fraction:
    """Return the seconds that the track of the proxy has in front of its start."""
    rate = profile.audio.sample_rate
    if profile.audio.policy is AudioPolicy.AAC and rate is not None:
        return Fraction(_AAC_PRIMING, rate)
    return stream.hidden


def _lead(profile: CanonicalProfile, source: Source) -> Fraction:
    """Return the seconds by which the first sound of the proxy comes before its picture."""
    if profile.audio.policy is AudioPolicy.PCM:
        return Fraction(0)
    return source.footage.start - _first(profile, source)


def _first(profile: CanonicalProfile, source: Source) -> Fraction:
    """Return when the first of the streams that make the proxy begins."""
    starts = (stream.start for stream in tracks.carried(profile, source.media))
    return min((source.footage.start, *starts))


def _seconds(time: Fraction) -> str:
    """Return a time in FFmpeg's unit, the microsecond."""
    return f"{float(time):.6f}"
