import attrs
import pytest

from proxx_daemon.failures.codes import Code, FailureClass
from proxx_daemon.failures.errors import JobFailed, Problem, failure, failure_of
from proxx_daemon.failures.table import FAILURES


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_explained(code: Code) -> None:
    kind = FAILURES[code]
    for text in (kind.meaning, kind.action):
        assert text.endswith(".")
        assert text[0].isupper() or text.startswith(("jobspec_", "codec,", "output_", "naming_"))
    assert code.value == code.name


def test_the_table_holds_every_code_once_and_nothing_else() -> None:
    assert list(FAILURES) == list(Code)


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        FAILURES[Code.DISK_FULL] = FAILURES[Code.INTERRUPTED]  # type: ignore[index]


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
    assert problem().advice() == FAILURES[Code.FIELD_TYPE].action
    assert problem(action="Do that.").advice() == "Do that."
    assert failure(Code.DISK_FULL, "x").action == FAILURES[Code.DISK_FULL].action
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
    assert joined.action == FAILURES[Code.VALIDATION_FAILED].action


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
