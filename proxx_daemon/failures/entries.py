"""The form of one failure in the table of `codes`: its class, its texts, and how a job goes on."""

from enum import StrEnum, auto
from functools import partial
from typing import Any, Final, Self


class FailureClass(StrEnum):
    """When a failure happened (classes A, B and C)."""

    #: A: before a JobSpec exists
    PRE_JOB = "pre_job"
    #: B: a JobSpec exists, nothing was run
    VALIDATION = "validation"
    #: C: an engine had been started, or was about to be
    EXECUTION = "execution"


class NamedEntry(StrEnum):
    """A stable name with its texts; its value is its name."""

    #: what it means, in a sentence or two
    meaning: str
    #: what to do next, for a person who may have only a browser; else it says who can do it
    action: str
    #: where the cause shows on the machine; empty if the message is enough
    look: str

    def take(self, text: str) -> None:
        """Set the texts: the meaning, then "Do:", then perhaps "Look:"; for `__new__` alone."""
        self._value_ = str.__str__(self)
        self.meaning, _, rest = " ".join(text.split()).partition(" Do: ")
        self.action, _, self.look = rest.partition(" Look: ")

    @staticmethod
    def _generate_next_value_(name: str, *_: object) -> str:
        return name


class Entry(NamedEntry):
    """A code with its class and texts."""

    #: when it happens
    failure_class: FailureClass
    #: how the job goes on after that
    then: str

    def __new__(cls, name: str, *about: Any) -> Self:
        """Make one code out of what `entry` returns."""
        code = str.__new__(cls, name)
        code.failure_class, code.then, text = about
        code.take(text)
        return code


def entry(failure_class: FailureClass, then: str, text: str) -> tuple[object, ...]:
    """Return the value of one code; `text` is its meaning, then "Do:", then perhaps "Look:"."""
    return auto(), failure_class, then, text


NEW_SPEC: Final = "Submit a corrected JobSpec as a new file. The same one would fail again."
#: before a JobSpec exists
before: Final = partial(entry, FailureClass.PRE_JOB, "Create the job again.")
#: the file was not read as a JobSpec; it may be right
unread: Final = partial(
    entry,
    FailureClass.VALIDATION,
    "Drop the file into `pending/` again. It was not read, so it cannot be resubmitted.",
)
#: the JobSpec itself is wrong
spec: Final = partial(entry, FailureClass.VALIDATION, NEW_SPEC)
#: the JobSpec may be right; something that it needs is missing or wrong
check: Final = partial(
    entry, FailureClass.VALIDATION, "Resubmit the job: `proxx resubmit FOLDER NAME`."
)
#: while it ran, or after
run: Final = partial(
    entry,
    FailureClass.EXECUTION,
    "Resubmit what is left: `proxx resubmit FOLDER NAME --failed-clips`. Completed clips stay.",
)
