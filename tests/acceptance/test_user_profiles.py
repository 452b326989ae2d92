"""`create` and `user-profiles` as a person or a script uses them, up to the finished proxy."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.profiles.catalogue import profiles

_BASE: Final = {
    "user_profile_version": "1.0",
    "description": "For tests.",
    "state": "ACTIVE",
    "constraints": {"codec_family": "h264", "max_resolution": "quarter"},
}
_SHELF: Final[dict[str, dict[str, Any]]] = {
    "Small": {},
    "Tiny": {"constraints": {"container": "mp4", "max_resolution": "quarter"}},
    "Old": {"state": "DEPRECATED"},
    "Done": {"state": "GRADUATED", "graduated_to": "proxy_prores_lt"},
    "Lost": {"state": "GRADUATED", "graduated_to": "proxy_h265"},
    "Broken": {"state": "NEW", "constraints": {"codec": 5}},
    "Impossible": {"constraints": {"codec": "vp9"}},
    "Vague": {"constraints": {"codec_family": "h264"}},
}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Give a folder with a user profile for each way in which one can end."""
    folder = tmp_path / "user profiles"
    folder.mkdir()
    for name, fields in _SHELF.items():
        (folder / f"{name}.json").write_text(json.dumps({**_BASE, "name": name, **fields}))
    return folder


