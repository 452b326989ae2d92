"""JobSpec 2.1: the frozen record of what was asked for, and the values its fields may take.

Source of the field rules: the JobSpec 2.1 specification. Parsing is `jobspec.reading`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

JOBSPEC_VERSION: Final = "2.1"
#: what `job_id` may be made of, 1 to 64 of them
JOB_ID_PATTERN: Final = r"[A-Za-z0-9._-]{1,64}"
#: the resolutions that have a name
RESOLUTION_NAMES: Final = ("same", "half", "quarter")
#: any other resolution: WIDTHxHEIGHT
RESOLUTION_PATTERN: Final = r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}"
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

    #: always "user_profile"
    type: str
    #: the user profile's name
    name: str
    #: the user profile's version
    version: str
    #: when it was selected
    selected_at: datetime


@frozen(kw_only=True)
class JobSpec:
    """One job as it was submitted, every field checked for shape."""

    #: always "2.1"
    jobspec_version: str
    #: the submitter's id, or one that was generated at the claim
    job_id: str
    #: absolute paths, in the order in which clips run
    sources: tuple[str, ...]
    #: absolute path of the folder that the proxies go to
    output_directory: str
    #: equal to the profile's
    codec: Codec
    #: equal to the profile's
    container: Container
    #: "same", "half", "quarter" or "WIDTHxHEIGHT"; equal to the profile's
    resolution: str
    #: text with tokens that makes one file name
    naming_template: str
    #: name of a canonical profile
    proxy_profile: str
    #: whether the rate is the source's or `fps_explicit`
    fps_mode: FpsMode = FpsMode.SAME_AS_SOURCE
    #: frames per second, exact; with `fps_mode` explicit only
    fps_explicit: Fraction | None = None
    #: equal to the profile's preset; Resolve jobs only
    resolve_preset: str | None = None
    #: empty on submission
    resolved_tokens: Mapping[str, str] = field(factory=lambda: MappingProxyType({}))
    #: when the spec was made, by its maker's clock
    created_at: datetime | None = None
    #: the user profile behind it, if any
    proxy_profile_origin: ProfileOrigin | None = None
