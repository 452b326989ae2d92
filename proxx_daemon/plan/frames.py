"""The frames of a proxy: how many, how fast and how large."""

from fractions import Fraction
from math import floor

from attrs import frozen

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.profiles.profile import ScalingRule
from proxx_daemon.source import timecode
from proxx_daemon.source.media import Source, VideoStream
from proxx_daemon.source.timecode import Timecode


@frozen(kw_only=True)
class Timing:
    """The frames that the proxy will have."""

    #: number of frames
    frames: int
    #: frames per second; None if the source's varying time stamps are kept
    rate: Fraction | None
    #: seconds
    duration: Fraction


def timing(spec: JobSpec, source: Source) -> Timing:
    """Return how many frames the proxy has, and how fast they run.

    With an explicit rate FFmpeg's `fps` filter (round=near) keeps the duration: by measurement it
    makes duration x rate frames, rounded half up.
    """
    rate = spec.fps_explicit
    if rate is None or (source.constant_rate and rate == source.rate):
        if not source.constant_rate:
            return Timing(frames=source.frame_count, rate=None, duration=source.duration)
        duration = source.frame_count / source.rate
        return Timing(frames=source.frame_count, rate=source.rate, duration=duration)
    frames = max(1, floor(source.duration * rate + Fraction(1, 2)))
    return Timing(frames=frames, rate=rate, duration=frames / rate)


def counted_rate(source: Source) -> Fraction:
    """Return the rate that a source's timecode counts by: the declared one if the rate varies."""
    return source.rate if source.constant_rate else source.footage.rate or source.rate


def start_timecode(spec: JobSpec, source: Source) -> Timecode | None:
    """Return the timecode of the proxy's first frame; None if the source has none."""
    text = source.media.timecode
    code = None if text is None else timecode.parse(text)
    rate = timing(spec, source).rate
    if code is None or rate is None or rate == counted_rate(source):
        return code
    return timecode.at_rate(code, counted_rate(source), rate)


def nearest_even(value: int, divisor: int) -> int:
    """Return a size in pixels, divided and rounded to the nearest even number, at least 2.

    Ties go up: 1998 / 2 = 999 becomes 1000. Subsampled chroma needs even sizes: x264 refuses odd
    ones, ProRes in FFmpeg silently drops a line.
    """
    return max(2, 2 * ((value + divisor) // (2 * divisor)))


def proxy_size(footage: VideoStream, rule: ScalingRule) -> tuple[int, int]:
    """Return width and height of the proxy in pixels: the upright source, divided, made even."""
    width, height = footage.upright_size()
    return nearest_even(width, rule.divisor), nearest_even(height, rule.divisor)
