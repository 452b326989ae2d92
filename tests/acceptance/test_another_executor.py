"""The executor's interface carries more than local engines: here plans run in other processes."""

import hashlib
import sys
from pathlib import Path

import pytest
from proxx_process import Daemon, Workplace, proxx, wait_until

from proxx_daemon.failures.codes import Code

_PROGRAM = Path(__file__).parents[1] / "programs" / "daemon_with_pipe_executor.py"


@pytest.fixture
def elsewhere(workplace: Workplace) -> Workplace:
    """Return a workplace whose daemons have other processes carry out their jobs."""
    workplace.wrap = (sys.executable, str(_PROGRAM))
    return workplace


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _held(workplace: Workplace) -> Daemon:
    """Start a daemon whose job has an engine that goes on for long."""
    daemon = workplace.start()
    long = workplace.spec("proxy_prores_proxy", "bigbuckbunny.mp4", naming_template="long")
    workplace.drop("long.json", long)
    wait_until(daemon.engines, "the engine runs elsewhere")
    return daemon


def test_a_proxy_made_elsewhere_has_the_bytes_of_one_made_here(elsewhere: Workplace) -> None:
    daemon = elsewhere.start()
    spec = elsewhere.spec("proxy_dnxhr_lb", "bikes.mp4", naming_template="elsewhere")
    elsewhere.drop("job.json", spec)
    state, result = elsewhere.wait_filed("job.json")
    assert state == "completed", result["failure"]
    states = [entry["state"] for entry in result["transitions"]]
    assert states[-5:] == ["PLANNING", "EXECUTING", "VERIFYING", "RECORDING", "COMPLETED"]
    assert all(check["passed"] for check in result["clips"][0]["verification"])
    assert (elsewhere.watch / "completed" / "job.log").read_text().startswith("[proxx] clip 0")
    assert daemon.stop() == 0
    here = elsewhere.write_spec("here.json", {**spec, "naming_template": "here"})
    assert proxx("run", here).returncode == 0
    made = [_sha256(elsewhere.proxies / f"{name}.mxf") for name in ("elsewhere", "here")]
    assert made[0] == made[1] == result["clips"][0]["output_fingerprint"]["value"]


def test_the_daemon_alone_gives_final_names(elsewhere: Workplace) -> None:
    """The second clip's name is taken meanwhile: the job ends there, the first one stays."""
    daemon = elsewhere.start()
    spec = elsewhere.spec(
        "proxy_h264_quarter", "bikes.mp4", "bigbuckbunny.mp4", naming_template="{source_name}"
    )
    elsewhere.drop("job.json", spec)
    wait_until(lambda: daemon.events("job_claimed"), "it is claimed")
    wait_until((elsewhere.proxies / "bikes.mp4").exists, "the first clip is published")
    taken = elsewhere.proxies / "bigbuckbunny.mp4"
    taken.write_bytes(b"somebody else's")
    state, result = elsewhere.wait_filed("job.json")
    assert (state, result["final_status"]) == ("failed", "PARTIAL")
    assert result["failure"]["code"] == Code.PUBLISH_REFUSED
    assert taken.read_bytes() == b"somebody else's"
    assert Path(result["clips"][1]["partial_path"]).exists()


@pytest.mark.long
def test_a_job_elsewhere_can_be_cancelled(elsewhere: Workplace) -> None:
    daemon = _held(elsewhere)
    assert proxx("cancel", elsewhere.watch, "long").returncode == 0
    state, result = elsewhere.wait_filed("long.json")
    assert (state, result["failure"]["code"]) == ("failed", Code.CANCELLED)
    assert daemon.engines() == []
    assert daemon.stop() == 0


def test_a_killed_daemon_leaves_nothing_running_elsewhere(elsewhere: Workplace) -> None:
    daemon = _held(elsewhere)
    daemon.kill()
    again = elsewhere.start()
    _, result = elsewhere.wait_filed("long.json")
    assert result["failure"]["code"] == Code.INTERRUPTED
    assert again.engines() == []
    assert again.stop() == 0


def test_a_daemon_without_that_executor_does_not_call_its_job_over(elsewhere: Workplace) -> None:
    daemon = _held(elsewhere)
    daemon.kill()
    elsewhere.wrap = ()
    other = elsewhere.launch()
    assert other.wait_exit() == 1
    assert "(executor elsewhere)" in other.log_text()
    assert elsewhere.names("running") == ["long.json"]
