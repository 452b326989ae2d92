import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.records import document

from proxx_daemon.documents.failure import failure_document
from proxx_daemon.engines.engine import Engine, EngineOrigin, EngineTools
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FinalStatus, Problem, failure, failure_of
from proxx_daemon.job.states import JobState
from proxx_daemon.output.check import Check
from proxx_daemon.plan.resolve_session import (
    Call,
    ResolveEngine,
    ResolveInstallation,
    ResolveOrigin,
    Step,
    StepRecord,
)
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome, Transition
from proxx_daemon.result.writing import (
    Provenance,
    clip_document,
    completed_clip,
    result_document,
    to_bytes,
)
from proxx_daemon.source.fingerprint import Fingerprint
from proxx_daemon.system.program import Program

START = datetime(2026, 1, 31, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
DONE = ClipResult(
    index=0,
    source_path="/media/A.mov",
    resolved_output_path="/proxies/A.mp4",
    status=ClipStatus.COMPLETED,
    resolved_tokens={"source_name": "A", "index": "000"},
    command=("/opt/ffmpeg", "-i", "file:/media/A.mov"),
    exit_code=0,
    started_at=START,
    completed_at=START + timedelta(seconds=2),
    duration_seconds=2.0,
    output_size_bytes=4711,
    source_fingerprint=Fingerprint(method="proxx-source-1", value="aa"),
    output_fingerprint=Fingerprint(method="sha256", value="bb"),
    transformation_fingerprint=Fingerprint(method="proxx-transformation-2", value="ff"),
    verification=(
        Check(name="width", expected=960, found=960, passed=True),
        Check(name="duration_seconds", expected=10.01, found=10.01, passed=True),
        Check(name="audio_channels", expected=[2, 1], found=[2, 1], passed=True),
    ),
    engine_log_tail=("[info] done", "Größe"),
)
ENGINE = Engine(
    tools=EngineTools(ffmpeg="/opt/ffmpeg", ffprobe="/opt/ffprobe", origin=EngineOrigin.PATH),
    version="8.1",
    ffmpeg=Program(path="/opt/ffmpeg", sha256="cc", look=()),
    ffprobe=Program(path="/opt/ffprobe", sha256="ce", look=()),
    encoders=frozenset({"libx264"}),
    decoders=frozenset({"h264"}),
    decodes=frozenset({"h264"}),
)
OUTCOME = JobOutcome(
    job_id="job-1",
    jobspec=document(),
    jobspec_sha256="dd",
    clips=(DONE,),
    failure=None,
    profile_name="proxy_h264_low",
    profile_fingerprint="ee",
    resolve_preset=None,
    engine_used="ffmpeg",
    engine=ENGINE,
    started_at=START,
    completed_at=START + timedelta(seconds=3),
    duration_seconds=3.00049,
)
PROVENANCE = Provenance(
    proxx_version="0.1.0", host="node", worker="1", attempt_id="abc", spec_name="a.json"
)
TRANSITIONS = (
    Transition(state=JobState.CLAIMED, at=START),
    Transition(state=JobState.VALIDATING, at=START),
)


def written(**changes: Any) -> Any:
    outcome = attrs.evolve(OUTCOME, **changes)
    return json.loads(to_bytes(result_document(outcome, TRANSITIONS, PROVENANCE)))


def test_the_keys_of_a_result_stand_in_the_order_of_the_contract() -> None:
    result = written()
    assert list(result) == [
        "result_version",
        "job_id",
        "final_status",
        "failure",
        "clips",
        "started_at",
        "completed_at",
        "duration_seconds",
        "transitions",
        "jobspec",
        "jobspec_sha256",
        "_metadata",
    ]


def test_the_keys_of_a_clip_stand_in_the_order_of_the_contract() -> None:
    assert list(written()["clips"][0]) == [
        "index",
        "source_path",
        "resolved_output_path",
        "status",
        "resolved_tokens",
        "command",
        "resolve_steps",
        "exit_code",
        "started_at",
        "completed_at",
        "duration_seconds",
        "output_size_bytes",
        "source_fingerprint",
        "output_fingerprint",
        "transformation_fingerprint",
        "source_content_fingerprint",
        "verification",
        "left_out",
        "relink",
        "partial_path",
        "failure",
        "engine_log_tail",
    ]


def test_the_metadata_hold_what_the_contract_lists_in_a_fixed_order() -> None:
    assert list(written()["_metadata"]) == [
        "engine_used",
        "proxy_profile_used",
        "proxy_profile_fingerprint",
        "resolve_preset_used",
        "jobspec_version",
        "engine_path",
        "engine_probe_path",
        "engine_probe_sha256",
        "engine_origin",
        "engine_version",
        "engine_sha256",
        "proxx_version",
        "host",
        "worker",
        "attempt_id",
        "spec_name",
    ]


def test_a_completed_job_says_so_and_what_it_was() -> None:
    result = written()
    assert result["result_version"] == "1.0"
    assert (result["final_status"], result["failure"]) == ("COMPLETED", None)
    assert result["jobspec"] == document()
    assert result["duration_seconds"] == 3.0
    assert result["started_at"] == "2026-01-31T10:00:00.123456+01:00"
    assert result["transitions"][1] == {"state": "VALIDATING", "at": START.isoformat()}
    metadata = result["_metadata"]
    assert metadata["jobspec_version"] == "2.1"
    assert (metadata["engine_path"], metadata["engine_origin"]) == ("/opt/ffmpeg", "path")


def test_a_job_without_engine_or_readable_spec_has_nulls_there() -> None:
    result = written(
        engine=None,
        jobspec=None,
        jobspec_sha256=None,
        clips=(),
        failure=failure(Code.SPEC_EMPTY, "The spec is empty."),
    )
    assert result["jobspec"] is None
    assert result["_metadata"]["engine_path"] is None
    assert result["_metadata"]["jobspec_version"] is None


@pytest.mark.parametrize("jobspec", [[], "2.1", {"jobspec_version": 2.1}, {}])
def test_a_version_that_is_no_text_is_none(jobspec: object) -> None:
    result = written(jobspec=jobspec)
    assert result["jobspec"] == jobspec
    assert result["_metadata"]["jobspec_version"] is None


def test_a_failure_has_class_code_message_action_and_every_error() -> None:
    problems = [
        Problem(code=Code.FIELD_TYPE, path="codec", message="m1", found="5", allowed="string"),
        Problem(code=Code.FIELD_UNKNOWN, path="x", message="m2", action="Take it out."),
    ]
    assert failure_document(failure_of(problems)) == {
        "class": "validation",
        "code": "VALIDATION_FAILED",
        "message": "2 problems: m1; m2",
        "action": Code.VALIDATION_FAILED.action,
        "errors": [
            {
                "code": "FIELD_TYPE",
                "path": "codec",
                "message": "m1",
                "found": "5",
                "allowed": "string",
                "action": Code.FIELD_TYPE.action,
            },
            {
                "code": "FIELD_UNKNOWN",
                "path": "x",
                "message": "m2",
                "found": None,
                "allowed": None,
                "action": "Take it out.",
            },
        ],
    }


def test_a_failed_clip_carries_its_failure_as_the_job_does() -> None:
    reason = failure(Code.ENGINE_FAILED, "FFmpeg exited with code 1: x")
    clip = attrs.evolve(DONE, status=ClipStatus.FAILED, failure=reason)
    assert clip_document(clip)["failure"] == failure_document(reason)


def test_a_completed_clip_comes_back_from_json_as_it_went() -> None:
    assert completed_clip(json.loads(to_bytes(clip_document(DONE)))) == DONE


@pytest.mark.parametrize("damage", [None, [], "x", {}, {"index": 0}])
def test_a_document_that_is_no_clip_is_not_taken_for_one(damage: object) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - of any kind, as it says
        completed_clip(damage)


def test_one_completed_clip_and_a_failure_are_partial() -> None:
    failed = attrs.evolve(DONE, index=1, status=ClipStatus.FAILED)
    reason = failure(Code.ENGINE_FAILED, "no")
    assert attrs.evolve(OUTCOME, failure=reason).status is FinalStatus.PARTIAL
    assert attrs.evolve(OUTCOME, failure=reason, clips=(failed,)).status is FinalStatus.FAILED
    assert attrs.evolve(OUTCOME, failure=reason, clips=()).status is FinalStatus.FAILED
    assert OUTCOME.status is FinalStatus.COMPLETED


def test_only_a_job_without_failure_ends_completed() -> None:
    assert OUTCOME.final_state is JobState.COMPLETED
    reason = failure(Code.ENGINE_FAILED, "no")
    assert attrs.evolve(OUTCOME, failure=reason).final_state is JobState.FAILED


def test_a_result_is_indented_utf8_with_a_newline_at_its_end() -> None:
    data = to_bytes({"a": "Größe"})
    assert data == '{\n  "a": "Größe"\n}\n'.encode()


ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(
    st.recursive(ANY_TEXT | st.none() | st.integers(), st.lists)
    | st.dictionaries(ANY_TEXT, ANY_TEXT)
)
def test_whatever_a_spec_held_is_written_back_the_same(raw: object) -> None:
    # A spec comes out of JSON, where two halves of a pair are one character.
    value = json.loads(json.dumps(raw))
    assert json.loads(to_bytes(value)) == value


def test_times_keep_their_offset_on_the_way_there_and_back() -> None:
    clip = attrs.evolve(DONE, started_at=datetime(2026, 7, 1, tzinfo=UTC))
    again = completed_clip(json.loads(to_bytes(clip_document(clip))))
    assert again.started_at is not None
    assert again.started_at.utcoffset() == timedelta(0)


def test_a_job_for_resolve_names_the_library_that_spoke_and_the_ffprobe_that_measured() -> None:
    place = ResolveInstallation(
        modules="/opt/resolve/Developer/Scripting/Modules",
        script_library="/opt/resolve/libs/Fusion/fusionscript.so",
        origin=ResolveOrigin.DOCUMENTED,
    )
    resolve = ResolveEngine(
        installation=place,
        product="DaVinci Resolve Studio",
        version="20.1",
        sha256="ff",
        presets=(),
    )
    outcome = attrs.evolve(OUTCOME, engine_used="resolve", resolve=resolve)
    metadata = result_document(outcome, TRANSITIONS, PROVENANCE)["_metadata"]
    assert metadata["engine_path"] == place.script_library
    assert metadata["engine_probe_path"] == ENGINE.tools.ffprobe
    assert metadata["engine_origin"] == "documented"
    assert metadata["engine_version"] == "DaVinci Resolve Studio 20.1"
    assert metadata["engine_sha256"] == "ff"
    # Before Resolve was asked nothing is claimed of what encoded.
    unasked = attrs.evolve(OUTCOME, engine_used="resolve")
    assert result_document(unasked, TRANSITIONS, PROVENANCE)["_metadata"]["engine_path"] is None


def test_the_steps_of_a_session_come_back_from_a_publish_record() -> None:
    steps = (
        StepRecord(step=Step.CONNECT, calls=(Call(call="a()", returned="True"),), seconds=0.5),
        StepRecord(step=Step.RENDER),
    )
    clip = attrs.evolve(DONE, command=(), resolve_steps=steps)
    assert completed_clip(json.loads(json.dumps(clip_document(clip)))) == clip
