"""What can go wrong with a job: the shape of a failure, and the errors that carry one.

The table of codes, with meaning and action, is `codes`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Self

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass

#: Problems of one failure. A file of a mebibyte can have half a million, whose result nobody could
#: read.
_MOST_PROBLEMS: Final = 1000


class FinalStatus(StrEnum):
    """How a whole job ended."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    #: at least one clip completed and one failed; the spec is in failed/
    PARTIAL = "PARTIAL"


@frozen(kw_only=True)
class Problem:
    """One thing that is wrong, at one place of a JobSpec."""

    #: the stable code of this problem
    code: Code
    #: where in the spec, as `sources[1]` or `codec`; empty for the document itself
    path: str
    #: one sentence for the operator
    message: str
    #: the value that was found, shortened; None if there is none
    found: str | None = None
    #: the values that are allowed; None if they cannot be listed
    allowed: str | None = None
    #: what to do; None for the action of the code
    action: str | None = None

    def advice(self) -> str:
        """Return what to do about it."""
        return self.action or self.code.action


@frozen(kw_only=True)
class Failure:
    """Why a job or one of its clips failed."""

    #: stable code
    code: Code
    #: one sentence: what happened, with the facts of this case
    message: str
    #: what the operator does next
    action: str
    #: every problem found, if there can be several
    errors: tuple[Problem, ...] = ()

    @property
    def failure_class(self) -> FailureClass:
        """The class of the code."""
        return self.code.failure_class


def failure(
    code: Code, message: str, *, action: str | None = None, errors: Sequence[Problem] = ()
) -> Failure:
    """Return a failure; its action is the code's unless a better one is given."""
    return Failure(code=code, message=message, action=action or code.action, errors=tuple(errors))


def not_answering(path: str) -> Failure:
    """Return the failure of a check that a volume keeps from ending; `path` may be empty."""
    place = f"'{path}'" if path else "A volume that the job uses"
    return failure(Code.STORAGE_NOT_ANSWERING, f"{place} does not answer.")


def failure_of(problems: Sequence[Problem]) -> Failure:
    """Return the one failure for all problems of a spec.

    Its code is that of the problems if they share one, else `VALIDATION_FAILED`. It lists a
    thousand problems at most, and says how many there are.

    Raise ValueError if there are no problems.
    """
    if not problems:
        raise ValueError("a failure needs at least one problem")
    first = problems[0]
    if len(problems) == 1:
        return failure(first.code, first.message, action=first.action, errors=problems)
    codes = {problem.code for problem in problems}
    code = first.code if len(codes) == 1 else Code.VALIDATION_FAILED
    listed = problems[:_MOST_PROBLEMS]
    messages = "; ".join(problem.message for problem in listed)
    more = len(problems) - len(listed)
    rest = f" And {more} more, which are not listed." if more else ""
    return failure(code, f"{len(problems)} problems: {messages}{rest}", errors=listed)


class ProxxError(Exception):
    """Root of the errors that Proxx raises itself."""


class JobFailed(ProxxError):
    """This job, or this clip of it, fails; the daemon goes on."""

    def __init__(self, reason: Failure) -> None:
        super().__init__(reason.message)
        self.failure = reason

    @classmethod
    def of(cls, code: Code, message: str) -> Self:
        """Return the error of a failure with one cause."""
        return cls(failure(code, message))


def fail_if_any(problems: Sequence[Problem]) -> None:
    """Raise JobFailed with all problems; return if there are none."""
    if problems:
        raise JobFailed(failure_of(problems))


def failed(code: Code, message: str, *, action: str | None = None) -> JobFailed:
    """Return the error of a job or clip that fails for one cause, described as for `failure`."""
    return JobFailed(failure(code, message, action=action))


class FatalError(ProxxError):
    """The command cannot go on at all; the message is for the operator."""
