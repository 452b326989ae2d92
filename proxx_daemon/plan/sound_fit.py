"""Which audio tracks of a source a profile, or the engine that would run, cannot handle."""

from collections.abc import Collection, Iterator
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.plan import tracks
from proxx_daemon.profiles.profile import AudioPolicy, CanonicalProfile
from proxx_daemon.source.matrix import UNKNOWN_CODECS
from proxx_daemon.source.media import AudioStream, MediaInfo, SoundGap

#: audio codecs whose packets FFmpeg's MOV muxer copies and QuickTime readers play
COPYABLE_INTO_MOV: Final = frozenset({"aac", "ac3", "eac3", "mp3", "alac"})
#: PCM likewise; that of Blu-ray and DVD, 20 bit and other kinds have no tag in MOV
COPYABLE_PCM_INTO_MOV: Final = frozenset(
    f"pcm_{form}"
    for form in (
        *("s8", "u8", "s16le", "s16be", "s24le", "s24be", "s32le", "s32be"),
        *("f32le", "f32be", "f64le", "f64be", "alaw", "mulaw"),
    )
)
#: channels per track that FFmpeg's AAC encoder accepts
_AAC_CHANNELS: Final = range(1, 9)
_MANY_CHANNELS: Final = "Choose a profile that copies audio or encodes it as PCM."


def check(profile: CanonicalProfile, media: MediaInfo, place: str) -> Iterator[Problem]:
    """Yield what the profile's audio rule cannot do with the tracks of a source.

    `place` is the source's path in the spec, as `sources[0]`.
    """
    for stream in tracks.carried(profile, media):
        track = media.audio.index(stream) + 1
        if stream.codec_name in UNKNOWN_CODECS:
            yield _unknown(stream, track, place)
        elif not stream.channels or not stream.sample_rate:
            yield _dead(stream, track, place)
        elif stream.gap is not None and profile.audio.policy is AudioPolicy.COPY:
            yield _with_gap(stream, stream.gap, track, place)
        else:
            yield from _not_carried(profile, stream, track, place)


def check_decoders(
    profile: CanonicalProfile, media: MediaInfo, decodes: Collection[str], engine: str, place: str
) -> Iterator[Problem]:
    """Yield the tracks that must be decoded and cannot be.

    `decodes` are the codecs that the engine can decode, `engine` is what people call it.
    """
    if profile.audio.policy is AudioPolicy.COPY:
        return
    for stream in tracks.carried(profile, media):
        codec = stream.codec_name
        if codec not in UNKNOWN_CODECS and codec not in decodes:
            track = media.audio.index(stream) + 1
            yield Problem(
                code=Code.ENGINE_LACKS_DECODER,
                path=place,
                message=f"{engine} has no decoder for audio track {track} ({codec}) of "
                f"{media.path}.",
                found=codec,
                action=f"Ask an administrator to install an FFmpeg with that decoder. Or: "
                f"{_without(stream)}",
            )


def _without(stream: AudioStream) -> str:
    return f"If you do not need that track, {stream.advice_without()}"


def _unknown(stream: AudioStream, track: int, place: str) -> Problem:
    name = f"'{stream.codec_tag}'" if stream.codec_tag else "no name"
    return Problem(
        code=Code.AUDIO_UNSUPPORTED,
        path=place,
        message=f"Audio track {track}: FFmpeg does not know its codec ({name}), so the track can "
        "neither be encoded nor copied.",
        found=stream.codec_tag or "unknown",
        action=_without(stream),
    )


def _dead(stream: AudioStream, track: int, place: str) -> Problem:
    return Problem(
        code=Code.SOURCE_AUDIO_UNDECODABLE,
        path=place,
        message=f"Audio track {track} ({stream.codec_name}) has no sound that can be decoded: not "
        "even its channels or its sample rate are known.",
        found=f"{stream.channels} channels, {stream.sample_rate} samples per second",
        action=_without(stream),
    )


def _with_gap(stream: AudioStream, gap: SoundGap, track: int, place: str) -> Problem:
    """Refuse PCM that MOV cannot hold: its samples follow each other there without a time."""
    at, long = float(gap.at), abs(float(gap.length))
    if gap.length > 0:
        found, moved = f"a gap of {long:.3f} s", "early"
    else:
        found, moved = f"an overlap of {long:.3f} s", "late"
    return Problem(
        code=Code.AUDIO_UNSUPPORTED,
        path=place,
        message=f"Audio track {track} has {found} at {at:.3f} s. Copied into MOV, all sound after "
        f"it would come {moved}.",
        found=found,
        allowed="samples that follow each other",
        action="Choose a profile that encodes audio. Or make a copy of the source whose samples "
        "follow each other, with silence in gaps, and submit that: ffmpeg -i SOURCE -map 0:v "
        f"-map 0:a -c:v copy -c:a {stream.codec_name} -af aresample=async=1:min_hard_comp=0.002 "
        "COPY.mkv",
    )


def _not_carried(
    profile: CanonicalProfile, stream: AudioStream, track: int, place: str
) -> Iterator[Problem]:
    policy = profile.audio.policy
    codec = stream.codec_name
    carried = codec in COPYABLE_INTO_MOV or codec in COPYABLE_PCM_INTO_MOV
    if policy is AudioPolicy.COPY and not carried:
        found, allowed = codec, ", ".join(sorted(COPYABLE_INTO_MOV)) + ", pcm"
        reason = f"{codec} cannot be copied into {profile.container}"
    elif policy is AudioPolicy.AAC and stream.channels not in _AAC_CHANNELS:
        found, allowed = f"{stream.channels} channels", "1 to 8 channels"
        reason = f"AAC holds 1 to 8 channels, not {stream.channels}"
    else:
        return
    yield Problem(
        code=Code.AUDIO_UNSUPPORTED,
        path=place,
        message=f"Audio track {track}: {reason}.",
        found=found,
        allowed=allowed,
        action=None if policy is AudioPolicy.COPY else _MANY_CHANNELS,
    )
