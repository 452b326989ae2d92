"""The JSON Schema of a result: its records', and what follows from the statuses."""

from typing import Final

from proxx_daemon.documents.failure import ProblemDocument, failure_schema
from proxx_daemon.documents.fields import Schema
from proxx_daemon.documents.schema import NULL, record_schema, top, when
from proxx_daemon.failures.errors import Failure, FinalStatus
from proxx_daemon.result.result import RESULT_VERSION, ClipResult, ClipStatus, Result

_FAILURE: Final[Schema] = {"$ref": "#/$defs/failure"}
_DEFINED: Final = {ClipResult: "clip", Failure: "failure"}


def result_schema() -> Schema:
    """Return the schema of the result JSON beside every finished spec."""
    body = record_schema(Result, written=True, refs=_DEFINED)
    clip = record_schema(ClipResult, written=True, refs=_DEFINED)
    definitions = {
        "clip": {"description": "What became of one source."} | clip | {"allOf": _clip_statuses()},
        "failure": {"description": "Why a job or a clip failed."} | failure_schema(),
        "problem": {"description": "One thing that is wrong."}
        | record_schema(ProblemDocument, written=True),
    }
    return top(
        "result",
        RESULT_VERSION,
        f"Proxx result {RESULT_VERSION}",
        "What became of one job: how it ended, what ran, what was measured.",
        {**body, "allOf": _statuses(), "$defs": definitions},
    )


def _statuses() -> list[Schema]:
    completed = {"properties": {"status": {"const": str(ClipStatus.COMPLETED)}}}
    failed = {"properties": {"failure": _FAILURE}}
    return [
        when(
            "final_status",
            FinalStatus.COMPLETED,
            {"properties": {"failure": NULL, "clips": {"items": completed, "minItems": 1}}},
        ),
        when(
            "final_status",
            FinalStatus.FAILED,
            {"allOf": [failed, {"properties": {"clips": {"items": {"not": completed}}}}]},
        ),
        when(
            "final_status",
            FinalStatus.PARTIAL,
            {"allOf": [failed, {"properties": {"clips": {"contains": completed}}}]},
        ),
    ]


def _clip_statuses() -> list[Schema]:
    published = {
        "resolved_output_path": {"type": "string"},
        "exit_code": {"enum": [0, None]},
        "output_size_bytes": {"type": "integer"},
        "output_fingerprint": {"type": "object"},
        "verification": {"minItems": 1, "items": {"properties": {"passed": {"const": True}}}},
        "relink": {"minItems": 1},
        "failure": NULL,
    }
    unattempted = {"exit_code": NULL, "output_size_bytes": NULL, "failure": NULL}
    return [
        when("status", ClipStatus.COMPLETED, {"properties": published}),
        when("status", ClipStatus.FAILED, {"properties": {"failure": _FAILURE}}),
        when("status", ClipStatus.NOT_ATTEMPTED, {"properties": unattempted}),
    ]
