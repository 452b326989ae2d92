"""The FFmpeg command of one clip: a pure function of spec, profile, source and paths.

Where a flag is not obvious its reason stands beside it; the measurements behind them are in
`docs/engine.md`.
"""

from fractions import Fraction
from math import ceil, floor
from typing import Final

from attrs import frozen

from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import Problem
from proxx_daemon.model.jobspec import JobSpec
from proxx_daemon.model.media import AudioStream, Source
from proxx_daemon.model.plan import Expectation
from proxx_daemon.model.profile import AudioPolicy, CanonicalProfile, FfmpegRecipe
from proxx_daemon.model.source_matrix import DEMUXERS
from proxx_daemon.rules import frame_rate
from proxx_daemon.rules.geometry import proxy_size

#: audio codecs whose packets FFmpeg's MOV muxer takes unchanged and QuickTime readers play
COPYABLE_INTO_MOV: Final = frozenset({"aac", "ac3", "eac3", "mp3", "alac"})
#: likewise; Blu-ray and DVD PCM, 20 bit and other kinds have no tag in MOV
COPYABLE_PCM_INTO_MOV: Final = frozenset(
    {
        "pcm_s8",
        "pcm_u8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
        "pcm_alaw",
        "pcm_mulaw",
    }
)
#: channels per track that FFmpeg's AAC encoder takes
_AAC_CHANNELS: Final = range(1, 9)

_GLOBAL: Final = (
    "-hide_banner",
    "-nostdin",
    "-loglevel",
    "level+info",
    # Progress goes to stdout as key=value lines, twice a second, and nowhere else.
    "-nostats",
    "-stats_period",
    "0.5",
    "-progress",
    "pipe:1",
    # A partial file's name is unique: one that exists is never ours.
    "-n",
    # Without this a damaged source is concealed, frame by frame, and the exit status is 0.
    "-xerror",
)
#: without these, muxers and encoders write versions, dates and random ids into the file
_BIT_EXACT: Final = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")


@frozen(kw_only=True)
class Timing:
    """The frames that the proxy will have."""

    #: number of frames
    frames: int
    #: frames per second; None where the source's varying time stamps are kept
    rate: Fraction | None
    #: seconds
    duration: Fraction


def timing(spec: JobSpec, source: Source) -> Timing:
    """Work out how many frames come out, and how fast they run.

    With an explicit rate FFmpeg's `fps` filter (round=near) keeps the duration: measured, it
    gives duration x rate frames, rounded half up.
    """
    rate = spec.fps_explicit
    if rate is None or (source.constant_rate and rate == source.rate):
        kept = source.rate if source.constant_rate else None
        return Timing(frames=source.frame_count, rate=kept, duration=source.duration)
    frames = max(1, floor(source.duration * rate + Fraction(1, 2)))
    return Timing(frames=frames, rate=rate, duration=frames / rate)


def check(
    spec: JobSpec, profile: CanonicalProfile, source: Source, place: str
) -> tuple[Problem, ...]:
    """Find what the profile's codec, container or audio rule cannot do with a source.

    `place` is the source's path in the spec, as `sources[0]`.
    """
    problems = []
    if profile.container == "mxf":
        problems += _mxf_rate(spec, source, place)
    width, height = proxy_size(source.footage, profile.scaling)
    least = profile.scaling.minimum_width, profile.scaling.minimum_height
    if width < least[0] or height < least[1]:
        problems.append(
            Problem(
                code=Code.SOURCE_SIZE_UNSUPPORTED,
                path=place,
                message=f"The proxy of {source.path} would be {width}x{height}; "
                f"{profile.codec} needs at least {least[0]}x{least[1]}.",
                found=f"{width}x{height}",
                allowed=f"at least {least[0]}x{least[1]}",
            )
        )
    for track, stream in enumerate(source.media.audio):
        problems += _audio_problem(profile, stream, track, place)
    return tuple(problems)


def _mxf_rate(spec: JobSpec, source: Source, place: str) -> list[Problem]:
    rate = timing(spec, source).rate
    if rate is None:
        return [
            Problem(
                code=Code.SOURCE_VARIABLE_RATE,
                path=place,
                message=f"{source.path} has a variable frame rate "
                f"(about {frame_rate.text(source.rate)}); MXF needs a constant one.",
                found="variable",
                allowed="a constant frame rate, or fps_mode explicit",
            )
        ]
    if rate in frame_rate.MXF_RATES:
        return []
    allowed = ", ".join(frame_rate.text(each) for each in frame_rate.MXF_RATES)
    return [
        Problem(
            code=Code.SOURCE_RATE_UNSUPPORTED,
            path=place,
            message=f"The proxy of {source.path} would run at {frame_rate.text(rate)} frames "
            f"per second; MXF holds {allowed}.",
            found=frame_rate.text(rate),
            allowed=allowed,
        )
    ]


def _audio_problem(
    profile: CanonicalProfile, stream: AudioStream, track: int, place: str
) -> list[Problem]:
    policy = profile.audio.policy
    codec = stream.codec_name
    carried = codec in COPYABLE_INTO_MOV or codec in COPYABLE_PCM_INTO_MOV
    if policy is AudioPolicy.COPY and not carried:
        found, allowed = codec, ", ".join(sorted(COPYABLE_INTO_MOV)) + ", pcm"
        reason = f"{codec or 'an unknown codec'} cannot be copied into {profile.container}"
    elif policy is AudioPolicy.AAC and stream.channels not in _AAC_CHANNELS:
        found, allowed = f"{stream.channels} channels", "1 to 8 channels"
        reason = f"AAC holds 1 to 8 channels, not {stream.channels}"
    else:
        return []
    return [
        Problem(
            code=Code.AUDIO_UNSUPPORTED,
            path=place,
            message=f"Audio track {track + 1}: {reason}.",
            found=found,
            allowed=allowed,
        )
    ]


