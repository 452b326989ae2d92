"""Failures as JSON: the same in results and in what the commands answer with `--json`."""

from typing import Any, Final

from attrs import asdict, evolve, field, frozen

from proxx_daemon.documents.fields import Rule, Schema, described
from proxx_daemon.documents.schema import one_of, record_schema, when
from proxx_daemon.documents.writing import converter
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import Failure

_SENTENCE: Final = Rule(says="text, not empty", schema={"minLength": 1})


@frozen(kw_only=True)
class ProblemDocument:
    """One thing that is wrong."""

    code: Code = field(metadata=described("What it is, for programs."))
    path: str = field(
        metadata=described("Where in the spec, as `sources[1]`; empty for the whole document.")
    )
    message: str = field(metadata=described("What is wrong.", _SENTENCE))
    found: str | None = field(metadata=described("The value that was found, shortened."))
    allowed: str | None = field(metadata=described("What is allowed there."))
    action: str = field(metadata=described("What to do about it.", _SENTENCE))


@frozen(kw_only=True)
class FailureDocument:
    """Why a job or a clip failed."""

    failure_class: FailureClass = field(metadata=described("When it happened.", name="class"))
    code: Code = field(metadata=described("What it is, for programs; codes are never renamed."))
    message: str = field(
        metadata=described("What happened, with the facts of this case.", _SENTENCE)
    )
    action: str = field(metadata=described("What to do about it.", _SENTENCE))
    errors: tuple[ProblemDocument, ...] = field(
        metadata=described("Every problem that was found, where there can be several.")
    )


_CONVERTER: Final = converter()


def failure_document(failure: Failure) -> dict[str, Any]:
    """Return one failure as the result JSON has it."""
    document = FailureDocument(
        failure_class=failure.failure_class,
        code=failure.code,
        message=failure.message,
        action=failure.action,
        errors=tuple(
            ProblemDocument(**asdict(evolve(each, action=each.advice()))) for each in failure.errors
        ),
    )
    values: dict[str, Any] = _CONVERTER.unstructure(document)
    return values


def failure_schema() -> Schema:
    """Return the schema of a failure; a code belongs to one class."""
    codes = {each: [code for code in Code if code.failure_class is each] for each in FailureClass}
    body = record_schema(FailureDocument, written=True, refs={ProblemDocument: "problem"})
    body["allOf"] = [
        when("class", each, {"properties": {"code": one_of(codes[each])}}) for each in codes
    ]
    return body
