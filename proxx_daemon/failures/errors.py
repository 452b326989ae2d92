"""What can go wrong with a job: the shape of a failure, and the errors that carry one.

The codes themselves, with meaning and action, are the table in `failure_codes`.
"""

from collections.abc import Sequence
from enum import StrEnum

from attrs import frozen

from proxx_daemon.failures.codes import Code, FailureClass
from proxx_daemon.failures.table import FAILURES


class FinalStatus(StrEnum):
    """How a whole job ended."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    #: at least one clip completed and one failed; the spec lies in failed/
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
    #: what stands there, shortened; None where nothing does
    found: str | None = None
    #: what may stand there; None where that cannot be listed
    allowed: str | None = None
    #: what to do; the table's own advice where this is None
    action: str | None = None

    def advice(self) -> str:
        """Say what to do about it."""
        return self.action or FAILURES[self.code].action


@frozen(kw_only=True)
class Failure:
    """Why a job or one of its clips failed."""

    #: stable code
    code: Code
    #: one sentence: what happened, with the facts of this case
    message: str
    #: what the operator does next
    action: str
    #: every problem found, where there can be several
    errors: tuple[Problem, ...] = ()

    @property
    def failure_class(self) -> FailureClass:
        """Which of the three classes the code belongs to."""
        return FAILURES[self.code].failure_class


def failure(code: Code, message: str, *, action: str | None = None) -> Failure:
    """Build a failure with one cause; the action is the table's unless a better one is given."""
    return Failure(code=code, message=message, action=action or FAILURES[code].action)


def failure_of(problems: Sequence[Problem]) -> Failure:
    """Join the problems of a spec into the one failure that its result carries.

    The code is the problems' own where they share one, else `VALIDATION_FAILED`: a reader
    that acts on codes sees a precise one whenever there is one.

    Raises ValueError without problems.
    """
    if not problems:
        raise ValueError("a failure needs at least one problem")
    first = problems[0]
    if len(problems) == 1:
        return Failure(
            code=first.code, message=first.message, action=first.advice(), errors=tuple(problems)
        )
    codes = {problem.code for problem in problems}
    code = first.code if len(codes) == 1 else Code.VALIDATION_FAILED
    messages = "; ".join(problem.message for problem in problems)
    return Failure(
        code=code,
        message=f"{len(problems)} problems: {messages}",
        action=FAILURES[code].action,
        errors=tuple(problems),
    )


class ProxxError(Exception):
    """Root of the errors that Proxx raises itself."""


class JobFailed(ProxxError):
    """This job, or this clip of it, cannot go on; the daemon can."""

    def __init__(self, reason: Failure) -> None:
        super().__init__(reason.message)
        self.failure = reason


class FatalError(ProxxError):
    """The command cannot go on at all: the message is for the operator."""
