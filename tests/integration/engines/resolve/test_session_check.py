"""What a session finds out before a job is begun, as a real child process."""

import subprocess
from pathlib import Path

import pytest
from resolve_place import SimulatedResolve

from proxx_daemon.engines.resolve import run as resolve
from proxx_daemon.engines.resolve.listener import SessionLimits
from proxx_daemon.engines.resolve.locate import locate
from proxx_daemon.failures.codes import Code
from proxx_daemon.plan.resolve_session import SessionPlan, SessionTask

_LIMITS = SessionLimits(render_seconds=60, stall_seconds=30, step_seconds=20, termination_seconds=5)
#: for sessions that are meant to hang: long enough to start Python, short enough to wait for
_SHORT = SessionLimits(render_seconds=60, stall_seconds=2, step_seconds=3, termination_seconds=0.2)


@pytest.fixture
def check(simulated: SimulatedResolve) -> SessionPlan:
    return SessionPlan(
        task=SessionTask.CHECK,
        installation=locate(simulated.environment),
        prefix="proxx-session-here-",
    )


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"faults": {"scriptapp": "none"}}, Code.RESOLVE_NOT_RUNNING),
        ({"product": "DaVinci Resolve"}, Code.RESOLVE_FREE_EDITION),
        ({"faults": {"Resolve.GetProductName": "none"}}, Code.RESOLVE_NOT_ANSWERING),
        ({"faults": {"Resolve.GetVersionString": "hang"}}, Code.RESOLVE_NOT_ANSWERING),
        ({"faults": {"scriptapp": "die"}}, Code.RESOLVE_NOT_ANSWERING),
        ({"open_project": "Feature film"}, Code.RESOLVE_IN_USE),
    ],
)
def test_what_stands_in_the_way_is_found_before_a_job_is_begun(
    settings: dict[str, object], code: Code, check: SessionPlan, simulated: SimulatedResolve
) -> None:
    simulated.tell(**settings)
    run = resolve.run(check, limits=_SHORT)
    assert run.failure is not None
    assert run.failure.code is code


def test_a_running_resolve_that_refuses_scripts_is_told_from_one_that_does_not_run(
    check: SessionPlan, simulated: SimulatedResolve, tmp_path: Path
) -> None:
    simulated.tell(faults={"scriptapp": "none"})
    program = tmp_path / "resolve-bin" / "resolve"
    program.parent.mkdir()
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        run = resolve.run(check, limits=_LIMITS)
        process.kill()
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_SCRIPTING_OFF


def test_a_module_that_cannot_be_loaded_says_why(
    check: SessionPlan, simulated: SimulatedResolve, tmp_path: Path
) -> None:
    (tmp_path / "Modules").mkdir()
    (tmp_path / "Modules" / "DaVinciResolveScript.py").write_text("import no_such_library\n")
    (tmp_path / "fusionscript.so").touch()
    environment = {
        "RESOLVE_SCRIPT_API": str(tmp_path),
        "RESOLVE_SCRIPT_LIB": str(tmp_path / "fusionscript.so"),
    }
    broken = SessionPlan(
        task=SessionTask.CHECK, installation=locate(environment), prefix=check.prefix
    )
    run = resolve.run(broken, limits=_LIMITS)
    assert run.failure is not None
    assert run.failure.code is Code.RESOLVE_MODULE_UNUSABLE
    assert "no_such_library" in run.failure.message


def test_a_check_changes_nothing(check: SessionPlan, simulated: SimulatedResolve) -> None:
    run = resolve.run(check, limits=_LIMITS)
    assert run.failure is None
    assert run.presets is not None
    assert "DNxHR SQ" in run.presets
    changing = {"ProjectManager.CreateProject", "ProjectManager.DeleteProject"}
    assert not changing & set(simulated.calls())
