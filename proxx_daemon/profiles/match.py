"""Whether a spec repeats exactly what its profile says: no mixing, no overrides."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.profile import CanonicalProfile

_DNXHD_TEXT = (
    "DNxHD must be wrapped in MXF. DNxHD-in-MOV is non-standard and unsupported.\n"
    "  Use MXF container for DNxHD output, or switch to DNxHR which supports MOV."
)


def check(
    fields: Mapping[str, Any], profiles: Mapping[str, CanonicalProfile]
) -> tuple[CanonicalProfile | None, tuple[Problem, ...]]:
    """Return the profile that a spec names, and where the spec differs from it.

    `fields` are the valid fields of a draft: missing ones were reported already.
    """
    problems = list(_dnxhd(fields))
    name = fields.get("proxy_profile")
    if name is None:
        return None, tuple(problems)
    profile = profiles.get(name)
    if profile is None:
        problems.append(_unknown(name, profiles))
        return None, tuple(problems)
    problems += _differences(fields, profile)
    return profile, tuple(problems)


def check_engine(profile: CanonicalProfile, routed: EngineKind) -> tuple[Problem, ...]:
    """Return a problem if the sources route to an engine other than the profile's."""
    if profile.engine is routed:
        return ()
    return (
        Problem(
            code=Code.PROFILE_ENGINE_MISMATCH,
            path="proxy_profile",
            message=f"Profile '{profile.name}' requires {profile.engine} engine, "
            f"but job routes to {routed}",
            found=str(profile.engine),
            allowed=str(routed),
        ),
    )


def _unknown(name: str, profiles: Mapping[str, CanonicalProfile]) -> Problem:
    return Problem(
        code=Code.PROFILE_UNKNOWN,
        path="proxy_profile",
        message=f"Unknown proxy profile '{printable(name)}'",
        found=printable(name),
        allowed=", ".join(profiles),
    )


def _dnxhd(fields: Mapping[str, Any]) -> Iterator[Problem]:
    if fields.get("codec") is not Codec.DNXHD or fields.get("container") in (None, Container.MXF):
        return
    yield Problem(
        code=Code.DNXHD_CONTAINER,
        path="container",
        message=_DNXHD_TEXT,
        found=str(fields["container"]),
        allowed="mxf",
    )


def _differences(fields: Mapping[str, Any], profile: CanonicalProfile) -> list[Problem]:
    wanted: dict[str, str] = {
        "codec": profile.codec,
        "container": profile.container,
        "resolution": profile.resolution,
    }
    problems = [
        Problem(
            code=Code.PROFILE_MISMATCH,
            path=field,
            message=f"{field} is '{printable(fields[field])}', but profile '{profile.name}' "
            f"says '{value}'",
            found=printable(fields[field]),
            allowed=str(value),
        )
        for field, value in wanted.items()
        if field in fields and fields[field] != value
    ]
    preset = fields.get("resolve_preset")
    if preset is not None and preset != profile.resolve_preset:
        said = profile.resolve_preset or "no preset: it is for FFmpeg"
        problems.append(
            Problem(
                code=Code.PROFILE_MISMATCH,
                path="resolve_preset",
                message=f"resolve_preset is '{printable(preset)}', but profile "
                f"'{profile.name}' says {said}",
                found=printable(preset),
                allowed=profile.resolve_preset or "absent",
            )
        )
    return problems
