"""The real daemon with jobs for Resolve: the lane beside the pool, the slot, every failure.

Resolve is the simulator, found as the real one is.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from proxx_process import Daemon, Workplace, proxx, wait_until
from resolve_place import SimulatedResolve, sessions_of

from proxx_daemon.model.engine import EngineTools
from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failure_table import FAILURES

#: for sessions that are meant to hang: long enough to start Python, short enough to wait for
_SHORT = {"PROXX_RESOLVE_STEP_SECONDS": "4", "PROXX_STALL_SECONDS": "4"}


@pytest.fixture
def resolve(workplace: Workplace, tools: EngineTools) -> SimulatedResolve:
    return SimulatedResolve(workplace.root / "resolve", tools)


@pytest.fixture
def raw(workplace: Workplace, tools: EngineTools) -> Path:
    """A short clip that is called camera RAW."""
    path = workplace.root / "A001_C001.braw"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-timecode", "10:00:00:00"]
    subprocess.run([*command, "-f", "mov", str(path)], check=True, capture_output=True)
    return path


def _raw_spec(workplace: Workplace, raw: Path, name: str, **fields: Any) -> dict[str, Any]:
    template = {"sources": [str(raw)], "naming_template": name} | fields
    return workplace.spec("proxy_prores_proxy_resolve", **template)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _sessions_of(daemon: Daemon) -> list[psutil.Process]:
    return sessions_of(psutil.Process(daemon.process.pid))


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
        workplace.drop(f"raw-{number}.json", _raw_spec(workplace, raw, f"raw-{number}"))
        name = f"plain-{number}"
        standard = workplace.spec("proxy_h264_quarter", "bikes.mp4", naming_template=name)
        workplace.drop(f"{name}.json", standard)
        state, result = workplace.wait_filed(f"raw-{number}.json")
        assert (state, result["failure"]["code"]) == ("failed", code), result["failure"]
        assert result["failure"]["action"]
        assert result["failure"]["class"] == FAILURES[code].failure_class
        assert workplace.wait_filed(f"{name}.json")[0] == "completed"
        assert not _sessions_of(daemon)
        assert not resolve.ours()
    resolve.tell(**plain)
    workplace.drop("good.json", _raw_spec(workplace, raw, "good"))
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
    spec = workplace.write_spec("job.json", _raw_spec(workplace, raw, "x"))
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


def test_waiting_jobs_hold_no_worker_and_run_in_their_order(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start("--max-workers", "1", **resolve.environment)
    for number in range(3):
        workplace.drop(f"{number}.json", _raw_spec(workplace, raw, f"raw-{number}"))
    standard = workplace.spec("proxy_h264_quarter", "bikes.mp4", naming_template="plain")
    workplace.drop("9.json", standard)
    # One worker, three jobs that wait for Resolve, and the fourth completes.
    assert workplace.wait_filed("9.json")[0] == "completed"
    assert workplace.names("running") == ["0.json", "1.json", "2.json"]
    wait_until(lambda: "Project.GetRenderJobStatus" in resolve.calls(), "the first one renders")
    assert resolve.calls().count("Project.StartRendering") == 1
    resolve.release()
    for number in range(3):
        state, result = workplace.wait_filed(f"{number}.json")
        assert state == "completed", result["failure"]
        assert result["_metadata"]["worker"] == "resolve"
    assert daemon.stop() == 0
    filed = [line["spec"] for line in daemon.events("job_finished")]
    assert filed == ["9.json", "0.json", "1.json", "2.json"]
    assert [line["waiting"] for line in daemon.events("job_waits_for_resolve")] == [0, 1, 2]


def test_one_machine_has_one_slot_whoever_runs_proxx(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    workplace.drop("first.json", _raw_spec(workplace, raw, "first"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    before = resolve.calls().count("scriptapp")
    spec = workplace.write_spec("second.json", _raw_spec(workplace, raw, "second"))
    command = [*_PROXX, "run", str(spec)]
    environment = {**os.environ, **resolve.environment}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as second:
        assert second.stderr is not None
        assert json.loads(second.stderr.readline())["event"] == "resolve_slot_taken"
        assert resolve.calls().count("scriptapp") == before
        resolve.release()
        output, _ = second.communicate(timeout=60)
    assert json.loads(output)["final_status"] == "COMPLETED"
    assert workplace.wait_filed("first.json")[0] == "completed"
    assert daemon.stop() == 0
    assert resolve.violations() == []


_PROXX = (sys.executable, "-m", "proxx_daemon")


def test_a_job_that_waits_can_be_seen_and_cancelled_at_once(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    for number in range(2):
        workplace.drop(f"{number}.json", _raw_spec(workplace, raw, f"raw-{number}"))
    wait_until(lambda: len(daemon.events("job_waits_for_resolve")) == 2, "the second waits")
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    assert proxx("cancel", workplace.watch, "1").returncode == 0
    state, result = workplace.wait_filed("1.json")
    assert (state, result["failure"]["code"]) == ("failed", Code.CANCELLED)
    assert workplace.names("running") == ["0.json"]

    def worker() -> bool:
        status = json.loads(proxx("status", workplace.watch, "--json").stdout)
        return [job["worker"] for job in status["running"]] == ["resolve"]

    wait_until(worker, "the status says who runs the first one")
    resolve.release()
    assert workplace.wait_filed("0.json")[0] == "completed"
    assert daemon.stop() == 0
    assert resolve.violations() == []


def test_a_stopped_daemon_ends_its_session_and_fails_what_waited(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start("--grace-seconds", "2", **resolve.environment)
    for number in range(3):
        workplace.drop(f"{number}.json", _raw_spec(workplace, raw, f"raw-{number}"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    wait_until(lambda: len(daemon.events("job_waits_for_resolve")) == 3, "the others wait")
    daemon.signal(signal.SIGTERM)
    # Those that wait fail at once; the one that runs gets its grace time.
    for number in (1, 2):
        _, result = workplace.wait_filed(f"{number}.json")
        assert result["failure"]["code"] == Code.INTERRUPTED
        assert "waited for Resolve" in result["failure"]["message"]
        assert result["clips"][0]["status"] == "NOT_ATTEMPTED"
    assert daemon.wait_exit() == 0
    _, result = workplace.wait_filed("0.json")
    assert result["failure"]["code"] == Code.INTERRUPTED
    assert resolve.ours() == []
    assert resolve.violations() == []


def test_a_killed_daemon_leaves_nothing_that_the_next_one_does_not_end(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    workplace.drop("lost.json", _raw_spec(workplace, raw, "lost"))
    wait_until(lambda: "Project.GetRenderJobStatus" in resolve.calls(), "it renders")
    (session,) = _sessions_of(daemon)
    daemon.kill()
    workplace.start(**resolve.environment)
    state, result = workplace.wait_filed("lost.json")
    assert (state, result["failure"]["code"]) == ("failed", Code.INTERRUPTED)
    # The new daemon has ended it, unless it had seen for itself that nobody listens any more.
    # This process adopted nothing: whoever did reaps it.
    wait_until(lambda: not _lives(session), "the orphaned session is ended")
    resolve.release()
    workplace.drop("next.json", _raw_spec(workplace, raw, "next"))
    assert workplace.wait_filed("next.json")[0] == "completed"
    assert resolve.ours() == []


def test_a_job_of_several_clips_stops_at_the_first_failure(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    other = workplace.root / "A001_C002.braw"
    other.write_bytes(b"not what a camera writes")
    third = workplace.root / "A001_C003.braw"
    third.write_bytes(raw.read_bytes())
    fields = {"sources": [str(raw), str(other), str(third)]}
    spec = _raw_spec(workplace, raw, "{source_name}", **fields)
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
    spec = _raw_spec(workplace, folder / source if source else folder, "x")
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
    spec = _raw_spec(workplace, raw, "x") | fields
    done = proxx("run", workplace.write_spec("job.json", spec), environment=resolve.environment)
    failure = json.loads(done.stdout)["failure"]
    assert (failure and failure["code"]) == code


def test_a_source_that_changes_while_its_job_waits_fails(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    other = workplace.root / "A001_C002.braw"
    other.write_bytes(raw.read_bytes())
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    workplace.drop("0.json", _raw_spec(workplace, raw, "first"))
    workplace.drop("1.json", _raw_spec(workplace, other, "second"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    wait_until(lambda: len(daemon.events("job_waits_for_resolve")) == 2, "the second waits")
    with other.open("ab") as file:
        file.write(b"more")
    resolve.release()
    assert workplace.wait_filed("0.json")[0] == "completed"
    _, result = workplace.wait_filed("1.json")
    assert result["failure"]["code"] == Code.SOURCE_CHANGED


def test_the_checklist_passes_and_shows_every_call(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    script = Path(__file__).parents[2] / "demo" / "resolve_check.py"
    done = subprocess.run(
        [
            *(sys.executable, str(script), str(raw)),
            *("--profile", "proxy_dnxhr_lb_resolve", "--into", str(workplace.proxies)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **resolve.environment},
    )
    assert done.returncode == 0, done.stdout
    for words in (
        "passed  DaVinci Resolve Studio",
        "project.AddRenderJob() -> ",
        "frame_count: 5 = 5",
        "0 project(s) had to be removed",
        "everything passed",
    ):
        assert words in done.stdout
    assert len(list(workplace.published())) == 1


def test_the_checklist_names_what_stands_in_the_way(
    workplace: Workplace, resolve: SimulatedResolve
) -> None:
    resolve.tell(presets=["ProRes Proxy"])
    script = Path(__file__).parents[2] / "demo" / "resolve_check.py"
    command = [sys.executable, str(script)]
    environment = {**os.environ, **resolve.environment}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert "passed  preset 'ProRes Proxy'" in done.stdout
    assert "FAILED  preset 'DNxHR LB'" in done.stdout


def test_what_resolve_made_can_be_verified_and_not_encoded_again(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    spec = workplace.write_spec("job.json", _raw_spec(workplace, raw, "proxy"))
    done = proxx("run", spec, environment=resolve.environment)
    result = workplace.root / "job.result.json"
    result.write_text(done.stdout)
    verified = proxx("verify", result)
    assert verified.returncode == 0, verified.stdout
    again = proxx("reproduce", result)
    assert again.returncode != 0
    assert "The job ran in resolve" in again.stdout + again.stderr
