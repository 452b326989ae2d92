import re

import attrs
import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import JobFailed, Problem, failure, failure_of

#: what a person with only a browser cannot use: commands, options, variables, spec fields
_EXPERT = re.compile(r"`|--|\bproxx [a-z]|\bPROXX_|\bRESOLVE_|[a-z]_(?!session)[a-z]|docs/")
#: so an action says who can
_WHO = re.compile(r"administrator|whoever wrote the JobSpec|in a JobSpec|^Correct .*`errors`")


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_explained_in_whole_sentences(code: Code) -> None:
    assert code.value == code.name
    for text in (code.meaning, code.action, code.then, code.look or "None."):
        assert text.endswith((".", "?"))
        assert text[0].isupper() or text[0] == "`"
        assert not re.search(r"\b(Do|Look):", text)


@pytest.mark.parametrize("code", list(Code))
def test_every_action_fits_a_person_with_a_browser_or_says_who_can_do_it(code: Code) -> None:
    if _EXPERT.search(code.action):
        assert _WHO.search(code.action), code.action


@pytest.mark.parametrize("code", [code for code in Code if code.failure_class == "pre_job"])
def test_nothing_that_happens_before_a_job_sends_operators_to_canonical_profiles(
    code: Code,
) -> None:
    assert "canonical" not in code.action


@pytest.mark.parametrize(
    ("code", "failure_class"),
    [
        (Code.SPEC_NOT_JSON, FailureClass.VALIDATION),
        (Code.SOURCE_TRUNCATED, FailureClass.VALIDATION),
        (Code.ENGINE_MISSING, FailureClass.VALIDATION),
        (Code.ENGINE_FAILED, FailureClass.EXECUTION),
        (Code.SOURCE_CHANGED, FailureClass.EXECUTION),
        (Code.INTERRUPTED, FailureClass.EXECUTION),
    ],
)
def test_a_failure_knows_its_class(code: Code, failure_class: FailureClass) -> None:
    assert failure(code, "x").failure_class is failure_class


def problem(code: Code = Code.FIELD_TYPE, message: str = "m", action: str | None = None) -> Problem:
    return Problem(code=code, path="codec", message=message, action=action)


def test_the_advice_is_the_table_s_unless_there_is_better() -> None:
    assert problem().advice() == Code.FIELD_TYPE.action
    assert problem(action="Do that.").advice() == "Do that."
    assert failure(Code.DISK_FULL, "x").action == Code.DISK_FULL.action
    assert failure(Code.DISK_FULL, "x", action="Do that.").action == "Do that."


def test_one_problem_is_its_own_failure() -> None:
    joined = failure_of([problem(message="the codec is wrong", action="Do that.")])
    assert (joined.code, joined.message) == (Code.FIELD_TYPE, "the codec is wrong")
    assert joined.action == "Do that."
    assert len(joined.errors) == 1


def test_problems_of_one_kind_keep_their_code() -> None:
    joined = failure_of([problem(message="a"), problem(message="b")])
    assert (joined.code, joined.message) == (Code.FIELD_TYPE, "2 problems: a; b")
    assert len(joined.errors) == 2


def test_problems_of_several_kinds_are_a_failed_validation() -> None:
    joined = failure_of([problem(), problem(Code.FIELD_MISSING)])
    assert joined.code is Code.VALIDATION_FAILED
    assert joined.action == Code.VALIDATION_FAILED.action


def test_a_failure_needs_a_problem() -> None:
    with pytest.raises(ValueError, match="at least one"):
        failure_of([])


def test_an_error_carries_its_failure_and_says_it() -> None:
    reason = failure(Code.DISK_FULL, "There is no space left.")
    error = JobFailed(reason)
    assert error.failure is reason
    assert str(error) == "There is no space left."


def test_failures_are_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        failure(Code.DISK_FULL, "x").message = "y"  # type: ignore[misc]


def test_a_failure_lists_a_thousand_problems_and_says_how_many_there_are() -> None:
    one = Problem(code=Code.FIELD_UNKNOWN, path="x", message="'x' is no field.")

    found = failure_of([one] * 1003)

    assert len(found.errors) == 1000
    assert found.message.startswith("1003 problems: ")
    assert found.message.endswith(" And 3 more, which are not listed.")
