"""The FFmpeg command of one clip: a pure function of spec, profile, source and paths.

A comment gives the reason for each flag that is not obvious; the measurements are in
`docs/reference/engine.md`.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import Final

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import picture_filters, sound_filters, sync, tracks
from proxx_daemon.plan.frames import Timing, start_timecode, timing
from proxx_daemon.profiles.profile import CanonicalProfile, FfmpegRecipe
from proxx_daemon.profiles.relink_rules import KEPT
from proxx_daemon.source import bounds
from proxx_daemon.source.matrix import DEMUXERS
from proxx_daemon.source.media import MediaInfo, Source, VideoStream

#: never write over a file, and its opposite
_KEEP: Final = "-n"
_OVERWRITE: Final = "-y"
_LOG: Final = ("-hide_banner", "-nostdin", "-loglevel", "level+info", "-nostats")
#: Progress goes to stdout as key=value lines, twice a second, and nowhere else.
_PROGRESS: Final = ("-stats_period", "0.5", "-progress", "pipe:1")
_GLOBAL: Final = (
    # A person who runs the command overwrites nothing; `as_run` says what Proxx runs.
    _KEEP,
    # Without this a damaged source is concealed, frame by frame, and the exit status is 0.
    "-xerror",
    *bounds.ARGUMENTS,
)
#: Codecs whose decoders say nothing of a picture that they decode in part, unless they must end
#: there. Others end at what plays: H.264 at text that is cut, MPEG-2 at every field.
_SILENT_DECODERS: Final = frozenset({"hevc"})
#: A QuickTime file can refer to media in another file. Both options are off by default, but
#: Proxx does not depend on a default.
_OWN_MEDIA_ONLY: Final = ("-enable_drefs", "0", "-use_absolute_path", "0")
#: containers whose tracks begin and end by the clock of the movie
_MOVIES: Final = ("mov", "mp4")
#: Ticks in a second that the clock of a movie has at least: then sound at 48 kHz begins and ends
#: within a sample. The clock is the smallest multiple of the frames' own ticks with that many.
_MOVIE_TICKS: Final = 48_000


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
        *_LOG,
        *_PROGRESS,
        *_GLOBAL,
        *_input(
            source.media,
            source.footage,
            recipe.threads,
            # Channels without labels get none: FFmpeg takes six of them for 5.1.
            *("-guess_layout_max", "0"),
            *sync.picture_to_zero(profile, source),
        ),
        *_maps(profile, source),
        *_video(profile, recipe, source, when),
        *_audio(profile, source, when),
        *_metadata(spec, profile, source),
        *_bit_exact(profile, source),
        *_movie(profile, source, when),
        *sync.sound_to_zero(profile, source),
        *("-f", recipe.muxer),
        *recipe.muxer_arguments,
        f"file:{partial_path}",
    )


def as_run(planned: Sequence[str], *, source: str) -> tuple[str, ...]:
    """Return a planned command as Proxx runs it.

    It reads `source`, a path of the source that Proxx holds open, and its partial file is there
    already, and empty. Neither changes what is written.
    """
    command = list(planned)
    command[command.index(_KEEP)] = _OVERWRITE
    command[command.index("-i") + 1] = f"file:{source}"
    return tuple(command)


def decoding(
    media: MediaInfo, footage: VideoStream, *, program: str, threads: int, copies: bool = False
) -> tuple[str, ...]:
    """Return the arguments that decode a picture as `command` does, and log the time of each frame.

    Nothing is written. stdout gets a sign of progress; with `copies`, the coded stream of MPEG-2.
    """
    copied = ("-map", f"0:{footage.index}", "-c:v", "copy", "-f", "mpeg2video", "pipe:1")
    return (
        program,
        *_LOG,
        *(() if copies else _PROGRESS),
        *_GLOBAL,
        *_input(media, footage, threads),
        *("-map", f"0:{footage.index}"),
        # Numbered behind the log: frames at one time would stop FFmpeg, and they are to be told.
        *("-filter:v", "showinfo=checksum=0,settb=expr=1/25,setpts=expr=N"),
        *("-fps_mode:v", "passthrough", "-enc_time_base:v", "1:25"),
        *("-f", "null", "-"),
        *(copied if copies else ()),
    )


def _input(media: MediaInfo, footage: VideoStream, threads: int, *more: str) -> tuple[str, ...]:
    demuxer = DEMUXERS[media.container]
    strict = footage.codec in _SILENT_DECODERS
    return (
        # A playlist with the name of a .mov must not open other files: one protocol, and the
        # demuxer that the probe found.
        *("-protocol_whitelist", "file", "-f", demuxer),
        *(_OWN_MEDIA_ONLY if demuxer == "mov" else ()),
        *bounds.DECODER_ARGUMENTS,
        *more,
        *(("-err_detect:v", "explode") if strict else ()),
        *("-threads:v", str(threads), "-i", f"file:{media.path}"),
    )


def _maps(profile: CanonicalProfile, source: Source) -> tuple[str, ...]:
    maps = ["-map", f"0:{source.footage.index}"]
    for stream in tracks.carried(profile, source.media):
        maps += ["-map", f"0:{stream.index}"]
    # Data streams, subtitles and chapters (a text track in MOV) are not part of a proxy.
    return (*maps, "-dn", "-sn", "-map_chapters", "-1")


def _video(
    profile: CanonicalProfile, recipe: FfmpegRecipe, source: Source, when: Timing
) -> tuple[str, ...]:
    tick = _tick(source, when)
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


def _tick(source: Source, when: Timing) -> Fraction | None:
    """Return the seconds that the proxy's times are whole multiples of; None if nobody knows."""
    return 1 / when.rate if when.rate is not None else source.footage.time_base


def _movie(profile: CanonicalProfile, source: Source, when: Timing) -> tuple[str, ...]:
    """Return what MOV and MP4 say about the movie as a whole: its clock, and the tracks in use."""
    if profile.container not in _MOVIES:
        return ()
    tick = _tick(source, when)
    ticks = tick.denominator if tick else _MOVIE_TICKS
    # FFmpeg's 1,000 ticks round the ends of the tracks up, and a last timecode at an NTSC rate
    # is then one frame late.
    clock = ("-movie_timescale", str(ceil(Fraction(_MOVIE_TICKS, ticks)) * ticks))
    # FFmpeg enables the first track of sound only, and makes the others its alternatives.
    enabled = ("-disposition:a", "default") if tracks.carried(profile, source.media) else ()
    return (*clock, *enabled)


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
        for track, stream in enumerate(tracks.carried(profile, source.media)):
            if stream.language:
                arguments += [f"-metadata:s:a:{track}", f"language={stream.language}"]
    return tuple(arguments)


def _audio(profile: CanonicalProfile, source: Source, when: Timing) -> tuple[str, ...]:
    rule = profile.audio
    audio = tracks.carried(profile, source.media)
    if not audio:
        return ("-an",)
    arguments = ["-c:a", rule.encoder]
    if rule.sample_rate is not None:
        arguments += ["-ar", str(rule.sample_rate)]
    if rule.bits_per_channel is not None:
        for track, stream in enumerate(audio):
            arguments += [f"-b:a:{track}", str(rule.bits_per_channel * stream.channels)]
    for track, stream in enumerate(audio):
        filters = sound_filters.chain(rule, stream, when)
        if filters:
            arguments += [f"-filter:a:{track}", filters]
    return tuple(arguments)