def _create(shelf: Path, profile: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return proxx("create", "--profiles-dir", shelf, "--profile", profile, *arguments)


def _listing(place: Path) -> list[str]:
    return sorted(str(path) for path in place.rglob("*"))


@pytest.mark.parametrize(
    ("profile", "code", "message"),
    [
        ("Absent", "USER_PROFILE_UNKNOWN", "Profile 'Absent' does not exist."),
        ("Broken", "USER_PROFILE_INVALID", "constraints.codec must be a string, not number"),
        ("Lost", "USER_PROFILE_INVALID", "graduated_to is not the name of a canonical profile"),
        (
            "Old",
            "USER_PROFILE_DEPRECATED",
            "Profile 'Old' is deprecated and cannot be used for new jobs.",
        ),
        (
            "Done",
            "USER_PROFILE_GRADUATED",
            "Profile 'Done' graduated and cannot be used",
        ),
        (
            "Impossible",
            "USER_PROFILE_UNSATISFIABLE",
            "UserProxyProfile 'Impossible' no longer compiles: codec constraint incompatible with",
        ),
        ("Vague", "USER_PROFILE_AMBIGUOUS", "2 canonical profiles match."),
    ],
)
def test_a_profile_that_cannot_be_used_makes_no_jobspec(
    workplace: Workplace, shelf: Path, profile: str, code: str, message: str
) -> None:
    (workplace.watch / "pending").mkdir()
    before = _listing(workplace.root)
    for target in (("--into", workplace.watch), ("--out", workplace.root / "j.json"), ()):
        done = _create(shelf, profile, "--output-directory", "/p", *target, "/a.mov")
        assert done.returncode == 1
        assert f"[{code}]" in done.stderr
        assert message in done.stderr
        assert done.stdout == ""
    assert _listing(workplace.root) == before


def test_a_request_that_makes_no_valid_jobspec_is_refused_with_every_reason(
    workplace: Workplace, shelf: Path
) -> None:
    (workplace.watch / "pending").mkdir()
    before = _listing(workplace.root)
    options = ("--output-directory", "proxies", "--naming-template", "{sauce}")
    into = ("--fps-explicit", "24/1", "--job-id", ".x", "--into", workplace.watch)
    done = _create(shelf, "Small", *options, *into, "clip.mov")
    assert done.returncode == 1
    assert "[JOB_REQUEST_INVALID]" in done.stderr
    assert "sources[0] must be an absolute path" in done.stderr
    for word in ("output_directory", "{sauce}", "fps_explicit", "it is hidden"):
        assert word in done.stderr
    assert _listing(workplace.root) == before


def test_a_created_job_runs_and_its_result_says_where_it_came_from(
    workplace: Workplace, shelf: Path
) -> None:
    workplace.start()
    source = workplace.clips / "bikes.mp4"
    target = ("--output-directory", workplace.proxies, "--into", workplace.watch)
    done = _create(shelf, "Small", *target, "--job-id", "shot-7", source)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{workplace.watch}/pending/shot-7.json\n"
    state, result = workplace.wait_filed("shot-7.json")
    assert state == "completed"
    assert result["job_id"] == "shot-7"
    origin = result["jobspec"]["proxy_profile_origin"]
    assert (origin["type"], origin["name"], origin["version"]) == ("user_profile", "Small", "1.0")
    assert origin["selected_at"] == result["jobspec"]["created_at"]
    assert result["_metadata"]["proxy_profile_used"] == "proxy_h264_quarter"
    assert [path.name for path in workplace.published()] == ["bikes_proxy.mp4"]


def test_two_user_profiles_of_one_canonical_profile_make_the_same_proxy(
    workplace: Workplace, shelf: Path
) -> None:
    workplace.start()
    source = workplace.clips / "bikes.mp4"
    results = []
    for profile in ("Small", "Tiny"):
        target = ("--output-directory", workplace.proxies, "--into", workplace.watch)
        naming = ("--naming-template", f"{profile}_{{source_name}}", "--job-id", profile)
        assert _create(shelf, profile, *target, *naming, source).returncode == 0
        state, result = workplace.wait_filed(f"{profile}.json")
        assert state == "completed"
        results.append(result)
    names = [each["jobspec"]["proxy_profile_origin"]["name"] for each in results]
    assert names == ["Small", "Tiny"]
    first, second = results
    key = "proxy_profile_fingerprint"
    assert first["_metadata"][key] == second["_metadata"][key]
    prints = [each["clips"][0]["output_fingerprint"]["value"] for each in results]
    assert prints[0] == prints[1]


def test_a_spec_on_stdout_is_one_that_validate_accepts(workplace: Workplace, shelf: Path) -> None:
    source = workplace.clips / "bikes.mp4"
    done = _create(shelf, "Small", "--output-directory", workplace.proxies, source)
    assert done.returncode == 0
    spec = json.loads(done.stdout)
    assert spec["naming_template"] == "{source_name}_proxy"
    checked = proxx("validate", workplace.write_spec("job.json", spec))
    assert checked.returncode == 0, checked.stdout


def test_a_taken_name_is_refused_and_keeps_its_content(workplace: Workplace, shelf: Path) -> None:
    (workplace.watch / "pending").mkdir()
    taken = [workplace.watch / "pending" / "j.json", workplace.root / "j.json"]
    for path, target in zip(taken, ("--into", "--out"), strict=True):
        path.write_text("first")
        where = workplace.watch if target == "--into" else path
        options = ("--output-directory", "/p", "--job-id", "j", target, where)
        done = _create(shelf, "Small", *options, "/a.mov")
        assert done.returncode == 1
        assert "[JOBSPEC_EXISTS]" in done.stderr
        assert path.read_text() == "first"


@pytest.mark.parametrize("target", ["--into", "--out"])
def test_a_place_that_does_not_exist_is_a_system_error(
    workplace: Workplace, shelf: Path, target: str
) -> None:
    where = workplace.root / "absent" / "job.json"
    done = _create(shelf, "Small", "--output-directory", "/p", target, where, "/a.mov")
    assert done.returncode == 4
    assert str(where) in done.stderr


def test_a_full_stdout_is_a_system_error(shelf: Path) -> None:
    options = ["--profiles-dir", str(shelf), "--profile", "Small", "--output-directory", "/p"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "proxx_daemon", "create", *options, "/a.mov"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=dict(os.environ),
        )
    assert done.returncode == 4
    assert b"No space left" in done.stderr


def test_the_option_comes_before_the_environment_and_that_before_the_examples(
    tmp_path: Path, shelf: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    named = {"PROXX_USER_PROFILES": str(shelf)}
    assert "Avid_Offline" in proxx("user-profiles").stdout
    from_environment = proxx("user-profiles", "Small", environment=named)
    assert from_environment.returncode == 0
    assert proxx("user-profiles", "Avid_Offline", environment=named).returncode == 1
    from_option = proxx("user-profiles", "--profiles-dir", empty, "--json", environment=named)
    assert json.loads(from_option.stdout) == []


@pytest.mark.parametrize("folder", ["", "absent"])
def test_a_profiles_folder_that_cannot_be_read_is_a_system_error(folder: str) -> None:
    done = proxx("user-profiles", "--profiles-dir", folder)
    assert done.returncode == 4
    assert "No such file" in done.stderr


def test_the_list_shows_every_file_and_what_is_wrong_with_it(shelf: Path) -> None:
    (shelf / "garbage.toml").write_text("?")
    (shelf / "twin.json").write_text(json.dumps({**_BASE, "name": "Small"}))
    done = proxx("user-profiles", "--profiles-dir", shelf)
    assert done.returncode == 1
    states = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if line}
    assert states["Tiny"] == "ACTIVE"
    assert states["Old"] == "DEPRECATED"
    assert states["Done"] == "GRADUATED"
    for name in ("Small", "Lost", "Broken", "Impossible", "Vague", "-"):
        assert states[name] == "INVALID", name
    assert "garbage.toml is invalid: The file is not valid TOML" in done.stdout
    assert "name 'Small' appears in 2 files" in done.stdout


def test_a_profile_shown_explains_every_canonical_profile(shelf: Path) -> None:
    done = proxx("user-profiles", "Small", "--profiles-dir", shelf, "--json")
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert answer["canonical"] == "proxy_h264_quarter"
    removed = {each["canonical"]: each["removed_by"] for each in answer["verdicts"]}
    assert list(removed) == list(profiles())
    assert removed["proxy_h264_quarter"] == []
    assert removed["proxy_h264_low"] == [
        {"constraint": "max_resolution", "wanted": "quarter", "found": "half"}
    ]
    shown = proxx("user-profiles", "Small", "--profiles-dir", shelf).stdout
    assert "compiles to: proxy_h264_quarter" in shown
    assert "removed by max_resolution = quarter (it has half)" in shown


def test_a_retired_profile_is_still_shown(shelf: Path) -> None:
    done = proxx("user-profiles", "Done", "--profiles-dir", shelf)
    assert done.returncode == 0
    assert "graduated to: proxy_prores_lt" in done.stdout
    assert "[USER_PROFILE_GRADUATED]" in done.stdout


@pytest.mark.parametrize("name", ["Absent", "Vague", "Broken"])
def test_a_profile_that_is_unknown_or_invalid_is_shown_with_exit_code_1(
    shelf: Path, name: str
) -> None:
    done = proxx("user-profiles", name, "--profiles-dir", shelf)
    assert done.returncode == 1
    assert "USER_PROFILE_" in done.stdout + done.stderr
