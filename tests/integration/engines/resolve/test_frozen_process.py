"""Time in which Proxx itself did not run is not held against what it watches."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from proxx_process import wait_until
from resolve_place import SimulatedResolve

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.resolve.document import plan_bytes
from proxx_daemon.engines.resolve.locate import locate
from proxx_daemon.plan.resolve_session import RenderOrder, SessionPlan, SessionTask

_PROGRAM = Path(__file__).parents[3] / "programs" / "runs_under_limits.py"
#: of each run; longer than what a busy machine needs around the stop
_LIMIT_SECONDS = 2.0


def _plan(simulated: SimulatedResolve, media: Path, folder: Path) -> SessionPlan:
    folder.mkdir()
    order = RenderOrder(
        project="proxx-session-here-attempt-000",
        media=str(media),
        first=None,
        last=None,
        rate=None,
        preset="ProRes Proxy",
        folder=str(folder),
        name="proxy",
        divisor=1,
        poll_seconds=0.1,
    )
    return SessionPlan(
        task=SessionTask.RENDER,
        installation=locate(simulated.environment),
        prefix="proxx-session-here-",
        render=order,
    )


def test_a_process_that_was_stopped_past_every_limit_ends_nothing_that_is_healthy(
    simulated: SimulatedResolve, tools: EngineTools, tmp_path: Path
) -> None:
    media = tmp_path / "A001_C001.braw"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-f", "mov", str(media)]
    subprocess.run(command, check=True, capture_output=True)
    simulated.tell(render="hold")
    here = tmp_path / "here"
    here.mkdir()
    arguments = [str(here), str(_LIMIT_SECONDS), tools.ffprobe, str(media)]
    process = subprocess.Popen(
        [sys.executable, str(_PROGRAM), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(plan_bytes(_plan(simulated, media, tmp_path / "out")))
    process.stdin.close()
    try:
        wait_until(lambda: "Project.StartRendering" in simulated.calls(), "the session renders")
        (here / "renders").touch()
        begun = [here / f"begun-{name}" for name in ("engine", "silent", "probe")]
        wait_until(lambda: all(path.exists() for path in begun), "the others have begun")
        process.send_signal(signal.SIGSTOP)
        past = time.monotonic() + _LIMIT_SECONDS + 0.2
        wait_until(lambda: time.monotonic() > past, "every limit has passed")
        beats = (here / "beats").stat().st_size
        process.send_signal(signal.SIGCONT)
        wait_until(
            lambda: (here / "beats").stat().st_size > beats + 8 or process.poll() is not None,
            "it has looked at all",
        )
        (here / "go").touch()
        simulated.release()
        assert process.stdout is not None
        endings = json.loads(process.stdout.read())
    finally:
        process.kill()
        process.wait()
    assert endings == {
        "engine": "exited",
        "silent": "exited",
        "probe": "h264",
        "session": "rendered",
    }
