"""Verification: what was expected against what a probe found, one check per item."""

from fractions import Fraction
from typing import Any

from proxx_daemon.jobspec import frame_rate
from proxx_daemon.output.check import Check
from proxx_daemon.plan.plan import Expectation
from proxx_daemon.source import colour, timecode
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import Colour, MediaInfo, VideoStream

#: how far durations may differ, in frames: containers round time stamps to their own ticks
_DURATION_FRAMES = Fraction(1, 2)
#: the same if the rate varies: nothing says how long the last frame is
_VARYING_DURATION_FRAMES = Fraction(1)
#: how far pixel shapes may differ: containers write them as ratios of small numbers
_SHAPE_TOLERANCE = Fraction(1, 1000)
#: seconds by which a track may start earlier or later: Matroska rounds to milliseconds, and so do
#: edit lists of MOV and MP4
_AUDIO_START_SECONDS = Fraction(2, 1000)


def compare(expected: Expectation, media: MediaInfo, size_bytes: int) -> tuple[Check, ...]:
    """Return a check for every item; the clip is good if all of them passed."""
    footage = media.footage()
    pictures = sum(not stream.attached_picture for stream in media.video)
    checks = [
        Check(name="size_bytes", expected="more than 0", found=size_bytes, passed=size_bytes > 0),
        _equal("container", expected.container, media.container),
        _equal("video_streams", 1, pictures),
        _equal("attached_pictures", 0, len(media.video) - pictures),
    ]
    if footage is not None:
        checks += [
            _equal("codec", expected.codec_name, footage.codec_name),
            _equal("width", expected.width, footage.width),
            _equal("height", expected.height, footage.height),
            _equal("frame_count", expected.frame_count, footage.counted_packets),
            _duration(expected, footage.duration),
            _frame_times(expected, footage.frame_times()),
        ]
        checks += _known("codec_profile", expected.codec_profile, footage.profile)
        checks += _known("pixel_format", expected.pixel_format, footage.pixel_format)
        if expected.rate is not None:
            checks.append(_rate(expected.rate, footage.rate))
        checks += _picture(expected, footage)
    checks += _identity(expected, media)
    channels = [stream.channels for stream in media.audio]
    codecs = [stream.codec_name for stream in media.audio]
    checks.append(_equal("audio_channels", list(expected.audio_channels), channels))
    checks.append(_equal("audio_codecs", list(expected.audio_codecs), codecs))
    if len(media.audio) == len(expected.audio_channels):
        checks += _sound(expected, media)
    return tuple(checks)


def _picture(expected: Expectation, footage: VideoStream) -> list[Check]:
    """Compare shape, rotation, field order and labels of the picture."""
    checks = []
    if expected.sample_aspect_ratio is not None:
        checks.append(_shape(expected.sample_aspect_ratio, footage.sample_aspect_ratio))
    checks += _known("rotation", expected.rotation, footage.rotation)
    checks += _known("field_order", expected.field_order, footage.field_order)
    if expected.colour is not None:
        checks += _labels(expected.colour, footage.colour)
    return checks


def _labels(expected: Colour, found: Colour) -> list[Check]:
    labels = (
        ("colour_primaries", expected.primaries, found.primaries),
        ("colour_transfer", expected.transfer, found.transfer),
        ("colour_matrix", expected.matrix, found.matrix),
        # Limited range is what a file without a label has (H.264, Annex E; ProRes knows no other).
        ("colour_range", expected.range, found.range or colour.LIMITED),
    )
    return [_equal(name, wanted, label) for name, wanted, label in labels if wanted]


def _identity(expected: Expectation, media: MediaInfo) -> list[Check]:
    checks = []
    if expected.compare_timecode:
        wanted, found = expected.timecode, media.timecode
        # At 100 frames per second and more a timecode can be written in two ways.
        same = wanted == found or (
            wanted is not None
            and found is not None
            and timecode.parse(wanted) == timecode.parse(found)
        )
        checks.append(Check(name="timecode", expected=wanted, found=found, passed=same))
    return checks + _known("reel", expected.reel, media.reel)