def command(
    spec: JobSpec,
    profile: CanonicalProfile,
    source: Source,
    *,
    program: str,
    partial_path: str,
) -> tuple[str, ...]:
    """Build the argument vector that makes one proxy.

    `program` is the path of ffmpeg, `partial_path` where it writes. Raises ValueError for a
    profile without an FFmpeg recipe.
    """
    recipe = profile.ffmpeg
    if recipe is None:
        raise ValueError(f"{profile.name} is not an FFmpeg profile")
    when = timing(spec, source)
    return (
        program,
        *_GLOBAL,
        *_input(source, recipe),
        *_maps(source),
        *_video(profile, recipe, source, when),
        *_audio(profile, source, when),
        *_BIT_EXACT,
        "-f",
        recipe.muxer,
        *recipe.muxer_arguments,
        f"file:{partial_path}",
    )


def _input(source: Source, recipe: FfmpegRecipe) -> tuple[str, ...]:
    demuxer = DEMUXERS[source.media.container]
    return (
        # A playlist that calls itself .mov must not open other files: one protocol, and the
        # demuxer that the probe established.
        "-protocol_whitelist",
        "file",
        "-f",
        demuxer,
        "-threads:v",
        str(recipe.threads),
        "-i",
        f"file:{source.path}",
    )


def _maps(source: Source) -> tuple[str, ...]:
    maps = ["-map", f"0:{source.footage.index}"]
    for stream in source.media.audio:
        maps += ["-map", f"0:{stream.index}"]
    # Data streams, subtitles and chapters (a text track in MOV) are not part of a proxy.
    return (*maps, "-dn", "-sn", "-map_chapters", "-1")


def _video(
    profile: CanonicalProfile, recipe: FfmpegRecipe, source: Source, when: Timing
) -> tuple[str, ...]:
    width, height = proxy_size(source.footage, profile.scaling)
    filters = []
    if when.rate is not None and (not source.constant_rate or when.rate != source.rate):
        filters.append(f"fps=fps={frame_rate.fraction_text(when.rate)}:round=near")
    elif when.rate is not None:
        # Frames are numbered, not rounded: Matroska's milliseconds put two of them onto one
        # tick when the picture starts half a frame after the sound.
        filters += [
            f"settb=expr={frame_rate.fraction_text(1 / when.rate)}",
            "setpts=expr=STARTPTS+N",
        ]
    # Proxies have limited range: FFmpeg 5 converts full-range sources on its own, 8 does not.
    filters.append(f"scale=w={width}:h={height}:flags={profile.scaling.flags}:out_range=tv")
    aspect = source.footage.sample_aspect_ratio
    if aspect is not None:
        # Rounding to even sizes must not bend the pixels.
        filters.append(f"setsar=sar={aspect.numerator}/{aspect.denominator}:max=100000")
    filters.append(f"format=pix_fmts={recipe.pixel_format}")
    tick = 1 / when.rate if when.rate is not None else source.footage.time_base
    time_base = ("-enc_time_base:v", f"{tick.numerator}:{tick.denominator}") if tick else ()
    return (
        "-filter:v",
        ",".join(filters),
        # Every frame once, with its own time: the default drops and doubles frames.
        "-fps_mode:v",
        "passthrough",
        *time_base,
        "-c:v",
        recipe.encoder,
        *recipe.arguments,
        "-threads:v",
        str(recipe.threads),
    )


def _audio(profile: CanonicalProfile, source: Source, when: Timing) -> tuple[str, ...]:
    rule = profile.audio
    if not source.media.audio:
        return ("-an",)
    arguments = ["-c:a", rule.encoder]
    if rule.sample_rate is not None:
        arguments += ["-ar", str(rule.sample_rate)]
    if rule.bits_per_channel is not None:
        for track, stream in enumerate(source.media.audio):
            arguments += [f"-b:a:{track}", str(rule.bits_per_channel * stream.channels)]
    if rule.policy is AudioPolicy.PCM and rule.sample_rate is not None:
        # MXF has no start offsets and ends with its shortest track: each one starts with the
        # picture and gets exactly the picture's length.
        samples = ceil(when.duration * rule.sample_rate)
        late = source.footage.start
        shift = f"asetpts=expr=PTS-{frame_rate.fraction_text(late)}/TB," if late else ""
        arguments += [
            "-filter:a",
            (
                f"{shift}aresample={rule.sample_rate}:async=1:first_pts=0,"
                f"apad=whole_len={samples},atrim=end_sample={samples}"
            ),
        ]
    return tuple(arguments)


def expectation(spec: JobSpec, profile: CanonicalProfile, source: Source) -> Expectation:
    """Say what a probe of the proxy must find."""
    width, height = proxy_size(source.footage, profile.scaling)
    when = timing(spec, source)
    audio = source.media.audio
    copied = profile.audio.policy is AudioPolicy.COPY
    return Expectation(
        container=str(profile.container),
        codec_name=profile.expected.codec_name,
        codec_profile=profile.expected.codec_profile,
        width=width,
        height=height,
        pixel_format=profile.expected.pixel_format,
        frame_count=when.frames,
        rate=when.rate,
        duration=when.duration,
        audio_channels=tuple(stream.channels for stream in audio),
        audio_codecs=tuple(
            stream.codec_name if copied else profile.audio.encoder for stream in audio
        ),
    )
