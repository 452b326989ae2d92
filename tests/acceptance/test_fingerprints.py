"""Fingerprints stand for material, profile and bytes, and for nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import xxhash
from proxx_process import Workplace, proxx

_CLIP = "carphone_pristine.mp4"
_PRINTS = (
    "source_fingerprint",
    "transformation_fingerprint",
    "output_fingerprint",
    "source_content_fingerprint",
)


def _run(
    workplace: Workplace, spec: object, name: str = "job.json", **environment: str
) -> dict[str, Any]:
    done = proxx("run", workplace.write_spec(name, spec), environment=environment)
    assert done.returncode == 0, done.stdout
    clip = json.loads(done.stdout)["clips"][0]
    return {each: clip[each] for each in _PRINTS}


@pytest.mark.long
def test_names_folders_times_and_user_profiles_leave_no_trace(workplace: Workplace) -> None:
    copy = workplace.root / "elsewhere" / "renamed.mov"
    copy.parent.mkdir()
    shutil.copyfile(workplace.clips / _CLIP, copy)
    origin = {
        "type": "user_profile",
        "name": "Remote_Cut",
        "version": "1.0",
        "selected_at": "2026-01-31T10:00:00+01:00",
    }
    plain = workplace.spec("proxy_h264_quarter", _CLIP)
    other = workplace.spec(
        "proxy_h264_quarter",
        sources=[str(copy)],
        naming_template="{job_id}",
        job_id="other",
        created_at="2026-01-31T10:00:00+01:00",
        proxy_profile_origin=origin,
    )
    assert _run(workplace, plain) == _run(workplace, other)
    again = other | {
        "job_id": "third",
        "proxy_profile_origin": origin | {"name": "Tablet_Review"},
    }
    assert (
        _run(workplace, again)["transformation_fingerprint"]
        == (_run(workplace, plain | {"naming_template": "x"})["transformation_fingerprint"])
    )


def test_another_rate_is_another_transformation_of_the_same_source(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_h264_quarter", _CLIP)
    explicit = {"fps_mode": "explicit", "fps_explicit": 25, "naming_template": "explicit"}
    one, other = _run(workplace, spec), _run(workplace, spec | explicit)
    assert one["source_fingerprint"] == other["source_fingerprint"]
    assert one["transformation_fingerprint"] != other["transformation_fingerprint"]


def test_the_content_of_sources_is_hashed_on_request_only(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_h264_quarter", _CLIP)
    assert _run(workplace, spec)["source_content_fingerprint"] is None
    asked = _run(workplace, spec | {"naming_template": "asked"}, PROXX_HASH_SOURCES="1")
    content = (workplace.clips / _CLIP).read_bytes()
    wanted = {"method": "xxh128", "value": xxhash.xxh3_128_hexdigest(content)}
    assert asked["source_content_fingerprint"] == wanted
    refused = proxx(
        "run", workplace.write_spec("no.json", spec), environment={"PROXX_HASH_SOURCES": "yes"}
    )
    assert refused.returncode == 4
    assert "PROXX_HASH_SOURCES (environment) is not valid." in refused.stderr


def test_the_command_gives_the_fingerprints_of_the_result(workplace: Workplace) -> None:
    result = _run(workplace, workplace.spec("proxy_h264_quarter", _CLIP), PROXX_HASH_SOURCES="1")
    path = workplace.clips / _CLIP
    done = proxx("fingerprint", "--content", path)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{result[name]['value']}  {result[name]['method']}  {path}"
        for name in ("source_fingerprint", "source_content_fingerprint")
    ]
    (entry,) = json.loads(proxx("fingerprint", "--json", path).stdout)
    assert entry == {
        "path": str(path),
        "failure": None,
        "source_fingerprint": result["source_fingerprint"],
    }


@pytest.mark.parametrize(
    ("name", "code"), [("no.mov", "SOURCE_MISSING"), ("t", "SOURCE_NOT_MEDIA")]
)
def test_a_file_that_cannot_be_a_source_does_not_hide_the_others(
    name: str, code: str, workplace: Workplace
) -> None:
    bad = workplace.root / name
    if name == "t":
        bad.write_text("text" * 100)
    good = workplace.clips / _CLIP
    done = proxx("fingerprint", bad, good)
    assert done.returncode == 1
    assert f"[{code}]" in done.stderr
    assert str(good) in done.stdout
    entries = json.loads(proxx("fingerprint", "--json", bad, good).stdout)
    assert entries[0]["failure"]["code"] == code
    assert entries[1]["failure"] is None


def test_a_relative_path_is_taken_from_here(workplace: Workplace) -> None:
    relative = Path(*[".."] * 40) / (workplace.clips / _CLIP).relative_to("/")
    done = proxx("fingerprint", relative)
    assert done.returncode == 0, done.stderr
    assert str(workplace.clips / _CLIP) in done.stdout
