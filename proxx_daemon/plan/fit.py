"""What a profile's codec, container or audio rule cannot do with a source."""

from collections.abc import Iterator

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import sound_fit
from proxx_daemon.plan.frames import counted_rate, proxy_size, timing
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source import timecode
from proxx_daemon.source.media import FieldOrder, Source


def check(
    spec: JobSpec, profile: CanonicalProfile, source: Source, place: str
) -> tuple[Problem, ...]:
    """Return what the profile's codec, container or audio rule cannot do with a source.

    `place` is the source's path in the spec, as `sources[0]`.
    """
    problems: list[Problem] = []
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
    problems += _rotation_problem(source, place)
    problems += _timecode_problem(source, place)
    problems += sound_fit.check(profile, source.media, place)
    return tuple(problems)


def _rotation_problem(source: Source, place: str) -> Iterator[Problem]:
    rotation = source.footage.rotation
    if rotation % 90:
        reason = f"is rotated by {rotation} degrees"
    elif rotation and source.field_order is not FieldOrder.PROGRESSIVE:
        reason = f"is interlaced and rotated by {rotation} degrees"
    else:
        return
    yield Problem(
        code=Code.SOURCE_ROTATION_UNSUPPORTED,
        path=place,
        message=f"The picture of {source.path} {reason}. Proxx cannot turn it upright exactly.",
        found=f"{rotation} degrees, {source.field_order}",
        allowed="0 degrees; 90, 180 or 270 for progressive pictures",
    )


def _timecode_problem(source: Source, place: str) -> Iterator[Problem]:
    """Refuse a timecode that does not exist: the proxy could not have the same one."""
    text = source.media.timecode
    if text is None:
        return
    code, rate = timecode.parse(text), counted_rate(source)
    reason = "it is not a timecode" if code is None else timecode.fault(code, rate)
    if reason is None:
        return
    yield Problem(
        code=Code.SOURCE_TIMECODE_INVALID,
        path=place,
        message=f"{source.path} starts at the timecode '{printable(text)}', which does not "
        f"exist at {frame_rate.text(rate)} frames per second: {reason}.",
        found=printable(text),
        allowed=f"a timecode of {frame_rate.text(rate)} frames per second, or none",
    )


def _mxf_rate(spec: JobSpec, source: Source, place: str) -> Iterator[Problem]:
    rate = timing(spec, source).rate
    if rate is None:
        yield Problem(
            code=Code.SOURCE_VARIABLE_RATE,
            path=place,
            message=f"{source.path} has a variable frame rate "
            f"(about {frame_rate.text(source.rate)}); MXF needs a constant one.",
            found="variable",
            allowed="a constant frame rate, or fps_mode explicit",
        )
    elif rate not in frame_rate.MXF_RATES:
        # With fractions: 2997/100 is not the 29.97 that MXF holds.
        allowed = ", ".join(frame_rate.exact_text(each) for each in frame_rate.MXF_RATES)
        yield Problem(
            code=Code.SOURCE_RATE_UNSUPPORTED,
            path=place,
            message=f"The proxy of {source.path} would run at {frame_rate.exact_text(rate)} "
            f"frames per second. MXF holds {allowed}.",
            found=frame_rate.exact_text(rate),
            allowed=allowed,
        )
