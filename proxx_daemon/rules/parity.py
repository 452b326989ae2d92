"""Verification: what was expected against what a probe found, one check per item."""

from fractions import Fraction
from typing import Any

from proxx_daemon.model.media import MediaInfo
from proxx_daemon.model.plan import Expectation
from proxx_daemon.model.result import Check
from proxx_daemon.rules import frame_rate

#: how far durations may differ, in frames: containers round time stamps to their own ticks
_DURATION_FRAMES = Fraction(1, 2)
#: likewise where the rate varies: nothing says how long the last frame is
_VARYING_DURATION_FRAMES = Fraction(1)


def compare(expected: Expectation, media: MediaInfo, size_bytes: int) -> tuple[Check, ...]:
    """Check every item; the clip is good when all of them passed."""
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
        ]
        if expected.codec_profile is not None:
            checks.append(_equal("codec_profile", expected.codec_profile, footage.profile))
        if expected.pixel_format is not None:
            checks.append(_equal("pixel_format", expected.pixel_format, footage.pixel_format))
        if expected.rate is not None:
            checks.append(_rate(expected.rate, footage.rate))
    checks += [
        _equal(
            "audio_channels",
            list(expected.audio_channels),
            [stream.channels for stream in media.audio],
        ),
        _equal(
            "audio_codecs",
            list(expected.audio_codecs),
            [stream.codec_name for stream in media.audio],
        ),
    ]
    return tuple(checks)


def failed(checks: tuple[Check, ...]) -> str:
    """Name the failed checks in one sentence; empty when all passed."""
    return "; ".join(
        f"{check.name} is {check.found}, expected {check.expected}"
        for check in checks
        if not check.passed
    )


def _equal(name: str, expected: Any, found: Any) -> Check:
    return Check(name=name, expected=expected, found=found, passed=expected == found)


def _rate(expected: Fraction, found: Fraction | None) -> Check:
    return Check(
        name="frame_rate",
        expected=frame_rate.fraction_text(expected),
        found=None if found is None else frame_rate.fraction_text(found),
        passed=found == expected,
    )


def _duration(expected: Expectation, found: Fraction | None) -> Check:
    frame = expected.duration / max(1, expected.frame_count)
    frames = _DURATION_FRAMES if expected.rate is not None else _VARYING_DURATION_FRAMES
    close = found is not None and abs(found - expected.duration) <= frame * frames
    return Check(
        name="duration_seconds",
        expected=float(expected.duration),
        found=None if found is None else float(found),
        passed=close,
    )
