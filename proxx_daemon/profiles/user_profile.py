"""User profiles: what an operator picks by name, and the filter that stands behind it.

A user profile says nothing about encoding. Its constraints only filter the canonical profiles;
exactly one must remain. Source: the profile selection and job creation specification. Reading
is `profiles.user_reading`, compiling `profiles.compiler`.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from proxx_daemon.failures.errors import Failure, Problem
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.profile import CanonicalProfile

USER_PROFILE_VERSION: Final = "1.0"
#: what `proxy_profile_origin` calls a spec that was made from a user profile
ORIGIN_TYPE: Final = "user_profile"
#: characters
MAX_NAME_LENGTH: Final = 64
#: characters
MAX_DESCRIPTION_LENGTH: Final = 500


class LifecycleState(StrEnum):
    """Whether new jobs may be made from a user profile."""

    #: may be selected
    ACTIVE = "ACTIVE"
    #: kept for the record, refused for new jobs
    DEPRECATED = "DEPRECATED"
    #: replaced by one canonical profile; refused for new jobs
    GRADUATED = "GRADUATED"
    #: cannot be read or no longer compiles: found by Proxx, never written in a file
    INVALID = "INVALID"


#: the states that a file may declare
DECLARABLE: Final = (LifecycleState.ACTIVE, LifecycleState.DEPRECATED, LifecycleState.GRADUATED)


class CodecFamily(StrEnum):
    """Codecs that editors speak of as one."""

    PRORES = "prores"
    DNX = "dnx"
    H264 = "h264"
    HEVC = "hevc"
    VP9 = "vp9"
    AV1 = "av1"


#: the family of every codec
FAMILIES: Final[Mapping[Codec, CodecFamily]] = MappingProxyType(
    {
        Codec.PRORES_PROXY: CodecFamily.PRORES,
        Codec.PRORES_LT: CodecFamily.PRORES,
        Codec.PRORES_STANDARD: CodecFamily.PRORES,
        Codec.PRORES_HQ: CodecFamily.PRORES,
        Codec.PRORES_4444: CodecFamily.PRORES,
        Codec.DNXHD: CodecFamily.DNX,
        Codec.DNXHR: CodecFamily.DNX,
        Codec.H264: CodecFamily.H264,
        Codec.H265: CodecFamily.HEVC,
        Codec.HEVC: CodecFamily.HEVC,
        Codec.VP9: CodecFamily.VP9,
        Codec.AV1: CodecFamily.AV1,
    }
)


class SizeLimit(StrEnum):
    """The largest proxy that `max_resolution` admits, as a part of the source's width."""

    SAME = "same"
    HALF = "half"
    QUARTER = "quarter"


#: which resolutions of a canonical profile each limit admits
ADMITTED_SIZES: Final[Mapping[SizeLimit, frozenset[str]]] = MappingProxyType(
    {
        SizeLimit.SAME: frozenset({"same", "half", "quarter"}),
        SizeLimit.HALF: frozenset({"half", "quarter"}),
        SizeLimit.QUARTER: frozenset({"quarter"}),
    }
)


@frozen(kw_only=True)
class Constraints:
    """What a canonical profile must be; None asks for nothing."""

    #: runs on this engine
    engine: EngineKind | None = None
    #: writes exactly this codec
    codec: Codec | None = None
    #: writes a codec of this family
    codec_family: CodecFamily | None = None
    #: writes this container
    container: Container | None = None
    #: True: every frame stands alone; False: frames depend on each other (long GOP)
    intra_frame_only: bool | None = None
    #: its proxies are at most this large: `half` admits half and quarter
    max_resolution: SizeLimit | None = None


@frozen(kw_only=True)
class UserProfile:
    """One user profile as its file declares it."""

    #: always "1.0"
    user_profile_version: str
    #: how operators call it, 1 to 64 printable characters
    name: str
    #: what it is for, one sentence or two
    description: str
    #: what the file declares
    state: LifecycleState
    #: the canonical profile that took its place; GRADUATED only
    graduated_to: str | None = None
    #: what a canonical profile must be
    constraints: Constraints


@frozen(kw_only=True)
class UserProfileFile:
    """What one file of the folder holds, readable or not."""

    #: path of the file
    path: str
    #: the profile's name, as far as it could be read
    name: str | None
    #: the profile; None when anything is wrong with the file
    profile: UserProfile | None
    #: everything that is wrong with the file
    problems: tuple[Problem, ...] = ()


@frozen(kw_only=True)
class Removal:
    """One constraint that a canonical profile does not meet."""

    #: name of the constraint
    constraint: str
    #: what the user profile asks for
    wanted: str
    #: what the canonical profile is
    found: str


@frozen(kw_only=True)
class CandidateVerdict:
    """Whether one canonical profile is left by a user profile's constraints, and why not."""

    #: the canonical profile's name
    canonical: str
    #: every constraint that it does not meet; empty for one that remains
    removed_by: tuple[Removal, ...]


@frozen(kw_only=True)
class Compilation:
    """What a user profile's constraints leave of the canonical profiles."""

    #: one verdict for each canonical profile, in their order
    verdicts: tuple[CandidateVerdict, ...]
    #: the one that remains; None when none or several do
    canonical: CanonicalProfile | None
    #: why it does not compile; None exactly when `canonical` is there
    failure: Failure | None


@frozen(kw_only=True)
class Eligibility:
    """What a user profile is worth today, against today's canonical profiles."""

    #: the file behind it
    file: UserProfileFile
    #: the declared state, or INVALID
    state: LifecycleState
    #: what the constraints leave; None for a profile that could not be read
    compilation: Compilation | None
    #: why new jobs are refused; None exactly for a usable profile
    refusal: Failure | None
