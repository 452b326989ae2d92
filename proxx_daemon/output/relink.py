"""Whether a proxy attaches to its source: one verdict for each editing system.

The conditions are those that the makers document; docs/reference/relink.md quotes them. Source and
proxy are compared with each other; `output.comparison` compares the proxy with the plan.
"""

from fractions import Fraction
from typing import Final

from attrs import evolve

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.output.check import Condition, EditorVerdict
from proxx_daemon.source import dolby_vision, timecode
from proxx_daemon.source import field_order as fields
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import FieldOrder, MediaInfo, Source, VideoStream

#: how far two pixel shapes may differ and still be the same
_SHAPE_TOLERANCE: Final = Fraction(1, 1000)
#: what the systems count from in a file without timecode
_MIDNIGHT: Final = "00:00:00:00"
_PAGE: Final = "docs/reference/relink.md#"


def verdicts(source: Source, proxy: MediaInfo, output_path: str) -> tuple[EditorVerdict, ...]:
    """Return the verdicts on a finished proxy under its final name; empty if it has no picture."""
    picture = proxy.footage()
    if picture is None:
        return ()
    rate = _rate(source, picture)
    code = _timecode(source, proxy)
    count = _frames(source, picture.counted_packets)
    tracks = _channels(source, proxy)
    name = _file_name(source, output_path)
    vision = _dolby_vision(source)
    return (
        _verdict(
            "Adobe Premiere Pro",
            "adobe-premiere-pro",
            # Different channels are refused; other differences attach wrongly.
            _blocking(tracks),
            rate,
            count,
            _fielding(source, picture),
            _divisible(source, picture),
            *vision,
        ),
        _verdict(
            *("DaVinci Resolve", "davinci-resolve"),
            *(_blocking(code), name, rate, count, tracks, *vision),
        ),
        _verdict(
            "Avid Media Composer",
            "avid-media-composer",
            _blocking(_reel(source, proxy)),
            _blocking(code),
            _blocking(count),
            rate,
            tracks,
            *vision,
        ),
    )


def _verdict(editor: str, section: str, *conditions: Condition) -> EditorVerdict:
    return EditorVerdict(
        editor=editor,
        attaches=all(condition.holds for condition in conditions if condition.blocking),
        conditions=conditions,
        source=_PAGE + section,
    )


def _condition(name: str, ours: object, theirs: object, *, holds: bool) -> Condition:
    return Condition(
        name=name, blocking=False, holds=holds, detail=f"source {ours}, proxy {theirs}"
    )


def _blocking(condition: Condition) -> Condition:
    return evolve(condition, blocking=True)


def _rate(source: Source, picture: VideoStream) -> Condition:
    if source.times is not None:
        return _varying(source, source.times, picture)
    return _condition(
        "frame_rate",
        _rate_text(source.rate),
        _rate_text(picture.rate),
        holds=picture.rate == source.rate,
    )


def _varying(source: Source, times: FrameTimes, picture: VideoStream) -> Condition:
    """Judge a proxy of a source whose rate varies: it holds if every frame has its own time.

    The rate that ffprobe gives for such a proxy is that of its ticks.
    """
    written = picture.frame_times()
    holds = (
        written is not None
        and len(written.ticks) == len(times.ticks)
        and times.first_elsewhere(written) is None
    )
    ours = f"varying (about {frame_rate.text(source.rate)})"
    # A rate is known of a constant one only.
    constant = _rate_text(picture.rate) if picture.average_rate == picture.rate else "other times"
    theirs = "the same time for every frame" if holds else constant
    return _condition("frame_rate", ours, theirs, holds=holds)


def _rate_text(rate: Fraction | None) -> str:
    return "unknown" if rate is None else frame_rate.fraction_text(rate)


def _frames(source: Source, frames: int | None) -> Condition:
    return _condition("frame_count", source.frame_count, frames, holds=frames == source.frame_count)


def _timecode(source: Source, proxy: MediaInfo) -> Condition:
    ours, theirs = source.media.timecode or _MIDNIGHT, proxy.timecode or _MIDNIGHT
    holds = timecode.parse(ours) == timecode.parse(theirs)
    return _condition("start_timecode", ours, theirs, holds=holds)


def _reel(source: Source, proxy: MediaInfo) -> Condition:
    ours, theirs = source.media.reel, proxy.reel
    return _condition("reel", ours or "none", theirs or "none", holds=ours == theirs)


def _channels(source: Source, proxy: MediaInfo) -> Condition:
    ours = [stream.channels for stream in source.media.audio]
    theirs = [stream.channels for stream in proxy.audio]
    return _condition("audio_channels", ours, theirs, holds=ours == theirs)


def _file_name(source: Source, output_path: str) -> Condition:
    ours, theirs = _stem(source.path), _stem(output_path)
    return _condition("file_name", ours, theirs, holds=theirs.startswith(ours))


def _stem(path: str) -> str:
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def _fielding(source: Source, picture: VideoStream) -> Condition:
    ours = fields.found_as(source.field_order)
    theirs = picture.field_order or fields.PROGRESSIVE
    words = {fields.found_as(order): order for order in FieldOrder}
    return _condition(
        "field_order", source.field_order, words.get(theirs, theirs), holds=ours == theirs
    )


def _dolby_vision(source: Source) -> tuple[Condition, ...]:
    """Return a condition that does not hold for Dolby Vision; none for everything else."""
    found = source.media.dolby_vision
    if found is None:
        return ()
    ours = f"Dolby Vision {dolby_vision.name(found)}"
    theirs = f"its base layer only ({dolby_vision.base(found)})"
    return (_condition("dolby_vision", ours, theirs, holds=False),)


def _divisible(source: Source, picture: VideoStream) -> Condition:
    width, height = source.footage.upright_size()
    aspect = source.footage.upright_aspect() or Fraction(1)
    shape = picture.sample_aspect_ratio or Fraction(1)
    whole = width % picture.width == 0 and height % picture.height == 0
    even = width * picture.height == height * picture.width
    same_shape = abs(shape - aspect) <= aspect * _SHAPE_TOLERANCE
    return _condition(
        "frame_size",
        f"{width}x{height} {aspect.numerator}:{aspect.denominator}",
        f"{picture.width}x{picture.height} {shape.numerator}:{shape.denominator}",
        holds=whole and even and same_shape,
    )
