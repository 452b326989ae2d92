"""User profiles: what an operator picks by name, and the filter behind it.

A user profile says nothing about encoding. Its constraints only filter the canonical profiles;
exactly one must remain. Each field is declared here and nowhere else: reading, schema and
docs/reference/user-profiles.md follow. What a constraint compares is `profiles.compiler`. Source:
the profile selection and job creation specification.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from attrs import evolve, frozen

from proxx_daemon.documents.fields import Objection, Rule, more
from proxx_daemon.documents.record_reading import member
from proxx_daemon.documents.schema import CONTROL, one_of
from proxx_daemon.failures.errors import Failure, Problem
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.profile import CanonicalProfile

USER_PROFILE_VERSION: Final = "1.0"
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
    {codec: CodecFamily.PRORES for codec in Codec if codec.startswith("prores_")}
    | dict.fromkeys((Codec.DNXHD, Codec.DNXHR), CodecFamily.DNX)
    | dict.fromkeys((Codec.H265, Codec.HEVC), CodecFamily.HEVC)
    | {Codec.H264: CodecFamily.H264, Codec.VP9: CodecFamily.VP9, Codec.AV1: CodecFamily.AV1}
)


class Size(StrEnum):
    """The size of proxies as a part of the source's width."""

    SAME = "same"
    HALF = "half"
    QUARTER = "quarter"


def _printable(limit: int, *, name: bool = False) -> Rule:
    """Return the rule of a line of text; a name does not start with `-`."""
    says = f"1 to {limit} printable characters"

    def check(text: str) -> Iterator[Objection]:
        if not text or len(text) > limit or not text.isprintable():
            yield Objection(message=f"must have {says}.", allowed=says, found=text)
        elif text != text.strip():
            message = "must not start or end with a space."
            yield Objection(message=message, allowed=says, found=text)
        elif name and text.startswith("-"):
            message = "must not start with '-', which the command line reads as an option."
            allowed = "a name that starts otherwise"
            yield Objection(message=message, allowed=allowed, found=text)

    first = "^[ -]" if name else "^ "
    schema = {"minLength": 1, "maxLength": limit, "not": {"pattern": f"{first}| $|{CONTROL}"}}
    return Rule(says=says + (", no `-` in front" if name else ""), schema=schema, check=check)


_STATE: Final = Rule(
    says=", ".join(f"`{each}`" for each in DECLARABLE),
    schema=one_of(DECLARABLE),
    read=lambda value: member(value, DECLARABLE),
)
_SUCCESSOR: Final = evolve(
    _printable(MAX_NAME_LENGTH), says="the name of a [canonical profile](profiles.md)", schema={}
)


@frozen(kw_only=True)
class Constraints:
    """What a canonical profile must be; None asks for nothing."""

    engine: Annotated[
        EngineKind | None,
        "Runs on this engine: `ffmpeg` for ordinary footage, `resolve` for camera RAW.",
    ] = None
    codec: Annotated[Codec | None, "Writes exactly this codec."] = None
    codec_family: Annotated[
        CodecFamily | None, "Writes a codec of this family; `dnx` is DNxHD and DNxHR."
    ] = None
    codec_profile: Annotated[
        str | None,
        "Writes exactly this profile of its codec, as ffprobe names it: `DNXHR SQ`.",
        _printable(MAX_NAME_LENGTH),
    ] = None
    container: Annotated[Container | None, "Writes this container."] = None
    intra_frame_only: Annotated[
        bool | None,
        "`true`: every frame stands alone; `false`: frames depend on each other (long GOP).",
    ] = None
    resolution: Annotated[Size | None, "Makes proxies of exactly this size."] = None
    max_resolution: Annotated[
        Size | None,
        "Makes proxies of at most this size: `half` admits half and quarter, `same` admits all.",
    ] = None


@frozen(kw_only=True)
class UserProfile:
    """One user profile as its file declares it."""

    user_profile_version: Annotated[
        str, "The version of this form.", more(constant=USER_PROFILE_VERSION)
    ]
    name: Annotated[str, "How operators call it.", _printable(MAX_NAME_LENGTH, name=True)]
    description: Annotated[str, "What it is for.", _printable(MAX_DESCRIPTION_LENGTH)]
    state: Annotated[LifecycleState, "Whether new jobs may be made from it.", _STATE]
    graduated_to: Annotated[
        str | None,
        "The canonical profile that took its place.",
        _SUCCESSOR,
        more(only_with=("state", LifecycleState.GRADUATED)),
    ] = None
    constraints: Annotated[
        Constraints, "What the canonical profile must be; each constraint is optional."
    ]


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
