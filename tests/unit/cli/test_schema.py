"""The schemas as a set, and what the schema of a result admits."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator
from unit.records import document

from proxx_daemon.cli.schema import NAMES, schemas, to_text
from proxx_daemon.engines.engine import Engine, EngineOrigin, EngineTools
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import failure
from proxx_daemon.job.states import JobState
from proxx_daemon.output.check import Check, Condition, EditorVerdict
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome, Transition
from proxx_daemon.result.writing import Provenance, result_document, to_bytes
from proxx_daemon.source.fingerprint import Fingerprint
from proxx_daemon.system.program import Program

SCHEMA = schemas(profiles())["result"]
VALIDATOR = Draft202012Validator(SCHEMA)
NOW = datetime(2026, 1, 31, 10, tzinfo=UTC)
SHA256 = "0123456789abcdef" * 4
DONE = ClipResult(
    index=0,
    source_path="/media/A.mov",
    resolved_output_path="/proxies/A.mp4",
    status=ClipStatus.COMPLETED,
    resolved_tokens={"source_name": "A"},
    command=("/opt/ffmpeg",),
    exit_code=0,
    started_at=NOW,
    completed_at=NOW,
    duration_seconds=2.0,
    output_size_bytes=4711,
    source_fingerprint=Fingerprint(method="proxx-source-1", value=SHA256),
    output_fingerprint=Fingerprint(method="sha256", value=SHA256),
    transformation_fingerprint=Fingerprint(method="proxx-transformation-2", value=SHA256),
    verification=(Check(name="width", expected=960, found=960, passed=True),),
    relink=(
        EditorVerdict(
            editor="DaVinci Resolve",
            attaches=True,
            conditions=(Condition(name="reel", blocking=True, holds=True, detail="A, A"),),
            source="docs/reference/relink.md#davinci-resolve",
        ),
    ),
)
REASON = failure(Code.ENGINE_FAILED, "FFmpeg exited with code 1")
FAILED = attrs.evolve(
    DONE,
    index=1,
    status=ClipStatus.FAILED,
    failure=REASON,
    exit_code=1,
    output_size_bytes=None,
    output_fingerprint=None,
    verification=(),
    relink=(),
)
LEFT = ClipResult(
    index=2, source_path="/c", resolved_output_path=None, status=ClipStatus.NOT_ATTEMPTED
)


def result(**changes: Any) -> Any:
    """Give the result of a completed job with one clip as it is read from disk."""
    tools = EngineTools(ffmpeg="/opt/ffmpeg", ffprobe="/opt/ffprobe", origin=EngineOrigin.PATH)
    none: frozenset[str] = frozenset()
    engine = Engine(
        tools=tools,
        version="8.1",
        ffmpeg=Program(path=tools.ffmpeg, sha256=SHA256, look=()),
        ffprobe=Program(path=tools.ffprobe, sha256=SHA256, look=()),
        encoders=none,
        decoders=none,
        decodes=none,
    )
    outcome = JobOutcome(
        job_id="job-1",
        jobspec=document(),
        jobspec_sha256=SHA256,
        clips=(DONE,),
        failure=None,
        profile_name="proxy_h264_low",
        profile_fingerprint=SHA256,
        resolve_preset=None,
        engine_used="ffmpeg",
        engine=engine,
        started_at=NOW,
        completed_at=NOW,
        duration_seconds=3.0,
    )
    provenance = Provenance(
        proxx_version="0.1.0", host="node", worker="1", attempt_id="abc", spec_name=None
    )
    history = [Transition(state=state, at=NOW) for state in JobState]
    written = result_document(attrs.evolve(outcome, **changes), history, provenance)
    return json.loads(to_bytes(written))


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_one_of_its_dialect_and_describes_every_field(name: str) -> None:
    schema = schemas(profiles())[name]
    Draft202012Validator.check_schema(schema)
    assert json.loads(to_text(schema)) == schema
    for field, rules in schema["properties"].items():
        assert rules.get("description"), field


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"clips": (DONE, FAILED, LEFT), "failure": REASON},
        {"clips": (FAILED, LEFT), "failure": REASON},
        {"clips": (LEFT,), "failure": failure(Code.INTERRUPTED, "stopped")},
        {"clips": (), "failure": failure(Code.SPEC_NOT_JSON, "no"), "jobspec": None},
        {"clips": (), "failure": failure(Code.SPEC_UNREADABLE, "no"), "jobspec_sha256": None},
        {"engine": None, "engine_used": None, "profile_name": None, "profile_fingerprint": None},
    ],
)
def test_what_the_code_writes_is_admitted(changes: dict[str, Any]) -> None:
    VALIDATOR.validate(result(**changes))


@pytest.mark.parametrize("code", Code)
def test_every_failure_code_is_admitted_with_its_class_only(code: Code) -> None:
    document = result(clips=(), failure=failure(code, "why"))
    VALIDATOR.validate(document)
    for other in FailureClass:
        document["failure"]["class"] = str(other)
        assert VALIDATOR.is_valid(document) is (code.failure_class is other)


def _objects(node: Any) -> list[dict[str, Any]]:
    """Give every object of a result, the spec and the tokens left out."""
    found = [node] if isinstance(node, dict) else []
    values = list(node.items()) if isinstance(node, dict) else list(enumerate(node))
    for key, value in values:
        if isinstance(value, dict | list) and key not in ("jobspec", "resolved_tokens"):
            found += _objects(value)
    return found


def test_every_field_is_required_and_no_other_is_admitted() -> None:
    whole = result(clips=(DONE, FAILED), failure=REASON)
    for place in range(len(_objects(whole))):
        for key in _objects(whole)[place]:
            lacking = copy.deepcopy(whole)
            del _objects(lacking)[place][key]
            assert not VALIDATOR.is_valid(lacking), key
        larger = copy.deepcopy(whole)
        _objects(larger)[place]["colour"] = "red"
        assert not VALIDATOR.is_valid(larger), place


def _set(*path: str | int, to: object) -> Callable[[Any], None]:
    """Make a change of one value of a result."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("result_version", to="1.1"),
        _set("final_status", to="PARTIAL"),
        _set("final_status", to="FAILED"),
        _set("final_status", to="DONE"),
        _set("clips", to=[]),
        _set("clips", 0, "status", to="NOT_ATTEMPTED"),
        _set("clips", 0, "status", to="FAILED"),
        _set("clips", 0, "index", to=-1),
        _set("clips", 0, "exit_code", to=1),
        _set("clips", 0, "output_size_bytes", to=0),
        _set("clips", 0, "output_size_bytes", to=None),
        _set("clips", 0, "output_fingerprint", to=None),
        _set("clips", 0, "output_fingerprint", "method", to="md5"),
        _set("clips", 0, "source_fingerprint", "value", to="aa"),
        _set("clips", 0, "resolved_tokens", "colour", to="red"),
        _set("clips", 0, "verification", to=[]),
        _set("clips", 0, "verification", 0, "passed", to=False),
        _set("clips", 0, "command", to="ffmpeg"),
        _set("transitions", 0, "state", to="STARTED"),
        _set("started_at", to="2026-01-31T10:00:00"),
        _set("duration_seconds", to=-1),
        _set("jobspec_sha256", to="AA"),
        _set("_metadata", "engine_used", to="avid"),
        _set("_metadata", "engine_origin", to="guessed"),
        _set("_metadata", "host", to=None),
    ],
)
def test_a_result_of_a_completed_job_that_contradicts_itself_is_refused(
    change: Callable[[Any], None],
) -> None:
    document = result()
    VALIDATOR.validate(document)
    change(document)
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_a_job_with_clips_of_both_kinds_is_partial_only(status: str) -> None:
    document = result(clips=(DONE, FAILED), failure=REASON)
    document["final_status"] = status
    assert not VALIDATOR.is_valid(document)


@pytest.mark.parametrize("status", ["PARTIAL", "FAILED"])
def test_a_job_that_did_not_complete_says_why(status: str) -> None:
    clips = (DONE, LEFT) if status == "PARTIAL" else (LEFT,)
    document = result(clips=clips, failure=REASON)
    assert document["final_status"] == status
    document["failure"] = None
    assert not VALIDATOR.is_valid(document)
