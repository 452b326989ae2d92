"""A session as a real child process against the simulated Resolve, found as the real one is."""

import os
import signal
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import pytest
from proxx_process import wait_until
from resolve_place import SimulatedResolve

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.document import plan_bytes
from proxx_daemon.engines.resolve.listener import SessionLimits
from proxx_daemon.engines.resolve.locate import locate
from proxx_daemon.failures.codes import Code
from proxx_daemon.plan.resolve_session import ClipFacts, RenderOrder, SessionPlan, SessionTask, Step
from proxx_daemon.system.cancel import CancelToken

_PREFIX = "proxx-session-here-"
_LIMITS = SessionLimits(render_seconds=60, stall_seconds=30, step_seconds=20, termination_seconds=5)
#: for sessions that are meant to hang: long enough to start Python, short enough to wait for
_SHORT = SessionLimits(render_seconds=60, stall_seconds=2, step_seconds=3, termination_seconds=0.2)


@pytest.fixture(scope="module")
def footage(tools: EngineTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of 320x180 at 23.976 with two mono tracks and a timecode."""
    path = tmp_path_factory.mktemp("raw") / "A001_C001.braw"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=24000/1001"]
    command += ["-f", "lavfi", "-i", "sine=r=48000", "-map", "0", "-map", "1", "-map", "1"]
    command += ["-t", "1", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s24le"]
    command += ["-timecode", "10:00:00:00", "-f", "mov", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture
def plan(tmp_path: Path, footage: Path, simulated: SimulatedResolve) -> SessionPlan:
    (tmp_path / "out").mkdir()
    return SessionPlan(
        task=SessionTask.RENDER,
        installation=locate(simulated.environment),
        prefix=_PREFIX,
        render=RenderOrder(
            project=f"{_PREFIX}attempt-000",
            media=str(footage),
            first=None,
            last=None,
            rate=None,
            preset="ProRes Proxy",
            folder=str(tmp_path / "out"),
            name="proxy",
            divisor=1,
            poll_seconds=0.1,
        ),
    )


def test_a_clip_is_rendered_in_the_order_of_the_table(
    plan: SessionPlan, simulated: SimulatedResolve, tmp_path: Path
) -> None:
    fractions: list[float] = []
    reported: list[tuple[ClipFacts, tuple[int, ...]]] = []
    run = resolve.run(
        plan,
        limits=_LIMITS,
        on_progress=lambda seen: fractions.append(seen.fraction),
        on_facts=lambda *clip: reported.append(clip),
    )
    assert run.failure is None
    assert run.exit_code == 0
    assert [record.step for record in run.steps] == list(Step)
    assert all(record.seconds is not None for record in run.steps)
    assert (tmp_path / "out" / "proxy.mov").stat().st_size > 0
    ((facts, tracks),) = reported
    assert (facts.rate, facts.frames) == (Fraction(24000, 1001), 24)
    assert (facts.timecode, facts.channels, tracks) == ("10:00:00:00", 2, (1, 1))
    assert run.product == "DaVinci Resolve Studio"
    assert fractions
    assert fractions[-1] == 1.0
    assert simulated.projects() == ["Untitled Project"]


#: each call of a render, the step that it fails, and what answers that refuse it
_REFUSALS = [
    ("Resolve.GetProjectManager", "none", Code.RESOLVE_NOT_ALIVE),
    ("ProjectManager.CreateProject", "none", Code.RESOLVE_PROJECT_FAILED),
    ("Project.GetMediaPool", "none", Code.RESOLVE_PROJECT_FAILED),
    ("MediaPool.ImportMedia", {"answer": []}, Code.RESOLVE_IMPORT_FAILED),
    ("MediaPool.ImportMedia", "none", Code.RESOLVE_IMPORT_FAILED),
    ("MediaPoolItem.GetClipProperty", {"answer": ""}, Code.RESOLVE_IMPORT_FAILED),
    ("Project.SetSetting", "false", Code.RESOLVE_SETTING_REFUSED),
    ("Project.GetSetting", {"answer": "25"}, Code.RESOLVE_SETTING_REFUSED),
    ("MediaPool.CreateTimelineFromClips", "none", Code.RESOLVE_TIMELINE_FAILED),
    ("Project.SetCurrentTimeline", "false", Code.RESOLVE_TIMELINE_FAILED),
    ("Timeline.SetStartTimecode", "false", Code.RESOLVE_TIMELINE_FAILED),
    ("Timeline.GetStartTimecode", {"answer": "01:00:00:00"}, Code.RESOLVE_TIMELINE_FAILED),
    ("Timeline.GetSetting", {"answer": "24"}, Code.RESOLVE_TIMELINE_FAILED),
    ("Timeline.GetTrackCount", {"answer": 1}, Code.RESOLVE_TIMELINE_FAILED),
    ("Timeline.GetTrackSubType", {"answer": "octagon"}, Code.RESOLVE_TIMELINE_FAILED),
    ("Project.LoadRenderPreset", "false", Code.RESOLVE_PRESET_FAILED),
    ("Project.SetCurrentRenderMode", "false", Code.RESOLVE_PRESET_FAILED),
    ("Project.SetRenderSettings", "false", Code.RESOLVE_TARGET_REFUSED),
    ("Project.AddRenderJob", {"answer": ""}, Code.RESOLVE_QUEUE_FAILED),
    ("Project.StartRendering", "false", Code.RESOLVE_START_FAILED),
    ("Project.AddRenderJob", "raise", Code.RESOLVE_QUEUE_FAILED),
]


@pytest.mark.parametrize(("call", "fault", "code"), _REFUSALS)
def test_a_call_that_is_refused_fails_its_step_and_the_project_is_put_away(
    call: str, fault: object, code: Code, plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(faults={call: fault})
    run = resolve.run(plan, limits=_LIMITS)
    assert run.failure is not None
    assert run.failure.code is code
    assert run.exit_code == 1
    assert run.left_behind is None


@pytest.mark.parametrize(
    ("render", "code", "words"),
    [
        ("failed", Code.RESOLVE_RENDER_FAILED, "could not be decoded correctly"),
        ("cancelled", Code.RESOLVE_RENDER_CANCELLED, "cancelled inside Resolve"),
        ("status_none", Code.RESOLVE_STATUS_LOST, "None"),
        ("unknown_word", Code.RESOLVE_STATUS_LOST, "Terminé"),
    ],
)
def test_a_render_that_does_not_complete_fails_with_what_resolve_says(
    render: str, code: Code, words: str, plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(render=render)
    run = resolve.run(plan, limits=_LIMITS)
    assert run.failure is not None
    assert run.failure.code is code
    assert words in run.failure.message


def test_a_render_that_is_stuck_at_100_percent_has_stalled(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(render="stuck")
    run = resolve.run(plan, limits=_SHORT)
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_STALLED
    assert "no progress for 2 seconds, at 100 %" in run.failure.message


def test_a_render_has_a_time_limit_of_its_own(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(render="stuck")
    limits = SessionLimits(render_seconds=1, stall_seconds=30, termination_seconds=5)
    run = resolve.run(plan, limits=limits)
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_TIMEOUT
    assert run.failure.message == "Resolve render job timed out after 1 seconds"


_SOME = ("MediaPool.ImportMedia", "Project.GetRenderJobStatus")
#: a call of every step, and the code that a hang in it has
_HANGS = [
    ("scriptapp", Code.RESOLVE_CONNECT_FAILED),
    ("Resolve.GetVersionString", Code.RESOLVE_NOT_ALIVE),
    ("ProjectManager.CreateProject", Code.RESOLVE_PROJECT_FAILED),
    ("MediaPool.ImportMedia", Code.RESOLVE_IMPORT_FAILED),
    ("Project.SetSetting", Code.RESOLVE_SETTING_REFUSED),
    ("MediaPool.CreateTimelineFromClips", Code.RESOLVE_TIMELINE_FAILED),
    ("Project.LoadRenderPreset", Code.RESOLVE_PRESET_FAILED),
    ("Project.SetRenderSettings", Code.RESOLVE_TARGET_REFUSED),
    ("Project.AddRenderJob", Code.RESOLVE_QUEUE_FAILED),
    ("Project.StartRendering", Code.RESOLVE_START_FAILED),
    ("Project.GetRenderJobStatus", Code.RESOLVE_STALLED),
]


@pytest.mark.parametrize(
    ("call", "code"),
    # Each of them waits for its limit: two stand for all but in the long suite.
    [pytest.param(*row, marks=[] if row[0] in _SOME else [pytest.mark.slow]) for row in _HANGS],
)
def test_a_call_that_never_returns_is_ended_at_the_limit_of_its_step(
    call: str, code: Code, plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(faults={call: "hang"})
    run = resolve.run(plan, limits=_SHORT)
    assert run.failure is not None
    assert run.failure.code is code
    assert run.exit_code == -signal.SIGKILL
    assert run.left_behind is None


def test_a_session_that_hangs_while_it_tidies_up_has_rendered_its_clip(
    plan: SessionPlan, simulated: SimulatedResolve, tmp_path: Path
) -> None:
    simulated.tell(faults={"Project.DeleteRenderJob": "hang"})
    run = resolve.run(plan, limits=_SHORT)
    assert run.failure is None
    assert run.left_behind is None
    assert (tmp_path / "out" / "proxy.mov").exists()


@pytest.mark.parametrize(
    ("fault", "how"), [("die", "SIGSEGV"), ("exit", "exit code 7")], ids=["signal", "exit"]
)
def test_a_session_that_dies_says_where_and_how(
    fault: str, how: str, plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(faults={"Project.AddRenderJob": fault})
    run = resolve.run(plan, limits=_LIMITS)
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_SESSION_DIED
    assert "the step 'queue'" in run.failure.message
    assert how in run.failure.message


def test_what_cannot_be_removed_is_told_and_the_next_session_removes_it(
    plan: SessionPlan, simulated: SimulatedResolve, tmp_path: Path
) -> None:
    simulated.tell(faults={"ProjectManager.DeleteProject": "false"})
    run = resolve.run(plan, limits=_LIMITS)
    assert run.failure is None
    assert run.left_behind is not None
    assert simulated.ours() == [f"{_PREFIX}attempt-000"]
    stuck = resolve.run(plan, limits=_LIMITS)
    assert stuck.failure is not None
    assert stuck.failure.code is Code.RESOLVE_LEFTOVER
    simulated.tell(faults={})
    # Every job has a partial name of its own: no session finds an earlier one's output.
    (tmp_path / "out" / "proxy.mov").unlink()
    assert resolve.run(plan, limits=_LIMITS).failure is None


def test_only_our_leftovers_of_this_machine_are_removed(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    others = ["Feature film", "proxx-session-there-1", "proxx-session-here-old"]
    (simulated.folder / "database.json").write_text(
        '{"projects": ["Feature film", "proxx-session-there-1", "proxx-session-here-old"],'
        ' "current": "proxx-session-here-old"}'
    )
    assert resolve.run(plan, limits=_LIMITS).failure is None
    assert simulated.projects() == others[:2]
    (simulated.folder / "database.json").unlink()


@pytest.mark.parametrize(
    "settings",
    [{"open_project": "Feature film"}, {"clips_of_a_person": ["a clip"]}],
    ids=["named", "untitled with clips"],
)
def test_a_project_that_a_person_has_open_is_never_closed(
    settings: dict[str, object], plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(**settings)
    run = resolve.run(plan, limits=_LIMITS)
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_PROJECT_FAILED
    assert "is open in Resolve on this machine" in run.failure.message
    assert "ProjectManager.CloseProject" not in simulated.calls()


def test_a_cancelled_session_stops_its_render_and_puts_its_project_away(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(render="hold")
    token = CancelToken()

    def cancel() -> None:
        wait_until(lambda: "Project.GetRenderJobStatus" in simulated.calls(), "it renders")
        token.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    run = resolve.run(plan, limits=_LIMITS, cancel=token)
    thread.join()
    token.close()
    assert run.failure is not None
    assert run.failure.code is Code.INTERRUPTED
    assert "Project.StopRendering" in simulated.calls()


def test_a_session_that_nobody_listens_to_puts_its_project_away_and_ends(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(render="hold")
    command = [sys.executable, "-m", "proxx_daemon.engines.resolve.session"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write(plan_bytes(plan))
        session.stdin.close()
        next(line for line in session.stdout if b"progress" in line)
        session.stdout.close()
        simulated.release()
        assert session.wait(timeout=60) == 1
    assert "ProjectManager.DeleteProject" in simulated.calls()


def test_a_session_is_told_everything_on_its_stdin(
    plan: SessionPlan, simulated: SimulatedResolve
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "proxx_daemon.engines.resolve.session"],
        input=b"{}",
        capture_output=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 1
    assert simulated.calls() == []
