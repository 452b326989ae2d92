"""The real daemon with jobs for Resolve: the lane beside the pool, the slot, every failure.

Resolve is the simulator, found as the real one is.
"""

import json
from pathlib import Path
from typing import Any

import psutil
import pytest
from proxx_process import Workplace, proxx
from resolve_place import SimulatedResolve, raw_spec, sessions_of

from proxx_daemon.failures.codes import Code

#: for sessions that are meant to hang: long enough to start Python, short enough to wait for
_SHORT = {"PROXX_RESOLVE_STEP_SECONDS": "4", "PROXX_STALL_SECONDS": "4"}


#: what the simulator is told, and the code that comes of it; by the daemon, one after another
_FAULTS: list[tuple[str, dict[str, Any], Code]] = [
    ("not running", {"faults": {"scriptapp": "none"}}, Code.RESOLVE_NOT_RUNNING),
    ("free edition", {"product": "DaVinci Resolve"}, Code.RESOLVE_FREE_EDITION),
    ("in use", {"clips_of_a_person": ["a clip"]}, Code.RESOLVE_IN_USE),
    ("no preset", {"presets": ["DNxHR LB", "H.264 Master"]}, Code.RESOLVE_PRESET_MISSING),
    ("dead at once", {"faults": {"scriptapp": "die"}}, Code.RESOLVE_NOT_ANSWERING),
    ("dead later", {"faults": {"Project.AddRenderJob": "die"}}, Code.RESOLVE_SESSION_DIED),
    ("hangs", {"faults": {"MediaPool.ImportMedia": "hang"}}, Code.RESOLVE_IMPORT_FAILED),
    ("render failed", {"render": "failed"}, Code.RESOLVE_RENDER_FAILED),
    ("no file", {"render": "no_file"}, Code.OUTPUT_NOT_WRITTEN),
    ("no video", {"render": "sound_only"}, Code.VERIFICATION_FAILED),
    ("status None", {"render": "status_none"}, Code.RESOLVE_STATUS_LOST),
    ("stuck", {"render": "stuck"}, Code.RESOLVE_STALLED),
    ("frames short", {"render_arguments": ["-frames:v", "3"]}, Code.VERIFICATION_FAILED),
    ("wrong size", {"render_arguments": ["-s", "160x90"]}, Code.VERIFICATION_FAILED),
    (
        "wrong timecode",
        {"render_arguments": ["-timecode", "01:00:00:00"]},
        Code.VERIFICATION_FAILED,
    ),
]


