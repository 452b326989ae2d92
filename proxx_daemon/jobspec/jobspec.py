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
from typing import Final

from attrs import field, frozen

from proxx_daemon.documents.fields import described, optional
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

    type: str = field(metadata=described("What kind of origin.", constant=ORIGIN_TYPE))
    name: str = field(metadata=described("The user profile's name."))
    version: str = field(metadata=described("The user profile's version."))
    selected_at: datetime = field(metadata=described("When it was selected."))


@frozen(kw_only=True)
class JobSpec:
    """One job as it was submitted, every field checked for shape."""

    jobspec_version: str = field(
        metadata=described("The version of this form.", constant=JOBSPEC_VERSION)
    )
    job_id: str = field(
        metadata=described(
            "The submitter's id of the job; generated if omitted.", rules.JOB_ID, generated=True
        )
    )
    sources: tuple[str, ...] = field(
        metadata=described(
            "The sources, in the order in which they become clips: files, for camera RAW also "
            "a folder or one frame of a sequence.",
            rules.SOURCES,
        )
    )
    output_directory: str = field(
        metadata=described("The folder for the proxies.", rules.DIRECTORY)
    )
    codec: Codec = field(metadata=described("The profile's codec, repeated."))
    container: Container = field(metadata=described("The profile's container, repeated."))
    resolution: str = field(
        metadata=described("The profile's resolution, repeated.", rules.RESOLUTION)
    )
    naming_template: str = field(
        metadata=described(
            "Makes one file name for each clip; the container's extension is appended unless "
            "the name ends with it.",
            rules.template(TOKENS),
        )
    )
    proxy_profile: str = field(
        metadata=described("The canonical profile that decides about the proxy.", rules.PROFILE)
    )
    fps_mode: FpsMode = optional("Where the frame rate comes from.", default=FpsMode.SAME_AS_SOURCE)
    fps_explicit: Fraction | None = optional(
        "Frames per second; 23.976, 29.97, 59.94 and similar numbers mean the exact NTSC rates.",
        rules.FRAME_RATE,
        only_with=("fps_mode", FpsMode.EXPLICIT),
    )
    resolve_preset: str | None = optional(
        "The profile's render preset, repeated; Resolve profiles only."
    )
    resolved_tokens: Mapping[str, str] = field(
        factory=lambda: MappingProxyType({}),
        metadata=described("Empty on submission.", rules.NO_TOKENS),
    )
    created_at: datetime | None = optional("When the spec was made, by its maker's clock.")
    proxy_profile_origin: ProfileOrigin | None = optional(
        "The user profile that the spec was compiled from; information only."
    )
