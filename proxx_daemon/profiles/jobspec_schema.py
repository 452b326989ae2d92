"""The JSON Schema of a JobSpec: its record's, and that it repeats what its profile says."""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.documents.fields import Schema
from proxx_daemon.documents.schema import one_of, record_schema, top, when
from proxx_daemon.documents.strict_json import MAX_BYTES, MAX_DEPTH
from proxx_daemon.jobspec.jobspec import JOBSPEC_VERSION, Codec, JobSpec
from proxx_daemon.profiles.profile import CanonicalProfile

#: what the code checks beyond this schema, for its readers
_BEYOND: Final = (
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
        {"$comment": _BEYOND, **body},
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
