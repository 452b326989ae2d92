"""The JSON Schema of a JobSpec, built from the enums and profiles that the code checks with."""

from collections.abc import Mapping
from typing import Final, Protocol

from proxx_daemon.documents.schema_parts import (
    Schema,
    absolute_path,
    choice,
    moment,
    record,
    source_path,
    text,
    top,
    when,
    whole,
)
from proxx_daemon.documents.strict_json import MAX_BYTES, MAX_DEPTH
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import (
    JOB_ID_PATTERN,
    JOBSPEC_VERSION,
    RESOLUTION_NAMES,
    RESOLUTION_PATTERN,
    TOKENS,
    Codec,
    Container,
    FpsMode,
)
from proxx_daemon.jobspec.reading import REQUIRED

#: what the code checks beyond this schema, for its readers
_BEYOND: Final = (
    "A schema cannot say everything that `proxx validate` checks: the file is UTF-8 without a "
    f"byte order mark, at most {MAX_BYTES} bytes and {MAX_DEPTH} levels deep, without "
    "a duplicate key or half a surrogate pair; numbers are finite; dates are in the calendar; no "
    "two sources are the same path written differently; sources exist, are media and route to "
    "the profile's engine; the output directory exists and can be written; every token has a "
    "value, and every output is one usable file name that is free and not another clip's."
)


class RepeatedProfile(Protocol):
    """What a JobSpec repeats of its canonical profile."""

    @property
    def name(self) -> str:
        """The name that the spec gives."""
        ...

    @property
    def codec(self) -> Codec:
        """The codec of the proxy."""
        ...

    @property
    def container(self) -> Container:
        """The container of the proxy."""
        ...

    @property
    def resolution(self) -> str:
        """The resolution of the proxy."""
        ...

    @property
    def resolve_preset(self) -> str | None:
        """The render preset; None where FFmpeg encodes."""
        ...


def jobspec_schema(profiles: Mapping[str, RepeatedProfile]) -> Schema:
    """Give the schema of a JobSpec that names one of `profiles`."""
    body = record(
        {**_required(profiles), **_optional()},
        required=REQUIRED,
        allOf=[_explicit_rate(), _dnxhd(), *(_repeats(each) for each in profiles.values())],
    )
    return top(
        "jobspec",
        JOBSPEC_VERSION,
        f"JobSpec {JOBSPEC_VERSION}",
        "One proxy job: which sources, where to, with which canonical profile.",
        {"$comment": _BEYOND, **body},
    )


def _required(profiles: Mapping[str, RepeatedProfile]) -> dict[str, Schema]:
    return {
        "jobspec_version": {"description": "The version of this form.", "const": JOBSPEC_VERSION},
        "sources": {
            "type": "array",
            "description": "The source files, in the order in which they become clips.",
            "items": source_path(
                "Absolute path; a folder or a frame of a sequence for camera RAW only."
            ),
            "minItems": 1,
            "uniqueItems": True,
        },
        "output_directory": absolute_path("Absolute path of an existing folder for the proxies."),
        "codec": choice("The profile's codec, repeated.", Codec),
        "container": choice("The profile's container, repeated.", Container),
        "resolution": text(
            "The profile's resolution, repeated.",
            **whole("|".join((*RESOLUTION_NAMES, RESOLUTION_PATTERN))),
        ),
        "naming_template": text(
            "Text with tokens that makes one file name for each clip; the container's extension "
            "is appended where it is not there.",
            minLength=1,
            pattern=r"^(?:[^{}]|\{(?:" + "|".join(TOKENS) + r")\})*$",
        ),
        "proxy_profile": choice("The canonical profile that decides about the proxy.", profiles),
    }


def _optional() -> dict[str, Schema]:
    return {
        "job_id": text("The submitter's id of the job; made up where absent.")
        | whole(JOB_ID_PATTERN),
        "fps_mode": choice("Where the frame rate comes from.", FpsMode)
        | {"default": str(FpsMode.SAME_AS_SOURCE)},
        "fps_explicit": {
            "type": "number",
            "description": "Frames per second, with fps_mode explicit only; 23.976, 29.97, "
            "59.94 and their kin mean the exact NTSC rates.",
            "minimum": frame_rate.LOWEST,
            "maximum": frame_rate.HIGHEST,
        },
        "resolve_preset": text("The profile's render preset, repeated; Resolve profiles only."),
        "resolved_tokens": {
            "type": "object",
            "description": "Empty on submission.",
            "maxProperties": 0,
        },
        "created_at": moment("When the spec was made: ISO 8601 with offset."),
        "proxy_profile_origin": record(
            {
                "type": {"description": "What kind of origin.", "const": "user_profile"},
                "name": text("The user profile's name."),
                "version": text("The user profile's version."),
                "selected_at": moment("When it was selected: ISO 8601 with offset."),
            },
            description="The user profile that the spec was compiled from; information only.",
        ),
    }


def _explicit_rate() -> Schema:
    """Hold fps_mode and fps_explicit together."""
    rule = when("fps_mode", FpsMode.EXPLICIT, {"required": ["fps_explicit"]})
    return {
        "$comment": "fps_explicit goes with fps_mode explicit, and only with it.",
        **rule,
        "else": {"properties": {"fps_explicit": False}},
    }


def _dnxhd() -> Schema:
    rule = when("codec", Codec.DNXHD, {"properties": {"container": {"const": "mxf"}}})
    return {"$comment": "DNxHD must be wrapped in MXF.", **rule}


def _repeats(profile: RepeatedProfile) -> Schema:
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
