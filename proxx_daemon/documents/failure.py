"""Failures as JSON: the same in results and in what the commands answer with `--json`."""

from typing import Annotated, Any, Final

from attrs import asdict, evolve, frozen

from proxx_daemon.documents.fields import Rule, Schema, more
from proxx_daemon.documents.schema import one_of, record_schema, when
from proxx_daemon.documents.writing import converter
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import Failure

_SENTENCE: Final = Rule(says="text, not empty", schema={"minLength": 1})


@frozen(kw_only=True)
class ProblemDocument:
    """One thing that is wrong."""

    code: Annotated[Code, "What it is, for programs."]
    path: Annotated[str, "Where in the spec, as `sources[1]`; empty for the whole document."]
    message: Annotated[str, "What is wrong.", _SENTENCE]
    found: Annotated[str | None, "The value that was found, shortened."]
    allowed: Annotated[str | None, "What is allowed there."]
    action: Annotated[str, "What to do about it.", _SENTENCE]


@frozen(kw_only=True)
class FailureDocument:
    """Why a job or a clip failed."""

    failure_class: Annotated[FailureClass, "When it happened.", more(name="class")]
    code: Annotated[Code, "What it is, for programs; codes are never renamed."]
    message: Annotated[str, "What happened, with the facts of this case.", _SENTENCE]
    action: Annotated[str, "What to do about it.", _SENTENCE]
    errors: Annotated[
        tuple[ProblemDocument, ...], "Every problem that was found, where there can be several."
    ]


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
