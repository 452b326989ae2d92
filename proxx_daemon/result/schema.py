"""The JSON Schema of a result, built from the tables of states, statuses and failure codes."""

from typing import Final

from proxx_daemon.documents.schema_parts import (
    Schema,
    choice,
    moment,
    optional,
    record,
    sha256,
    text,
    top,
    when,
    whole,
)
from proxx_daemon.engines.engine import EngineOrigin
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import FinalStatus
from proxx_daemon.job.states import JobState
from proxx_daemon.jobspec.jobspec import TOKENS, EngineKind
from proxx_daemon.plan.resolve_session import ResolveOrigin, Step
from proxx_daemon.result.result import RESULT_VERSION, ClipStatus
from proxx_daemon.source.fingerprint import (
    CONTENT_METHOD,
    OUTPUT_METHOD,
    RAW_SOURCE_METHOD,
    SOURCE_METHOD,
    TRANSFORMATION_METHOD,
)

_NULL: Final[Schema] = {"type": "null"}
_FAILURE: Final[Schema] = {"$ref": "#/$defs/failure"}
_CLIP: Final[Schema] = {"$ref": "#/$defs/clip"}


def result_schema() -> Schema:
    """Give the schema of the result JSON that lies beside every finished spec."""
    body = record(_job(), allOf=_statuses())
    definitions = {"clip": _clip(), "failure": _failure(), "problem": _problem()}
    return top(
        "result",
        RESULT_VERSION,
        f"Proxx result {RESULT_VERSION}",
        "What became of one job: how it ended, what ran, what was measured.",
        {**body, "$defs": definitions},
    )


def _job() -> dict[str, Schema]:
    return {
        "result_version": {"description": "The version of this form.", "const": RESULT_VERSION},
        "job_id": text("The submitter's id, or the generated one.", minLength=1),
        "final_status": choice("How the job ended.", FinalStatus),
        "failure": {
            "description": "Why the job failed; null when it completed.",
            "anyOf": [_FAILURE, _NULL],
        },
        "clips": {
            "type": "array",
            "description": "Every clip, in the spec's order; empty where the spec named none.",
            "items": _CLIP,
        },
        "started_at": moment("When the job was claimed."),
        "completed_at": moment("When its last clip, or the job, was decided."),
        "duration_seconds": _seconds("Seconds between the two."),
        "transitions": {
            "type": "array",
            "description": "The states that the job went through, in order.",
            "items": record(
                {
                    "state": choice("The state that was entered.", JobState),
                    "at": moment("When it was entered."),
                }
            ),
        },
        "jobspec": {
            "description": "The submitted document as it was read: any JSON value; null where "
            "it could not be parsed.",
        },
        "jobspec_sha256": optional(
            sha256("SHA-256 of the document's bytes; null where they could not be read.")
        ),
        "_metadata": _metadata(),
    }


