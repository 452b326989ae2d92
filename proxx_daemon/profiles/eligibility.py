"""The state of each user profile today, and whether a new job may be made from one.

Decides by lifecycle state, by name and by compiling; the files were read before.
"""

from collections.abc import Iterator, Mapping, Sequence

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, Problem, failure
from proxx_daemon.profiles.compiler import compile_profile
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import (
    Eligibility,
    LifecycleState,
    UserProfile,
    UserProfileFile,
)


def eligibilities(
    files: Sequence[UserProfileFile], canonical: Mapping[str, CanonicalProfile]
) -> tuple[Eligibility, ...]:
    """Judge every file of a folder, in the given order; none is left out."""
    return tuple(_eligibility(each, files, canonical) for each in files)


def find(every: Sequence[Eligibility], name: str) -> Eligibility | Failure:
    """Find a user profile by its exact name; the failure says that there is none.

    Of several files with the name, the first is returned: each of them is INVALID for it.
    """
    named = [each for each in every if each.file.name == name]
    if named:
        return named[0]
    nameless = [each.file.path for each in every if each.file.name is None]
    hint = f" No name could be read in: {', '.join(nameless)}." if nameless else ""
    return failure(
        Code.USER_PROFILE_UNKNOWN,
        f"Profile '{printable(name)}' does not exist.",
        action=Code.USER_PROFILE_UNKNOWN.action + hint,
    )


def _eligibility(
    file: UserProfileFile,
    files: Sequence[UserProfileFile],
    canonical: Mapping[str, CanonicalProfile],
) -> Eligibility:
    profile = file.profile
    compilation = None if profile is None else compile_profile(profile, canonical)
    problems = [*file.problems, *_twins(file, files), *_successor(profile, canonical)]
    if problems or profile is None or compilation is None:
        refusal: Failure | None = _invalid(file, problems)
        state = LifecycleState.INVALID
    elif profile.state is LifecycleState.ACTIVE:
        refusal = compilation.failure
        state = LifecycleState.ACTIVE if refusal is None else LifecycleState.INVALID
    else:
        refusal = _retired(profile)
        state = profile.state
    return Eligibility(file=file, state=state, compilation=compilation, refusal=refusal)


def _twins(file: UserProfileFile, files: Sequence[UserProfileFile]) -> Iterator[Problem]:
    """Report a name that several files claim: choosing one of them would be a guess."""
    paths = [each.path for each in files if each.name is not None and each.name == file.name]
    if len(paths) <= 1:
        return
    yield Problem(
        code=Code.USER_PROFILE_INVALID,
        path="name",
        message=f"name '{file.name}' appears in {len(paths)} files: {', '.join(paths)}",
        found=file.name,
        allowed="a different name for each user profile",
    )


def _successor(
    profile: UserProfile | None, canonical: Mapping[str, CanonicalProfile]
) -> Iterator[Problem]:
    """Report a graduated profile whose successor is no canonical profile."""
    if profile is None or profile.graduated_to is None or profile.graduated_to in canonical:
        return
    yield Problem(
        code=Code.USER_PROFILE_INVALID,
        path="graduated_to",
        message="graduated_to is not the name of a canonical profile",
        allowed="the name of a canonical profile",
    )


def _invalid(file: UserProfileFile, problems: Sequence[Problem]) -> Failure:
    who = file.path if file.name is None else f"Profile '{file.name}'"
    facts = "; ".join(problem.message.removesuffix(".") for problem in problems)
    return failure(Code.USER_PROFILE_INVALID, f"{who} is invalid: {facts}.", errors=problems)


def _retired(profile: UserProfile) -> Failure:
    code, what = Code.USER_PROFILE_GRADUATED, "graduated"
    if profile.state is LifecycleState.DEPRECATED:
        code, what = Code.USER_PROFILE_DEPRECATED, "is deprecated"
    return failure(code, f"Profile '{profile.name}' {what} and cannot be used for new jobs.")
