"""Kill -9 at every durable system call of a job, and again during the recovery from it.

Slow, and needs a C compiler: a preloaded library counts the calls and kills the daemon at the
N-th, whichever thread makes it. After each crash and the restarts that follow, one spec lies in
one place, completed or failed with a result; nothing was overwritten; nothing is left running.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, engines_for

pytestmark = pytest.mark.slow

_PROGRAM = Path(__file__).parents[1] / "programs" / "crash_at.c"
#: more calls than any run makes; the matrix ends where a run is not killed any more
_MOST = 200


@pytest.fixture(scope="session")
def crasher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the library."""
    library = tmp_path_factory.mktemp("crash") / "crash_at.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_PROGRAM), "-ldl"]
    subprocess.run(command, check=True)
    return library


def _once(workplace: Workplace, extra: Mapping[str, str]) -> int:
    """Run the daemon with --once and give its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "proxx_daemon", "watch", str(workplace.watch), "--once"],
        env={**os.environ, **extra},
        stderr=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    return done.returncode


def _check(workplace: Workplace, mine: Path) -> str:
    """Check every promise after the last restart; gives where the spec lies."""
    places = workplace.places("job.json")
    assert len(places) == 1, places
    (place,) = places
    assert place in ("completed", "failed")
    result: dict[str, Any] = json.loads((workplace.watch / place / "job.result.json").read_text())
    completed = result["final_status"] == "COMPLETED"
    assert completed == (place == "completed")
    published = {str(path) for path in workplace.published()} - {str(mine)}
    claimed = {
        clip["resolved_output_path"] for clip in result["clips"] if clip["status"] == "COMPLETED"
    }
    assert claimed == published
    for clip in result["clips"]:
        if clip["status"] == "COMPLETED":
            assert Path(clip["resolved_output_path"]).stat().st_size == clip["output_size_bytes"]
    if place == "failed":
        assert result["failure"]["code"] in ("INTERRUPTED", "OUTPUT_EXISTS", "FIELD_MISSING")
    allowed = {"job.json", "job.result.json", "job.log"}
    assert set(workplace.names(place)) <= allowed
    other = "failed" if place == "completed" else "completed"
    assert workplace.names(other) == []
    assert workplace.names("running") == []
    assert os.listdir(workplace.watch / ".proxx" / "journal") == []
    assert os.listdir(workplace.watch / ".proxx" / "tmp") == []
    assert mine.read_text() == "mine"
    assert engines_for(workplace.root) == []
    return place


def _spec(workplace: Workplace, scenario: str) -> object:
    clips = ["carphone_pristine.mp4"] + (["bikes.mp4"] if scenario == "two clips" else [])
    spec = workplace.spec("proxy_h264_quarter", *clips)
    if scenario == "fails":
        del spec["codec"]
    return spec


def _fresh(tmp_path: Path, clips: Path, name: str, scenario: str) -> tuple[Workplace, Path]:
    root = tmp_path / name
    root.mkdir()
    workplace = Workplace(root, clips)
    mine = workplace.proxies / "mine.mp4"
    mine.write_text("mine")
    workplace.drop("job.json", _spec(workplace, scenario))
    return workplace, mine


@pytest.mark.parametrize("scenario", ["completes", "fails", "two clips"])
def test_every_crash_point_of_a_job_keeps_every_promise(
    scenario: str, tmp_path: Path, clips: Path, crasher: Path
) -> None:
    covered = 0
    outcomes: dict[str, int] = {}
    for number in range(1, _MOST):
        workplace, mine = _fresh(tmp_path, clips, f"at-{number}", scenario)
        code = _once(workplace, {"LD_PRELOAD": str(crasher), "CRASH_AT": str(number)})
        if code == 0:
            break
        assert code == -9
        covered += 1
        assert _once(workplace, {}) == 0
        place = _check(workplace, mine)
        outcomes[place] = outcomes.get(place, 0) + 1
    print(f"{scenario}: {covered} crash points, {outcomes}")
    assert covered > 10
    assert covered < _MOST - 1


@pytest.mark.parametrize("scenario", ["completes", "two clips"])
def test_every_crash_point_of_the_recovery_converges(
    scenario: str, tmp_path: Path, clips: Path, crasher: Path
) -> None:
    covered = 0
    for first in (4, 9, 14, 17, 19, 21):
        for number in range(1, _MOST):
            name = f"at-{first}-{number}"
            workplace, mine = _fresh(tmp_path, clips, name, scenario)
            crash = {"LD_PRELOAD": str(crasher)}
            if _once(workplace, {**crash, "CRASH_AT": str(first)}) == 0:
                break
            code = _once(workplace, {**crash, "CRASH_AT": str(number)})
            if code == 0:
                break
            assert code == -9
            covered += 1
            assert _once(workplace, {}) == 0
            _check(workplace, mine)
    print(f"{scenario}: {covered} crash points of the recovery")
    assert covered > 10
