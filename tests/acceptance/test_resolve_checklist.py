"""`make resolve-check` against the simulator: what it says when all is well, and when not."""

import os
import subprocess
import sys
from pathlib import Path

from proxx_process import Workplace
from resolve_place import SimulatedResolve


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
        "all items passed",
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
