from datetime import UTC, datetime
from typing import Any

import pytest

from proxx_daemon.operators.resubmission import (
    NotResubmittableError,
    OldJob,
    document,
    next_id,
    read,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def old(template: str = "{source_name}", *statuses: str, job_id: str = "reel") -> OldJob:
    sources = [f"/{letter}.mov" for letter, _ in zip("abcdef", statuses, strict=False)]
    spec = {"job_id": job_id, "sources": sources, "naming_template": template, "codec": "h264"}
    return OldJob(job_id=job_id, jobspec=spec, clips=[{"status": each} for each in statuses])


@pytest.mark.parametrize(
    ("job_id", "taken", "expected"),
    [
        ("reel", [], "reel.r2"),
        ("reel", ["reel.r2", "reel.r3"], "reel.r4"),
        ("reel.r2", [], "reel.r3"),
        ("reel.r9", ["reel.r10"], "reel.r11"),
        ("reel.raw", [], "reel.raw.r2"),
        ("x" * 61, [], "x" * 61 + ".r2"),
    ],
)
def test_the_new_id_names_the_old_one(job_id: str, taken: list[str], expected: str) -> None:
    assert next_id(job_id, taken) == expected


def test_an_id_without_room_for_the_number_is_refused() -> None:
    with pytest.raises(NotResubmittableError, match="--job-id"):
        next_id("x" * 62, [])


def test_all_clips_again_change_nothing_but_id_and_moment() -> None:
    job = old("{index}", "COMPLETED", "FAILED")
    again = document(job, "reel.r2", NOW, failed_only=False)
    assert again == {**job.jobspec, "job_id": "reel.r2", "created_at": NOW.isoformat()}
    assert "created_at" not in job.jobspec


def test_the_clips_that_are_left_keep_their_order() -> None:
    job = old("{source_name}", "COMPLETED", "FAILED", "NOT_ATTEMPTED")
    assert document(job, "n", NOW, failed_only=True)["sources"] == ["/b.mov", "/c.mov"]


def test_a_job_that_failed_before_its_clips_were_listed_goes_again_whole() -> None:
    spec = {"sources": ["/a", "/b"], "naming_template": "{index}"}
    job = OldJob(job_id="x", jobspec=spec, clips=[])
    assert document(job, "n", NOW, failed_only=True)["sources"] == ["/a", "/b"]


@pytest.mark.parametrize("token", ["{index}", "{job_id}"])
def test_a_name_that_would_change_is_refused(token: str) -> None:
    job = old(token, "COMPLETED", "FAILED")
    with pytest.raises(NotResubmittableError, match="different names"):
        document(job, "n", NOW, failed_only=True)


def test_a_finished_job_has_nothing_left() -> None:
    with pytest.raises(NotResubmittableError, match="nothing is left"):
        document(old("x", "COMPLETED"), "n", NOW, failed_only=True)


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        {},
        {"job_id": "x", "jobspec": None, "clips": []},
        {"job_id": "x", "jobspec": {"sources": 3}, "clips": []},
        {"job_id": "x", "jobspec": {"sources": []}, "clips": [{}]},
        {"job_id": "x", "jobspec": {"sources": ["/a"]}, "clips": [{"status": "FAILED"}] * 2},
    ],
)
def test_what_is_no_result_of_a_readable_spec_is_refused(result: Any) -> None:
    with pytest.raises(NotResubmittableError):
        read(result)
