from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.documents.strict_json import holds_control
from proxx_daemon.spool.candidates import MAX_NAME_BYTES, objection, stems


@pytest.mark.parametrize(
    "name",
    [
        "job.json",
        "A 1.json",
        "job.v2.json",
        "Größe.json",
        "x.result.json.json",
        "Job\u202f3PM.json",
        "x" * 225 + ".json",
    ],
)
def test_a_visible_json_file_is_a_candidate(name: str) -> None:
    assert objection(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".job.json", "hidden"),
        ("._job.json", "hidden"),
        (".json", "hidden"),
        ("job.result.json", "named like a result"),
        ("job.JSON", "does not end with .json"),
        ("job.json.tmp", "does not end with .json"),
        ("job.json~", "does not end with .json"),
        ("job", "does not end with .json"),
        ("-rf.json", "temporary file"),
        ("~job.json", "temporary file"),
        ("#job.json", "temporary file"),
        ("job\udcff.json", "not valid UTF-8"),
        ("job\n.json", "control character"),
        ("job\x1b[2J.json", "control character"),
        ("job%d.json", "% or a backslash"),
        ("a\\b.json", "% or a backslash"),
        ("x" * 226 + ".json", "more than 230 bytes"),
        ("ä" * 113 + ".json", "more than 230 bytes"),
    ],
)
def test_every_other_name_is_left_alone_with_its_reason(name: str, reason: str) -> None:
    said = objection(name)
    assert said is not None
    assert reason in said


@given(st.binary(min_size=1, max_size=260))
def test_no_name_that_a_disk_can_hold_crashes_the_decision(raw: bytes) -> None:
    name = raw.decode("utf-8", "surrogateescape")
    if objection(name) is None:
        assert not holds_control(name)
        assert len(raw) <= MAX_NAME_BYTES


def test_a_spec_is_filed_under_its_stem_and_then_under_numbers() -> None:
    assert list(islice(stems("job.json"), 3)) == ["job", "job-2", "job-3"]
    assert next(stems("job.v2.json")) == "job.v2"


def test_the_longest_name_leaves_room_for_number_and_suffix() -> None:
    stem = "x" * (MAX_NAME_BYTES - len(".json"))
    assert len(f"{stem}-99999.result.json") <= 255