def _statuses() -> list[Schema]:
    """Say what follows from the final status."""
    completed = {"properties": {"status": {"const": str(ClipStatus.COMPLETED)}}}
    failed = {"properties": {"failure": _FAILURE}}
    return [
        when(
            "final_status",
            FinalStatus.COMPLETED,
            {"properties": {"failure": _NULL, "clips": {"items": completed, "minItems": 1}}},
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


def _clip() -> Schema:
    fields = {
        "index": {"type": "integer", "description": "Position in the job, from 0.", "minimum": 0},
        "source_path": text("The source, as the spec has it."),
        "resolved_output_path": optional(
            text("Absolute path of the proxy; null where no name was resolved.")
        ),
        "status": choice("How the clip ended.", ClipStatus),
        "resolved_tokens": {
            "type": "object",
            "description": "The value of every token that had one.",
            "propertyNames": {"enum": list(TOKENS)},
            "additionalProperties": {"type": "string"},
        },
        "command": _texts(
            "FFmpeg's arguments, program first; empty where none was planned, and for Resolve."
        ),
        "resolve_steps": {
            "type": "array",
            "description": "The steps of the session with Resolve; empty for FFmpeg.",
            "items": _step(),
        },
        "exit_code": optional(
            {
                "type": "integer",
                "description": "The engine's exit code; negative for a signal, null where it "
                "did not run, or where a session with Resolve had to be ended after its render.",
            }
        ),
        "started_at": optional(moment("When the engine was started; null where it was not.")),
        "completed_at": optional(moment("When the clip was decided; null where it never began.")),
        "duration_seconds": optional(_seconds("Seconds that the clip took.")),
        "output_size_bytes": optional(
            {"type": "integer", "description": "Bytes of the published proxy.", "minimum": 1}
        ),
        "source_fingerprint": optional(
            _fingerprint("Of the source's content.", SOURCE_METHOD, RAW_SOURCE_METHOD)
        ),
        "output_fingerprint": optional(_fingerprint("Of the published bytes.", OUTPUT_METHOD)),
        "transformation_fingerprint": optional(
            _fingerprint("Of source, profile and rate rule together.", TRANSFORMATION_METHOD)
        ),
        "source_content_fingerprint": optional(
            record(
                {
                    "method": {"description": "How it was made.", "const": CONTENT_METHOD},
                    "value": text("The hash.", **whole("[0-9a-f]{32}")),
                },
                description="Of every byte of the source, where that was asked for.",
            )
        ),
        "verification": {
            "type": "array",
            "description": "Every check of the proxy against the plan.",
            "items": _check(),
        },
        "relink": {
            "type": "array",
            "description": "Whether the proxy attaches to its source, for each editing system; "
            "empty where no proxy was verified.",
            "items": _verdict(),
        },
        "partial_path": optional(text("The unpublished file that was kept; null without one.")),
        "failure": {"description": "Why the clip failed; else null.", "anyOf": [_FAILURE, _NULL]},
        "engine_log_tail": _texts("The last lines of the engine's log."),
    }
    return record(fields, description="What became of one source.", allOf=_clip_statuses())


def _clip_statuses() -> list[Schema]:
    """Say what follows from a clip's status."""
    published = {
        "resolved_output_path": {"type": "string"},
        "exit_code": {"enum": [0, None]},
        "output_size_bytes": {"type": "integer"},
        "output_fingerprint": {"type": "object"},
        "verification": {"minItems": 1, "items": {"properties": {"passed": {"const": True}}}},
        "relink": {"minItems": 1},
        "failure": _NULL,
    }
    unattempted = {"exit_code": _NULL, "output_size_bytes": _NULL, "failure": _NULL}
    return [
        when("status", ClipStatus.COMPLETED, {"properties": published}),
        when("status", ClipStatus.FAILED, {"properties": {"failure": _FAILURE}}),
        when("status", ClipStatus.NOT_ATTEMPTED, {"properties": unattempted}),
    ]


def _step() -> Schema:
    call = record(
        {
            "call": text("The call of Resolve's scripting API with its arguments."),
            "returned": text("What came back, shortened."),
        }
    )
    return record(
        {
            "step": choice("What was done.", Step),
            "calls": {"type": "array", "description": "Its calls, in order.", "items": call},
            "seconds": optional(_seconds("Seconds that it took; null where it did not end.")),
        }
    )


def _check() -> Schema:
    return record(
        {
            "name": text("What was compared."),
            "expected": {"description": "What was planned."},
            "found": {"description": "What was measured."},
            "passed": {"type": "boolean", "description": "Whether the two agree."},
        }
    )


def _verdict() -> Schema:
    condition = {
        "name": text("What the system matches by."),
        "blocking": {
            "type": "boolean",
            "description": "Whether it refuses a proxy without it; else things only go wrong.",
        },
        "holds": {"type": "boolean", "description": "Whether source and proxy agree."},
        "detail": text("The source's and the proxy's."),
    }
    return record(
        {
            "editor": text("Name of the editing system."),
            "attaches": {"type": "boolean", "description": "Every blocking condition holds."},
            "conditions": {
                "type": "array",
                "description": "What the system is documented to match by.",
                "items": record(condition),
            },
            "source": text("Where the documentation is quoted."),
        }
    )


def _failure() -> Schema:
    fields = {
        "class": choice("When it happened.", FailureClass),
        "code": choice("What it is, for programs; codes are never renamed.", Code),
        "message": text("What happened, with the facts of this case.", minLength=1),
        "action": text("What to do about it.", minLength=1),
        "errors": {
            "type": "array",
            "description": "Every problem that was found, where there can be several.",
            "items": {"$ref": "#/$defs/problem"},
        },
    }
    classes = [
        when(
            "class",
            failure_class,
            {
                "properties": {
                    "code": {
                        "enum": [str(code) for code in Code if code.failure_class is failure_class]
                    }
                }
            },
        )
        for failure_class in FailureClass
    ]
    return record(fields, description="Why a job or a clip failed.", allOf=classes)


def _problem() -> Schema:
    return record(
        {
            "code": choice("What it is, for programs.", Code),
            "path": text("Where in the spec, as sources[1]; empty for the whole document."),
            "message": text("What is wrong.", minLength=1),
            "found": optional(text("What stands there, shortened.")),
            "allowed": optional(text("What may stand there.")),
            "action": text("What to do about it.", minLength=1),
        },
        description="One thing that is wrong.",
    )


def _metadata() -> Schema:
    return record(
        {
            "engine_used": optional(
                choice("The engine; null before routing was reached.", EngineKind)
            ),
            "proxy_profile_used": optional(
                text("The canonical profile; null where none is known.")
            ),
            "proxy_profile_fingerprint": optional(sha256("SHA-256 of the profile's form.")),
            "resolve_preset_used": optional(text("The profile's render preset; Resolve only.")),
            "jobspec_version": optional(text("The version that the spec named.")),
            "engine_path": optional(
                text("The program that encoded; Resolve's scripting library for Resolve.")
            ),
            "engine_probe_path": optional(text("The program that measured.")),
            "engine_origin": optional(
                choice("How the engine was found.", [*EngineOrigin, *ResolveOrigin])
            ),
            "engine_version": optional(text("The version that the engine tells.")),
            "engine_sha256": optional(sha256("SHA-256 of the engine's program.")),
            "proxx_version": text("The version of Proxx."),
            "host": text("The machine that ran the job."),
            "worker": text("Which worker ran it; run for `proxx run`, recovery after a crash."),
            "attempt_id": text("Unique for every claim of a spec."),
            "spec_name": optional(text("The spec's file name at its claim; null for `proxx run`.")),
        },
        description="Who ran the job, and on what.",
    )


def _seconds(description: str) -> Schema:
    return {"type": "number", "description": description, "minimum": 0}


def _texts(description: str) -> Schema:
    return {"type": "array", "description": description, "items": {"type": "string"}}


def _fingerprint(description: str, *methods: str) -> Schema:
    return record(
        {
            "method": choice("How it was made.", methods),
            "value": sha256("The digest."),
        },
        description=description,
    )
