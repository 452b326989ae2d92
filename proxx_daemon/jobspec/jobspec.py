"""JobSpec 2.1: the frozen record of what was asked for, and the values its fields may take.

Each field is declared here and nowhere else: reading, writing, schema and
docs/reference/jobspec.md follow.
Source of the field rules: the JobSpec 2.1 specification.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Final

from attrs import field, frozen

from proxx_daemon.documents.fields import more
from proxx_daemon.jobspec import rules

JOBSPEC_VERSION: Final = "2.1"
#: what `proxy_profile_origin` calls a spec that was made from a user profile
ORIGIN_TYPE: Final = "user_profile"
#: what a naming template may hold in braces
TOKENS: Final = (
    "source_name",
    "source_ext",
    "index",
    "job_id",
    "profile",
    "codec",
    "container",
    "resolution",
    "width",
    "height",
    "fps",
    "reel",
    "timecode",
)


class Codec(StrEnum):
    """Output codecs that a JobSpec may name."""

    PRORES_PROXY = "prores_proxy"
    PRORES_LT = "prores_lt"
    PRORES_STANDARD = "prores_standard"
    PRORES_HQ = "prores_hq"
    PRORES_4444 = "prores_4444"
    H264 = "h264"
    H265 = "h265"
    HEVC = "hevc"
    DNXHD = "dnxhd"
    DNXHR = "dnxhr"
    VP9 = "vp9"
    AV1 = "av1"


class Container(StrEnum):
    """Output containers that a JobSpec may name; the value is the file extension too."""

    MOV = "mov"
    MP4 = "mp4"
    MKV = "mkv"
    WEBM = "webm"
    MXF = "mxf"


class FpsMode(StrEnum):
    """Where the output's frame rate comes from."""

    SAME_AS_SOURCE = "same-as-source"
    EXPLICIT = "explicit"


class EngineKind(StrEnum):
    """The two engines that can run a job."""

    FFMPEG = "ffmpeg"
    RESOLVE = "resolve"


@frozen(kw_only=True)
class ProfileOrigin:
    """Which user profile a spec was compiled from: information only."""

    type: Annotated[str, "What kind of origin.", more(constant=ORIGIN_TYPE)]
    name: Annotated[str, "The user profile's name."]
    version: Annotated[str, "The user profile's version."]
    selected_at: Annotated[datetime, "When it was selected."]


@frozen(kw_only=True)
class JobSpec:
    """One job as it was submitted, every field checked for shape."""

    jobspec_version: Annotated[str, "The version of this form.", more(constant=JOBSPEC_VERSION)]
    job_id: Annotated[
        str,
        "The submitter's id of the job; generated if omitted.",
        rules.JOB_ID,
        more(generated=True),
    ]
    sources: Annotated[
        tuple[str, ...],
        "The sources, in the order in which they become clips: files, for camera RAW also "
        "a folder or one frame of a sequence.",
        rules.SOURCES,
    ]
    output_directory: Annotated[str, "The folder for the proxies.", rules.DIRECTORY]
    codec: Annotated[Codec, "The profile's codec, repeated."]
    container: Annotated[Container, "The profile's container, repeated."]
    resolution: Annotated[str, "The profile's resolution, repeated.", rules.RESOLUTION]
    naming_template: Annotated[
        str,
        "Makes one file name for each clip; the container's extension is appended unless "
        "the name ends with it.",
        rules.template(TOKENS),
    ]
    proxy_profile: Annotated[
        str, "The canonical profile that decides about the proxy.", rules.PROFILE
    ]
    fps_mode: Annotated[FpsMode, "Where the frame rate comes from."] = FpsMode.SAME_AS_SOURCE
    fps_explicit: Annotated[
        Fraction | None,
        "Frames per second; 23.976, 29.97, 59.94 and similar numbers mean the exact NTSC rates.",
        rules.FRAME_RATE,
        more(only_with=("fps_mode", FpsMode.EXPLICIT)),
    ] = None
    resolve_preset: Annotated[
        str | None, "The profile's render preset, repeated; Resolve profiles only."
    ] = None
    resolved_tokens: Annotated[Mapping[str, str], "Empty on submission.", rules.NO_TOKENS] = field(
        factory=lambda: MappingProxyType({})
    )
    created_at: Annotated[datetime | None, "When the spec was made, by its maker's clock."] = None
    proxy_profile_origin: Annotated[
        ProfileOrigin | None, "The user profile that the spec was compiled from; information only."
    ] = None
