"""The JSON Schemas of a JobSpec, which repeats what its profile says, and of a user profile."""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.documents.fields import Schema
from proxx_daemon.documents.schema import one_of, record_schema, top, when
from proxx_daemon.documents.strict_json import MAX_BYTES, MAX_DEPTH
from proxx_daemon.jobspec.jobspec import JOBSPEC_VERSION, Codec, JobSpec
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import USER_PROFILE_VERSION, UserProfile

#: what the code checks beyond this schema, for its readers
_BEYOND_JOBSPEC: Final = (
    "A schema cannot say everything that `proxx validate` checks: the file is UTF-8 without a "
    f"byte order mark, at most {MAX_BYTES} bytes and {MAX_DEPTH} levels deep, without "
    "a duplicate key or half a surrogate pair; numbers are finite; dates are in the calendar; no "
    "two sources are the same path written differently; sources exist, are media and route to "
    "the profile's engine; the output directory exists and can be written; every token has a "
    "value, and every output is one usable file name that is free and not another clip's."
)


def jobspec_schema(profiles: Mapping[str, CanonicalProfile]) -> Schema:
    """Return the schema of a JobSpec that names one of `profiles`."""
    body = record_schema(JobSpec)
    body["properties"]["proxy_profile"] |= one_of(profiles)
    body["allOf"] += [_dnxhd(), *(_repeats(each) for each in profiles.values())]
    return top(
        "jobspec",
        JOBSPEC_VERSION,
        f"JobSpec {JOBSPEC_VERSION}",
        "One proxy job: which sources, where to, with which canonical profile.",
        {"$comment": _BEYOND_JOBSPEC, **body},
    )


def _dnxhd() -> Schema:
    rule = when("codec", Codec.DNXHD, {"properties": {"container": {"const": "mxf"}}})
    return {"$comment": "DNxHD must be wrapped in MXF.", **rule}


def _repeats(profile: CanonicalProfile) -> Schema:
    """Make a spec repeat exactly what its profile says."""
    preset = profile.resolve_preset
    return when(
        "proxy_profile",
        profile.name,
        {
            "properties": {
                "codec": {"const": str(profile.codec)},
                "container": {"const": str(profile.container)},
                "resolution": {"const": profile.resolution},
                "resolve_preset": False if preset is None else {"const": preset},
            }
        },
    )


#: what the code checks beyond this schema, for its readers
_BEYOND_USER_PROFILE: Final = (
    "A schema cannot say everything that is checked: exactly one canonical profile meets the "
    "constraints of an ACTIVE user profile; no two files of a folder have the same name; every "
    "character of name and description is printable in the sense of Unicode. A TOML file is held "
    "to the same rules."
)


def user_profile_schema(profiles: Mapping[str, CanonicalProfile]) -> Schema:
    """Return the schema of a user profile; it graduates to one of `profiles`."""
    body = record_schema(UserProfile)
    body["properties"]["graduated_to"] |= one_of(profiles)
    return top(
        "user-profile",
        USER_PROFILE_VERSION,
        f"Proxx user profile {USER_PROFILE_VERSION}",
        "An intention that operators pick by name; its constraints leave one canonical profile.",
        {"$comment": _BEYOND_USER_PROFILE, **body},
    )
