"""The FFmpeg command of one clip: a pure function of spec, profile, source and paths.

A comment gives the reason for each flag that is not obvious; the measurements are in
`docs/reference/engine.md`.
"""

from math import ceil
from typing import Final

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import picture_filters
from proxx_daemon.plan.frames import Timing, start_timecode, timing
from proxx_daemon.profiles.profile import AudioPolicy, CanonicalProfile, FfmpegRecipe
from proxx_daemon.profiles.relink_rules import KEPT
from proxx_daemon.source import bounds
from proxx_daemon.source.matrix import DEMUXERS
from proxx_daemon.source.media import MediaInfo, Source, VideoStream

_GLOBAL: Final = (
    *("-hide_banner", "-nostdin", "-loglevel", "level+info"),
    # Progress goes to stdout as key=value lines, twice a second, and nowhere else.
    *("-nostats", "-stats_period", "0.5", "-progress", "pipe:1"),
    # The name of a partial file is unique: a file that exists is never ours.
    "-n",
    # Without this a damaged source is concealed, frame by frame, and the exit status is 0.
    "-xerror",
    *bounds.ARGUMENTS,
)
#: A QuickTime file can refer to media in another file. Both options are off by default, but
#: Proxx does not depend on a default.
_OWN_MEDIA_ONLY: Final = ("-enable_drefs", "0", "-use_absolute_path", "0")


def command(
    spec: JobSpec, profile: CanonicalProfile, source: Source, *, program: str, partial_path: str
) -> tuple[str, ...]:
    """Return the arguments that make one proxy, the program included.

    `program` is the path of ffmpeg, `partial_path` where it writes. Raise ValueError for a
    profile without an FFmpeg recipe.
    """
    recipe = profile.ffmpeg
    if recipe is None:
        raise ValueError(f"{profile.name} is not an FFmpeg profile")
    when = timing(spec, source)
    return (
        program,
        *_GLOBAL,
        *_input(source.media, recipe.threads),
        *_maps(source),
        *_video(profile, recipe, source, when),
        *_audio(profile, source, when),
        *_metadata(spec, profile, source),
        *_bit_exact(profile, source),
        *("-f", recipe.muxer),
        *recipe.muxer_arguments,
        f"file:{partial_path}",
    )


def decoding(
    media: MediaInfo, footage: VideoStream, *, program: str, threads: int
) -> tuple[str, ...]:
    """Return the arguments that decode a picture as `command` does, and log the time of each frame.

    Nothing is written.
    """
    return (
        program,
        *_GLOBAL,
        *_input(media, threads),
        *("-map", f"0:{footage.index}"),
        # Numbered behind the log: frames at one time would stop FFmpeg, and they are to be told.
        *("-filter:v", "showinfo=checksum=0,settb=expr=1/25,setpts=expr=N"),
        *("-fps_mode:v", "passthrough", "-enc_time_base:v", "1:25"),
        *("-f", "null", "-"),
    )


def _input(media: MediaInfo, threads: int) -> tuple[str, ...]:
    demuxer = DEMUXERS[media.container]
    return (
        # A playlist with the name of a .mov must not open other files: one protocol, and the
        # demuxer that the probe found.
        *("-protocol_whitelist", "file", "-f", demuxer),
        *(_OWN_MEDIA_ONLY if demuxer == "mov" else ()),
        *bounds.DECODER_ARGUMENTS,
        *("-threads:v", str(threads), "-i", f"file:{media.path}"),
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
    tick = 1 / when.rate if when.rate is not None else source.footage.time_base
    time_base = ("-enc_time_base:v", f"{tick.numerator}:{tick.denominator}") if tick else ()
    return (
        *("-filter:v", picture_filters.chain(profile, recipe, source, when)),
        # Every frame once, with its own time: the default drops and doubles frames.
        *("-fps_mode:v", "passthrough"),
        *time_base,
        *("-c:v", recipe.encoder),
        *recipe.arguments,
        *("-threads:v", str(recipe.threads)),
    )


def _bit_exact(profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    """Return what keeps versions, dates and random ids out of the file."""
    # One option, one value: a second -flags:v would replace the first.
    fields = "+ildct" if picture_filters.keeps_fields(profile, source) else ""
    return ("-fflags", "+bitexact", "-flags:v", f"+bitexact{fields}", "-flags:a", "+bitexact")


def _metadata(spec: JobSpec, profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    """Return the metadata that the proxy gets; nothing else is copied from the source."""
    arguments = ["-map_metadata", "-1"]
    start = start_timecode(spec, source)
    if start is not None:
        arguments += ["-timecode", str(start)]
    if profile.relink.reel == KEPT and source.media.reel:
        # MOV uses the tag of the stream, MXF the tag of the file; each ignores the other one.
        reel = f"reel_name={source.media.reel}"
        arguments += (
            ["-metadata:s:v:0", reel] if profile.container == "mov" else ["-metadata", reel]
        )
    if profile.relink.audio_language == KEPT:
        for track, stream in enumerate(source.media.audio):
            if stream.language:
                arguments += [f"-metadata:s:a:{track}", f"language={stream.language}"]
    return tuple(arguments)


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
        # MXF has no start offsets and ends with its shortest track: each track starts with the
        # picture and gets exactly its length.
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
