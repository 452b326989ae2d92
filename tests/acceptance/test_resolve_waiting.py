"""Jobs that wait for Resolve: their order, the one slot of a machine, cancel, stop and crash."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from proxx_process import Daemon, Workplace, proxx, wait_until
from resolve_place import SimulatedResolve, lives, raw_spec, sessions_of

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.failures.codes import Code

_PROXX = (sys.executable, "-m", "proxx_daemon")


def _held(
    workplace: Workplace, resolve: SimulatedResolve, *sources: Path, options: Sequence[str] = ()
) -> Daemon:
    """Start a daemon with a job for each source: the first renders until told, the rest wait."""
    resolve.tell(render="hold")
    daemon = workplace.start(*options, **resolve.environment)
    for number, source in enumerate(sources):
        workplace.drop(f"{number}.json", raw_spec(workplace, source, f"raw-{number}"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    wait_until(lambda: len(daemon.events("job_waits")) == len(sources), "the others wait")
    return daemon


def test_waiting_jobs_hold_no_worker_and_run_in_their_order(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start("--max-workers", "1", **resolve.environment)
    for number in range(3):
        workplace.drop(f"{number}.json", raw_spec(workplace, raw, f"raw-{number}"))
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
    waited = [(line["spec"], line["executor"]) for line in daemon.events("job_waits")]
    assert waited == [(f"{number}.json", "resolve") for number in range(3)]


def test_one_machine_has_one_slot_whoever_runs_proxx(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    workplace.drop("first.json", raw_spec(workplace, raw, "first"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    before = resolve.calls().count("scriptapp")
    spec = workplace.write_spec("second.json", raw_spec(workplace, raw, "second"))
    command = [*_PROXX, "run", str(spec)]
    environment = {**os.environ, **resolve.environment}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as second:
        assert second.stderr is not None
        events = (json.loads(line)["event"] for line in second.stderr)
        assert [next(events), next(events)] == ["job_claimed", "resolve_slot_taken"]
        assert resolve.calls().count("scriptapp") == before
        resolve.release()
        output, _ = second.communicate(timeout=60)
    assert json.loads(output)["final_status"] == "COMPLETED"
    assert workplace.wait_filed("first.json")[0] == "completed"
    assert daemon.stop() == 0
    assert resolve.violations() == []


def test_a_job_that_waits_can_be_seen_and_cancelled_at_once(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    daemon = _held(workplace, resolve, raw, raw)
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


@pytest.mark.long
def test_a_stopped_daemon_ends_its_session_and_returns_what_waited(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    daemon = _held(workplace, resolve, raw, raw, raw, options=("--grace-seconds", "2"))
    daemon.signal(signal.SIGTERM)
    # Those that wait go back at once; the one that runs gets its grace time.
    wait_until(lambda: workplace.names("pending") == ["1.json", "2.json"], "the specs are back")
    assert daemon.wait_exit() == 0
    _, result = workplace.wait_filed("0.json")
    assert result["failure"]["code"] == Code.INTERRUPTED
    assert workplace.names("running") == workplace.names(".proxx/journal") == []
    assert resolve.ours() == []
    assert resolve.violations() == []
    resolve.release()
    workplace.start(**resolve.environment)
    for number in (1, 2):
        assert workplace.wait_filed(f"{number}.json")[0] == "completed"


@pytest.mark.long
def test_what_waited_when_the_daemon_was_killed_is_run_by_the_next(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    daemon = _held(workplace, resolve, raw, raw, raw)
    assert proxx("cancel", workplace.watch, "2").returncode == 0
    workplace.wait_filed("2.json")
    # A newer spec of the name is there when the old one goes back.
    daemon.kill()
    workplace.drop("1.json", raw_spec(workplace, raw, "newer"))
    resolve.release()
    workplace.start(**resolve.environment)
    _, result = workplace.wait_filed("0.json")
    assert result["failure"]["code"] == Code.INTERRUPTED
    made = set()
    for name in ("1.json", "1-2.json"):
        state, result = workplace.wait_filed(name)
        assert state == "completed", result["failure"]
        made.add(Path(result["clips"][0]["resolved_output_path"]).stem)
    assert made == {"raw-1", "newer"}


def test_a_cancel_that_comes_while_a_job_is_checked_ends_it(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path, tools: EngineTools
) -> None:
    gate = workplace.root / "gate"
    program = workplace.root / "engine" / "ffmpeg"
    program.parent.mkdir()
    # An engine that does not answer the checks before it is told to.
    program.write_text(
        f'#!/bin/sh\nwhile [ ! -e {gate} ]; do sleep 0.05; done\nexec {tools.ffmpeg} "$@"\n'
    )
    program.chmod(0o755)
    (program.parent / "ffprobe").symlink_to(tools.ffprobe)
    daemon = workplace.start(PROXX_FFMPEG=str(program), **resolve.environment)
    workplace.drop("0.json", raw_spec(workplace, raw, "raw-0"))
    wait_until(lambda: daemon.events("job_claimed"), "it is claimed")
    assert proxx("cancel", workplace.watch, "0").returncode == 0
    gate.touch()
    state, result = workplace.wait_filed("0.json")
    assert (state, result["failure"]["code"]) == ("failed", Code.CANCELLED)
    assert daemon.events("job_waits") == []
    assert resolve.calls() == []
    assert daemon.stop() == 0


def test_a_killed_daemon_leaves_nothing_that_the_next_one_does_not_end(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    daemon = workplace.start(**resolve.environment)
    workplace.drop("lost.json", raw_spec(workplace, raw, "lost"))
    wait_until(lambda: "Project.GetRenderJobStatus" in resolve.calls(), "it renders")
    (session,) = sessions_of(psutil.Process(daemon.process.pid))
    daemon.kill()
    workplace.start(**resolve.environment)
    state, result = workplace.wait_filed("lost.json")
    assert (state, result["failure"]["code"]) == ("failed", Code.INTERRUPTED)
    # The new daemon has ended it, unless it had seen for itself that nobody listens any more.
    # This process adopted nothing: whoever did reaps it.
    wait_until(lambda: not lives(session), "the orphaned session is ended")
    resolve.release()
    workplace.drop("next.json", raw_spec(workplace, raw, "next"))
    assert workplace.wait_filed("next.json")[0] == "completed"
    assert resolve.ours() == []


def test_a_source_that_changes_while_its_job_waits_fails(
    workplace: Workplace, resolve: SimulatedResolve, raw: Path
) -> None:
    other = workplace.root / "A001_C002.braw"
    other.write_bytes(raw.read_bytes())
    _held(workplace, resolve, raw, other)
    with other.open("ab") as file:
        file.write(b"more")
    resolve.release()
    assert workplace.wait_filed("0.json")[0] == "completed"
    _, result = workplace.wait_filed("1.json")
    assert result["failure"]["code"] == Code.SOURCE_CHANGED