@pytest.mark.long
def test_every_failure_has_its_code_while_the_daemon_and_an_ffmpeg_job_live_on(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    daemon = workplace.start("--max-workers", "2", **resolve.environment, **_SHORT)
    plain: dict[str, Any] = {
        "faults": {},
        "product": "DaVinci Resolve Studio",
        "clips_of_a_person": [],
        "presets": ["ProRes Proxy"],
        "render": None,
        "render_arguments": [],
    }
    for number, (_, told, code) in enumerate(_FAULTS):
        resolve.tell(**(plain | told))
        workplace.drop(f"raw-{number}.json", raw_spec(workplace, raw, f"raw-{number}"))
        name = f"plain-{number}"
        standard = workplace.spec("proxy_h264_quarter", "bikes.mp4", naming_template=name)
        workplace.drop(f"{name}.json", standard)
        state, result = workplace.wait_filed(f"raw-{number}.json")
        assert (state, result["failure"]["code"]) == ("failed", code), result["failure"]
        assert result["failure"]["action"]
        assert result["failure"]["class"] == code.failure_class
        assert workplace.wait_filed(f"{name}.json")[0] == "completed"
        assert not sessions_of(psutil.Process(daemon.process.pid))
        assert not resolve.ours()
    resolve.tell(**plain)
    workplace.drop("good.json", raw_spec(workplace, raw, "good"))
    assert workplace.wait_filed("good.json")[0] == "completed"
    assert daemon.stop() == 0
    assert resolve.violations() == []
    published = {path.name for path in workplace.published()}
    assert "good.mov" in published
    assert not {name for name in published if name.startswith("raw")}


def test_a_missing_preset_lists_those_that_exist(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(presets=["DNxHR LB", "H.264 Master"])
    spec = workplace.write_spec("job.json", raw_spec(workplace, raw, "x"))
    for command in ("validate", "run"):
        done = proxx(command, spec, environment=resolve.environment)
        assert done.returncode == 1
        assert "It has: DNxHR LB, H.264 Master." in done.stdout
    assert "ProjectManager.CreateProject" not in resolve.calls()


@pytest.mark.parametrize(
    ("profile", "sources", "code", "message"),
    [
        (
            "proxy_prores_proxy_resolve",
            ["raw", "bikes.mp4"],
            Code.SOURCE_MIXED_ENGINES,
            "The job mixes 1 source(s) for FFmpeg with 1 camera RAW source(s) for Resolve",
        ),
        (
            "proxy_h264_low",
            ["raw"],
            Code.PROFILE_ENGINE_MISMATCH,
            "Profile 'proxy_h264_low' requires ffmpeg engine, but job routes to resolve",
        ),
        (
            "proxy_prores_proxy_resolve",
            ["bikes.mp4"],
            Code.PROFILE_ENGINE_MISMATCH,
            "requires resolve engine, but job routes to ffmpeg",
        ),
    ],
)
def test_a_job_for_the_wrong_engine_fails_before_any_session_starts(
    *,
    profile: str,
    sources: list[str],
    code: Code,
    message: str,
    workplace: Workplace,
    resolve: SimulatedResolve,
    raw: Path,
) -> None:
    paths = [str(raw if name == "raw" else workplace.clips / name) for name in sources]
    spec = workplace.write_spec("job.json", workplace.spec(profile, sources=paths))
    done = proxx("run", spec, environment=resolve.environment)
    failure = json.loads(done.stdout)["failure"]
    assert (done.returncode, failure["code"]) == (1, code)
    assert message in failure["message"]
    assert resolve.calls() == []


def test_a_job_of_several_clips_stops_at_the_first_failure(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    other = workplace.root / "A001_C002.braw"
    other.write_bytes(b"not what a camera writes")
    third = workplace.root / "A001_C003.braw"
    third.write_bytes(raw.read_bytes())
    fields = {"sources": [str(raw), str(other), str(third)]}
    spec = raw_spec(workplace, raw, "{source_name}", **fields)
    path = workplace.write_spec("job.json", spec)
    done = proxx("run", path, environment=resolve.environment)
    result = json.loads(done.stdout)
    assert (done.returncode, result["final_status"]) == (3, "PARTIAL")
    assert [clip["status"] for clip in result["clips"]] == ["COMPLETED", "FAILED", "NOT_ATTEMPTED"]
    assert result["failure"]["code"] == Code.RESOLVE_IMPORT_FAILED
    assert resolve.ours() == []


@pytest.mark.parametrize(
    ("names", "source", "code"),
    [
        (["A_0001.dng", "A_0003.dng"], "", Code.SOURCE_SEQUENCE_GAP),
        (["A_0001.dng", "A_0003.dng"], "A_0001.dng", Code.SOURCE_SEQUENCE_GAP),
        (["A_0001.dng", "B_0001.dng"], "", Code.SOURCE_SEQUENCE_INVALID),
        (["A001_C001.r3d"], "", Code.SOURCE_SEQUENCE_INVALID),
    ],
)
def test_frames_that_are_not_one_whole_clip_fail_before_anything_runs(
    *,
    names: list[str],
    source: str,
    code: Code,
    workplace: Workplace,
    resolve: SimulatedResolve,
) -> None:
    folder = workplace.root / "frames"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"frame")
    spec = raw_spec(workplace, folder / source if source else folder, "x")
    done = proxx("run", workplace.write_spec("job.json", spec), environment=resolve.environment)
    assert json.loads(done.stdout)["failure"]["code"] == code
    assert resolve.calls() == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"naming_template": "{timecode}"}, Code.TOKEN_UNRESOLVED),
        ({"fps_mode": "explicit", "fps_explicit": 24}, Code.RESOLVE_RATE_MISMATCH),
        ({"fps_mode": "explicit", "fps_explicit": 25}, None),
    ],
)
def test_what_only_resolve_knows_of_a_clip(
    fields: dict[str, Any],
    code: Code | None,
    workplace: Workplace,
    resolve: SimulatedResolve,
    raw: Path,
) -> None:
    spec = raw_spec(workplace, raw, "x") | fields
    done = proxx("run", workplace.write_spec("job.json", spec), environment=resolve.environment)
    failure = json.loads(done.stdout)["failure"]
    assert (failure and failure["code"]) == code


def test_what_resolve_made_can_be_verified_and_not_encoded_again(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    spec = workplace.write_spec("job.json", raw_spec(workplace, raw, "proxy"))
    done = proxx("run", spec, environment=resolve.environment)
    result = workplace.root / "job.result.json"
    result.write_text(done.stdout)
    verified = proxx("verify", result)
    assert verified.returncode == 0, verified.stdout
    again = proxx("reproduce", result)
    assert again.returncode != 0
    assert "The job ran in resolve" in again.stdout + again.stderr
