"""Validation by a program looks at the disk and at the media, and writes nothing."""

import json
from pathlib import Path

import pytest
from proxx_process import spec_for

from proxx_daemon import api
from proxx_daemon.failures.codes import Code


def refused(text: str) -> api.JobSpecValidationError:
    """Give the error of a spec that is not valid."""
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.validate(text)
    return caught.value


def test_a_valid_job_is_given_back_and_nothing_is_written(tmp_path: Path, clips: Path) -> None:
    document = spec_for("proxy_h264_quarter", clips / "bikes.mp4", into=tmp_path, job_id="a")
    spec = api.validate(json.dumps(document))
    assert spec == api.from_json(json.dumps(document))
    assert api.validate(spec) == spec
    assert list(tmp_path.iterdir()) == []


def test_paths_are_looked_at_unless_the_caller_says_no(tmp_path: Path) -> None:
    document = spec_for("proxy_h264_low", tmp_path / "absent.mov", into=tmp_path / "absent")
    text = json.dumps(document)
    assert api.validate(text, check_paths=False).proxy_profile == "proxy_h264_low"
    codes = {problem.code for problem in refused(text).problems}
    assert codes == {Code.SOURCE_MISSING, Code.OUTPUT_DIRECTORY_MISSING}


def test_an_output_that_exists_is_refused(tmp_path: Path, clips: Path) -> None:
    (tmp_path / "bikes_proxy.mp4").write_bytes(b"mine")
    document = spec_for("proxy_h264_quarter", clips / "bikes.mp4", into=tmp_path)
    (problem,) = refused(json.dumps(document)).problems
    assert problem.code is Code.OUTPUT_EXISTS


def test_an_ffmpeg_profile_for_a_raw_source_has_the_quoted_message(tmp_path: Path) -> None:
    raw = tmp_path / "clip.ari"
    raw.write_bytes(b"ARRI")
    error = refused(json.dumps(spec_for("proxy_h264_low", raw, into=tmp_path)))
    assert str(error) == (
        "Profile 'proxy_h264_low' requires ffmpeg engine, but job routes to resolve"
    )


def test_a_resolve_profile_for_a_standard_source_has_the_quoted_message(
    tmp_path: Path, clips: Path
) -> None:
    document = spec_for("proxy_prores_proxy_resolve", clips / "bikes.mp4", into=tmp_path)
    assert str(refused(json.dumps(document))) == (
        "Profile 'proxy_prores_proxy_resolve' requires resolve engine, but job routes to ffmpeg"
    )


def test_a_failure_without_a_list_is_one_problem(
    tmp_path: Path, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROXX_FFMPEG", str(tmp_path / "no-ffmpeg"))
    document = spec_for("proxy_h264_quarter", clips / "bikes.mp4", into=tmp_path)
    error = refused(json.dumps(document))
    (problem,) = error.problems
    assert (problem.code, problem.message) == (error.failure.code, str(error))
    assert problem.advice() == error.failure.action
