"""Compiles a user profile: constraints filter the canonical profiles, exactly one must remain.

There is no ranking, no closest match and no default. Each canonical profile gets a verdict, so
that the answer explains itself.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, Problem, failure
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import (
    FAMILIES,
    CandidateVerdict,
    Compilation,
    Constraints,
    Removal,
    Size,
    UserProfile,
)


def compile_profile(profile: UserProfile, canonical: Mapping[str, CanonicalProfile]) -> Compilation:
    """Find the one canonical profile that a user profile selects, or the reason why there is none.

    The lifecycle state is not looked at: that is `profiles.eligibility`.
    """
    verdicts = tuple(_verdict(profile.constraints, each) for each in canonical.values())
    remaining = [verdict.canonical for verdict in verdicts if not verdict.removed_by]
    if len(remaining) == 1:
        return Compilation(verdicts=verdicts, canonical=canonical[remaining[0]], failure=None)
    why = _ambiguous(profile, remaining) if remaining else _unsatisfiable(profile, verdicts)
    return Compilation(verdicts=verdicts, canonical=None, failure=why)


def removals(verdicts: Sequence[CandidateVerdict]) -> Mapping[str, tuple[str, ...]]:
    """Return for each constraint that removed anything the canonical profiles it removed."""
    removed: dict[str, list[str]] = {}
    for verdict in verdicts:
        for removal in verdict.removed_by:
            removed.setdefault(removal.constraint, []).append(verdict.canonical)
    ordered = {name: tuple(removed[name]) for name in _FACTS if name in removed}
    return MappingProxyType(ordered)


def _verdict(constraints: Constraints, canonical: CanonicalProfile) -> CandidateVerdict:
    return CandidateVerdict(
        canonical=canonical.name, removed_by=tuple(_removals(constraints, canonical))
    )


def _removals(constraints: Constraints, canonical: CanonicalProfile) -> Iterator[Removal]:
    for name, fact in _FACTS.items():
        wanted = getattr(constraints, name)
        found = fact(canonical)
        if wanted is not None and not _admits(name, wanted, found):
            yield Removal(constraint=name, wanted=text(wanted), found=text(found))


def _unsatisfiable(profile: UserProfile, verdicts: Sequence[CandidateVerdict]) -> Failure:
    removed = removals(verdicts)
    # A constraint that no canonical profile meets is to blame whatever the others say; without
    # such a one they are to blame together.
    alone = [name for name, names in removed.items() if len(names) == len(verdicts)]
    blamed = alone or list(removed)
    noun = "constraint" if len(blamed) == 1 else "constraints"
    return failure(
        Code.USER_PROFILE_UNSATISFIABLE,
        f"UserProxyProfile '{profile.name}' no longer compiles: {', '.join(blamed)} "
        f"{noun} incompatible with canonical registry.",
        errors=tuple(
            Problem(
                code=Code.USER_PROFILE_UNSATISFIABLE,
                path=f"constraints.{name}",
                message=f"{name} = {text(getattr(profile.constraints, name))} removes "
                f"{len(names)} of {len(verdicts)} canonical profiles",
                found=text(getattr(profile.constraints, name)),
            )
            for name, names in removed.items()
        ),
    )


def _ambiguous(profile: UserProfile, remaining: Sequence[str]) -> Failure:
    problem = Problem(
        code=Code.USER_PROFILE_AMBIGUOUS,
        path="constraints",
        message=f"The constraints leave {len(remaining)} canonical profiles",
        found=f"{len(remaining)} canonical profiles",
        allowed="exactly one canonical profile",
    )
    return failure(
        Code.USER_PROFILE_AMBIGUOUS,
        f"UserProxyProfile '{profile.name}' is ambiguous: {len(remaining)} canonical profiles "
        "match.",
        errors=(problem,),
    )


def text(value: object) -> str:
    """Return a constraint's value as the profile's file writes it; "none" for None."""
    return str(value).lower() if isinstance(value, bool | None) else str(value)


#: from large to small
_SIZES: Final = tuple(Size)
#: what each constraint compares with, in the order of the record
_FACTS: Final[Mapping[str, Callable[[CanonicalProfile], Any]]] = MappingProxyType(
    {
        "engine": lambda canonical: canonical.engine,
        "codec": lambda canonical: canonical.codec,
        "codec_family": lambda canonical: FAMILIES[canonical.codec],
        "codec_profile": lambda canonical: canonical.expected.codec_profile,
        "container": lambda canonical: canonical.container,
        "intra_frame_only": lambda canonical: canonical.intra_frame_only,
        "resolution": lambda canonical: Size(canonical.resolution),
        "max_resolution": lambda canonical: Size(canonical.resolution),
    }
)


def _admits(constraint: str, wanted: Any, found: Any) -> bool:
    """Decide whether a constraint admits what a canonical profile is: all ask for the same."""
    if constraint == "max_resolution":
        return _SIZES.index(found) >= _SIZES.index(wanted)
    return bool(found == wanted)