def _sound(expected: Expectation, media: MediaInfo) -> list[Check]:
    """Compare what editing systems need of the sound, besides codecs and channels."""
    lists = (
        ("audio_rates", expected.audio_rates, [stream.sample_rate for stream in media.audio]),
        ("audio_layouts", expected.audio_layouts, [stream.layout for stream in media.audio]),
        ("audio_languages", expected.audio_languages, [stream.language for stream in media.audio]),
    )
    checks = [_equal(name, list(wanted), found) for name, wanted, found in lists if wanted]
    footage = media.footage()
    if expected.audio_starts and footage is not None:
        found = [stream.start - footage.start for stream in media.audio]
        checks.append(_audio_starts(expected.audio_starts, found))
    return checks


def failed(checks: tuple[Check, ...]) -> str:
    """Return the failed checks in one sentence; empty if all passed."""
    return "; ".join(
        f"{check.name} is {check.found}, expected {check.expected}"
        for check in checks
        if not check.passed
    )


def _equal(name: str, expected: Any, found: Any) -> Check:
    return Check(name=name, expected=expected, found=found, passed=expected == found)


def _known(name: str, expected: Any, found: Any) -> list[Check]:
    """Compare a value of which something is expected."""
    return [] if expected is None else [_equal(name, expected, found)]


def _rate(expected: Fraction, found: Fraction | None) -> Check:
    return Check(
        name="frame_rate",
        expected=frame_rate.fraction_text(expected),
        found=None if found is None else frame_rate.fraction_text(found),
        passed=found == expected,
    )


def _shape(expected: Fraction, found: Fraction | None) -> Check:
    # A file without a shape has square pixels.
    shape = found or Fraction(1)
    return Check(
        name="pixel_aspect",
        expected=_ratio_text(expected),
        found=None if found is None else _ratio_text(found),
        passed=abs(shape - expected) <= expected * _SHAPE_TOLERANCE,
    )


def _ratio_text(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"


def _audio_starts(expected: tuple[Fraction, ...], found: list[Fraction]) -> Check:
    close = all(
        abs(wanted - start) <= _AUDIO_START_SECONDS
        for wanted, start in zip(expected, found, strict=True)
    )
    return Check(
        name="audio_starts",
        expected=[round(float(start), 3) for start in expected],
        found=[round(float(start), 3) for start in found],
        passed=close,
    )


def _duration(expected: Expectation, found: Fraction | None) -> Check:
    frame = expected.duration / max(1, expected.frame_count)
    frames = _DURATION_FRAMES if expected.rate is not None else _VARYING_DURATION_FRAMES
    off = frame * frames
    longest = max(expected.duration, expected.longest or expected.duration)
    return Check(
        name="duration_seconds",
        expected=float(expected.duration),
        found=None if found is None else float(found),
        passed=found is not None and expected.duration - off <= found <= longest + off,
    )


def _frame_times(expected: Expectation, found: FrameTimes | None) -> Check:
    """Compare when every frame is shown; how many there are is another check."""
    wanted = expected.times
    as_planned = "every frame at its time in the source"
    if wanted is None and expected.rate is not None:
        wanted = FrameTimes.even(expected.frame_count, expected.rate)
        as_planned = f"every frame at n / ({frame_rate.fraction_text(expected.rate)}) s"
    name = "frame_times"
    if wanted is None or found is None:
        return Check(name=name, expected=as_planned, found=None, passed=False)
    frame = wanted.first_elsewhere(found)
    if frame is None:
        return Check(name=name, expected=as_planned, found=as_planned, passed=True)
    elsewhere = (
        f"frame {frame} (the first is 0) at {float(found.seconds(frame)):.6f} s "
        f"instead of {float(wanted.seconds(frame)):.6f} s"
    )
    return Check(name=name, expected=as_planned, found=elsewhere, passed=False)
