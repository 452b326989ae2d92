"""Lifecycle, duplicate names and look-up of user profiles."""

from typing import Any

import pytest
from specified_profiles import specified

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, Problem
from proxx_daemon.jobspec.jobspec import Codec
from proxx_daemon.profiles.eligibility import eligibilities, find
from proxx_daemon.profiles.user_profile import (
    Constraints,
    Eligibility,
    LifecycleState,
    UserProfile,
    UserProfileFile,
)

_ONE = Constraints(codec=Codec.PRORES_HQ)
_NONE = Constraints(codec=Codec.AV1)


def _file(name: str, path: str = "a.toml", **fields: Any) -> UserProfileFile:
    values: dict[str, Any] = {
        "user_profile_version": "1.0",
        "name": name,
        "description": "For tests.",
        "state": LifecycleState.ACTIVE,
        "constraints": _ONE,
    }
    profile = UserProfile(**(values | fields))
    return UserProfileFile(path=path, name=name, profile=profile)


def _broken(name: str | None, path: str = "b.toml") -> UserProfileFile:
    problem = Problem(code=Code.USER_PROFILE_INVALID, path="state", message="state is wrong.")
    return UserProfileFile(path=path, name=name, profile=None, problems=(problem,))


def _eligibility(file: UserProfileFile, *others: UserProfileFile) -> Eligibility:
    return eligibilities([file, *others], specified())[0]


def _refusal(eligibility: Eligibility) -> Failure:
    assert eligibility.refusal is not None
    return eligibility.refusal


def test_an_active_profile_that_compiles_is_usable() -> None:
    eligibility = _eligibility(_file("X"))
    assert eligibility.state is LifecycleState.ACTIVE
    assert eligibility.refusal is None


def test_an_active_profile_that_does_not_compile_is_invalid() -> None:
    eligibility = _eligibility(_file("X", constraints=_NONE))
    assert eligibility.state is LifecycleState.INVALID
    assert _refusal(eligibility).code is Code.USER_PROFILE_UNSATISFIABLE


@pytest.mark.parametrize("constraints", [_ONE, _NONE])
def test_a_deprecated_profile_is_refused_with_the_quoted_message(constraints: Constraints) -> None:
    state = LifecycleState.DEPRECATED
    eligibility = _eligibility(_file("Legacy_ProRes_422", state=state, constraints=constraints))
    assert eligibility.state is LifecycleState.DEPRECATED
    assert _refusal(eligibility).message == (
        "Profile 'Legacy_ProRes_422' is deprecated and cannot be used for new jobs."
    )


def test_a_graduated_profile_is_refused_without_naming_its_successor() -> None:
    eligibility = _eligibility(
        _file("X", state=LifecycleState.GRADUATED, graduated_to="proxy_prores_lt")
    )
    assert eligibility.state is LifecycleState.GRADUATED
    assert _refusal(eligibility).code is Code.USER_PROFILE_GRADUATED
    assert _refusal(eligibility).message == (
        "Profile 'X' graduated and cannot be used for new jobs."
    )


def test_a_successor_that_does_not_exist_makes_a_profile_invalid() -> None:
    eligibility = _eligibility(
        _file("X", state=LifecycleState.GRADUATED, graduated_to="proxy_h265")
    )
    assert eligibility.state is LifecycleState.INVALID
    assert _refusal(eligibility).code is Code.USER_PROFILE_INVALID
    assert _refusal(eligibility).errors[0].path == "graduated_to"


def test_a_name_that_two_files_claim_makes_both_invalid() -> None:
    files = [_file("X", "a.toml"), _file("Y", "y.toml"), _file("X", "b.json")]
    first, between, second = eligibilities(files, specified())
    for eligibility in (first, second):
        assert eligibility.state is LifecycleState.INVALID
        assert "a.toml, b.json" in _refusal(eligibility).message
    assert between.refusal is None


def test_a_broken_twin_spoils_the_name_too() -> None:
    assert _eligibility(_file("X"), _broken("X")).state is LifecycleState.INVALID


def test_two_files_without_readable_names_are_no_twins() -> None:
    eligibility = _eligibility(_broken(None, "a.toml"), _broken(None, "b.toml"))
    assert [problem.path for problem in _refusal(eligibility).errors] == ["state"]


def test_an_unknown_name_is_refused_with_the_quoted_message() -> None:
    found = find([_eligibility(_file("X"))], "CustomProfile_XYZ")
    assert isinstance(found, Failure)
    assert found.code is Code.USER_PROFILE_UNKNOWN
    assert found.message == "Profile 'CustomProfile_XYZ' does not exist."


def test_an_unknown_name_may_stand_in_a_file_that_cannot_be_read() -> None:
    found = find([_eligibility(_broken(None, "lost.toml"))], "X")
    assert isinstance(found, Failure)
    assert "lost.toml" in found.action


@pytest.mark.parametrize("name", ["x", "X ", "X.toml"])
def test_a_name_is_found_only_to_the_letter(name: str) -> None:
    assert isinstance(find([_eligibility(_file("X"))], name), Failure)
