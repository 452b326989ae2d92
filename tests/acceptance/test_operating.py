"""What operators do with a running daemon: look, pause, cancel, drain, submit again."""

import json
import re
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Daemon, Workplace, proxx, wait_until

_DOCS = Path(__file__).parents[2] / "docs"


def _drop_long_job(workplace: Workplace, name: str = "long.json", **fields: Any) -> None:
    spec = workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4", **fields)
    workplace.drop(name, spec)


def _status(workplace: Workplace) -> dict[str, Any]:
    done = proxx("status", workplace.watch, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _published(workplace: Workplace) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((workplace.watch / ".proxx/status.json").read_text())
    return document


def _wait_running(workplace: Workplace) -> dict[str, Any]:
    def job() -> dict[str, Any] | None:
        running = _published(workplace)["running"]
        return running[0] if running and running[0]["percent"] else None

    found = wait_until(job, "a job has got somewhere")
    assert found is not None
    return found


def _actions(workplace: Workplace) -> list[dict[str, Any]]:
    path = workplace.watch / ".proxx" / "operator.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_status_says_what_runs_what_waits_and_what_failed(
    workplace: Workplace, daemon: Daemon
) -> None:
    workplace.drop("bad.json", b"{}")
    workplace.wait_filed("bad.json")
    _drop_long_job(workplace, job_id="reel-7")
    workplace.drop("next.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    _wait_running(workplace)
    wait_until(lambda: _published(workplace)["counts"]["pending"] == 1, "the next one was seen")
    status = _status(workplace)
    assert (status["daemon"], status["mode"], status["healthy"]) == ("up", "serving", True)
    assert status["counts"] == {"pending": 1, "running": 1, "completed": 0, "failed": 1}
    (job,) = status["running"]
    assert (job["spec"], job["job_id"], job["state"]) == ("long.json", "reel-7", "EXECUTING")
    assert (job["clip"], job["clips"], job["source"]) == (1, 1, "bigbuckbunny.mp4")
    assert 0 < job["percent"] <= 100
    assert job["fps"] is None or job["fps"] >= 0
    page = (_DOCS / "reference" / "status.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    for each in (status, job, *status["last_failures"], *status["health"]):
        assert each.keys() <= documented
    assert status["numbers"]["folder_free_bytes"] > 0
    assert {f"proxx_{name}" for name in status["numbers"]} <= documented
    (failed,) = status["last_failures"]
    assert (failed["spec"], failed["code"]) == ("bad.json", "VALIDATION_FAILED")
    assert failed["action"]
    assert Path(failed["result"]).exists()
    text = proxx("status", workplace.watch).stdout
    for words in (
        "serving",
        "pending 1  running 1",
        "long.json",
        "bad.json  VALIDATION_FAILED",
        "GiB free",
    ):
        assert words in text


@pytest.mark.long
def test_status_is_published_at_most_once_a_second(workplace: Workplace, daemon: Daemon) -> None:
    _drop_long_job(workplace)
    _wait_running(workplace)
    path = workplace.watch / ".proxx" / "status.json"
    seen = {path.stat().st_mtime_ns}

    def third() -> bool:
        seen.add(path.stat().st_mtime_ns)
        return len(seen) > 3

    wait_until(third, "it is published again and again")
    times = sorted(seen)
    assert all(later - one > 900_000_000 for one, later in pairwise(times))


def test_status_works_while_the_daemon_is_down_and_says_how_it_ended(
    workplace: Workplace, daemon: Daemon
) -> None:
    workplace.drop("bad.json", b"{}")
    workplace.wait_filed("bad.json")
    assert daemon.stop() == 0
    workplace.drop("waits.json", b"{}")
    down = proxx("status", workplace.watch)
    assert down.returncode == 0
    assert "the daemon is DOWN; it was stopped" in down.stdout
    assert "pending 1  running 0  completed 0  failed 1" in down.stdout
    assert "bad.json" in down.stdout

    again = workplace.start()
    wait_until(lambda: _published(workplace)["mode"] == "serving", "it serves")
    again.kill()
    status = _status(workplace)
    assert (status["daemon"], status["mode"], status["healthy"]) == ("down", "serving", False)
    assert "it crashed" in proxx("status", workplace.watch).stdout
    assert "bad.json" in {each["spec"] for each in status["last_failures"]}


@pytest.mark.parametrize(
    "command", ["status", "pause", "resume", "drain", "cancel", "resubmit", "discard"]
)
def test_a_folder_that_no_daemon_served_is_a_system_error(
    command: str, workplace: Workplace
) -> None:
    job = ("x",) if command in ("cancel", "resubmit") else ()
    done = proxx(command, workplace.watch, *job)
    assert done.returncode == 4
    assert "is not a watch folder" in done.stderr
    assert list(workplace.watch.iterdir()) == []


def test_a_pause_holds_over_a_crash_until_it_is_taken_back(
    workplace: Workplace, daemon: Daemon
) -> None:
    paused = proxx("pause", workplace.watch)
    assert paused.returncode == 0, paused.stderr
    assert "Paused: nothing is claimed" in paused.stdout
    assert "already" in proxx("pause", workplace.watch).stdout
    daemon.kill()
    again = workplace.start()
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    wait_until(lambda: _published(workplace)["counts"]["pending"] == 1, "it was seen")
    assert _status(workplace)["mode"] == "paused"
    assert "paused by" in proxx("status", workplace.watch).stdout
    assert again.events("job_claimed") == []
    assert proxx("resume", workplace.watch).returncode == 0
    assert workplace.wait_filed("job.json")[0] == "completed"
    assert [each["action"] for each in _actions(workplace)] == ["pause", "pause", "resume"]
    assert all("@" in each["by"] and each["done"] for each in _actions(workplace))
    assert len(daemon.events("operator_action")) == 2


def test_a_pause_asked_while_nobody_serves_holds_from_the_next_start(
    workplace: Workplace, daemon: Daemon
) -> None:
    assert daemon.stop() == 0
    asked = proxx("pause", workplace.watch)
    assert asked.returncode == 0
    assert "No daemon serves" in asked.stdout
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    again = workplace.start()
    wait_until(lambda: again.events("operator_action"), "the request was dealt with")
    assert _published(workplace)["running"] == []
    assert proxx("watch", workplace.watch, "--once").returncode == 1
    assert workplace.places("job.json") == ["pending"]


@pytest.mark.long
def test_a_cancelled_job_ends_its_engine_and_fails_as_cancelled(
    workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace, job_id="reel-7")
    _wait_running(workplace)
    refused = proxx("cancel", workplace.watch, "reel-8")
    assert refused.returncode == 1
    assert "No running job is called 'reel-8'" in refused.stderr
    done = proxx("cancel", workplace.watch, "reel-7")
    assert done.returncode == 0, done.stderr
    state, result = workplace.wait_filed("long.json")
    assert state == "failed"
    assert result["failure"]["code"] == "CANCELLED"
    assert result["failure"]["class"] == "execution"
    assert "Cancelled by " in result["failure"]["message"]
    assert result["clips"][0]["failure"]["code"] == "CANCELLED"
    assert daemon.engines() == []
    workplace.drop("next.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    assert workplace.wait_filed("next.json")[0] == "completed"


def test_a_cancel_is_not_forgotten_when_the_daemon_dies_with_the_engine(
    workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace)
    _wait_running(workplace)
    (engine,) = daemon.engines()
    # Stopped, it cannot end itself within the time that it is given.
    engine.suspend()
    assert proxx("cancel", workplace.watch, "long").returncode == 0
    daemon.kill()
    workplace.start()
    _, result = workplace.wait_filed("long.json")
    assert result["failure"]["code"] == "CANCELLED"
    wait_until(lambda: _published(workplace)["last_failures"], "it is shown")


def test_a_drained_daemon_finishes_what_runs_and_ends_with_0(
    workplace: Workplace, daemon: Daemon
) -> None:
    spec = workplace.spec("proxy_h264_low", "bigbuckbunny.mp4")
    workplace.drop("a.json", spec)
    wait_until(lambda: daemon.events("job_claimed"), "it is claimed")
    workplace.drop("b.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    assert "Draining" in proxx("drain", workplace.watch).stdout
    assert daemon.wait_exit() == 0
    assert workplace.places("a.json") == ["completed"]
    assert workplace.places("b.json") == ["pending"]
    assert _status(workplace)["mode"] == "stopped"
    refused = proxx("drain", workplace.watch)
    assert refused.returncode == 1
    assert "No daemon serves" in refused.stderr
    workplace.start()
    assert workplace.wait_filed("b.json")[0] == "completed"


@pytest.mark.long
def test_a_drain_is_not_forgotten_by_the_daemon_that_follows_a_crash(
    workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace)
    _wait_running(workplace)
    assert proxx("drain", workplace.watch).returncode == 0
    daemon.kill()
    workplace.drop("b.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    assert workplace.launch().wait_exit() == 0
    assert workplace.places("b.json") == ["pending"]
    workplace.start()
    assert workplace.wait_filed("b.json")[0] == "completed"


def test_a_request_that_nobody_answers_is_withdrawn(workplace: Workplace, daemon: Daemon) -> None:
    daemon.process.send_signal(19)
    try:
        done = proxx("pause", workplace.watch, "--wait-seconds", "0.2")
    finally:
        daemon.process.send_signal(18)
    assert done.returncode == 4
    assert "did not answer within 0.2 s; the request was withdrawn" in done.stderr
    assert list((workplace.watch / ".proxx" / "requests").iterdir()) == []


def test_a_file_that_is_no_request_is_removed_and_does_nothing(
    workplace: Workplace, daemon: Daemon
) -> None:
    folder = workplace.watch / ".proxx" / "requests"
    for name, content in (("a", b"{"), ("b", b'{"action": "halt"}'), ("c", b"[]"), ("d", b"7")):
        (folder / f"{name}.request.json").write_bytes(content)
    (folder / "e.request.json").symlink_to("/etc/passwd")
    assert proxx("pause", workplace.watch).returncode == 0
    wait_until(lambda: list(folder.iterdir()) == [], "all of them are gone")
    assert len(daemon.events("request_ignored")) == 5


def test_a_failed_job_is_submitted_again_under_an_id_that_names_it(
    workplace: Workplace, daemon: Daemon
) -> None:
    missing = workplace.root / "late.mp4"
    sources = [str(workplace.clips / "bikes.mp4"), str(missing)]
    spec = workplace.spec("proxy_h264_quarter", sources=sources, job_id="reel-7")
    workplace.drop("monday.json", spec)
    assert workplace.wait_filed("monday.json")[1]["failure"]["code"] == "SOURCE_MISSING"
    old = (workplace.watch / "failed" / "monday.json").read_bytes()
    missing.write_bytes((workplace.clips / "carphone_pristine.mp4").read_bytes())

    done = proxx("resubmit", workplace.watch, "monday.json")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(workplace.watch / "pending" / "reel-7.r2.json")
    state, result = workplace.wait_filed("reel-7.r2.json")
    assert (state, result["job_id"]) == ("completed", "reel-7.r2")
    assert (workplace.watch / "failed" / "monday.json").read_bytes() == old

    def noted() -> bool:
        return any(
            (each["action"], each["job"], each["new_job"]) == ("resubmitted", "reel-7", "reel-7.r2")
            for each in _actions(workplace)
        )

    wait_until(noted, "it is on the record")
    third = proxx("resubmit", workplace.watch, "reel-7")
    assert Path(third.stdout.strip()).name == "reel-7.r3.json"


def test_only_the_clips_that_failed_are_submitted_again(
    workplace: Workplace, daemon: Daemon
) -> None:
    damaged = workplace.root / "damaged.mp4"
    whole = (workplace.clips / "bikes.mp4").read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2] + bytes(len(whole) - len(whole) // 2))
    sources = [str(workplace.clips / "carphone_pristine.mp4"), str(damaged)]
    spec = workplace.spec("proxy_h264_quarter", sources=sources, job_id="reel")
    workplace.drop("two.json", spec)
    assert workplace.wait_filed("two.json")[1]["final_status"] in ("PARTIAL", "FAILED")
    damaged.write_bytes(whole)
    done = proxx("resubmit", workplace.watch, "two", "--failed-clips")
    assert done.returncode == 0, done.stderr
    state, result = workplace.wait_filed("reel.r2.json")
    assert state == "completed", result["failure"]
    names = [clip["source_path"] for clip in result["clips"]]
    assert names in ([str(damaged)], sources)
    again = proxx("resubmit", workplace.watch, "reel.r2", "--failed-clips")
    assert again.returncode == 1
    assert "All of its clips completed" in again.stderr


def test_a_spec_that_no_daemon_would_take_is_not_submitted_again(
    workplace: Workplace, daemon: Daemon
) -> None:
    workplace.drop("bad.json", b'{"sources": ["a"]}')
    workplace.wait_filed("bad.json")
    done = proxx("resubmit", workplace.watch, "bad.json")
    assert done.returncode == 1
    assert "No JobSpec was made" in done.stderr
    workplace.drop("torn.json", b'{"sources": ')
    workplace.wait_filed("torn.json", 30)
    done = proxx("resubmit", workplace.watch, "torn.json")
    assert done.returncode == 1
    assert "Correct the spec" in done.stderr
    assert workplace.names("pending") == []


@pytest.mark.slow
def test_an_idle_daemon_publishes_no_more_than_its_scans(
    workplace: Workplace, daemon: Daemon
) -> None:
    path = workplace.watch / ".proxx" / "status.json"
    # The publication of the first scan is due a second after the start.
    wait_until(lambda: _published(workplace)["last_scan_at"], "the first scan is published")
    first = path.stat().st_mtime_ns
    wait_until(lambda: path.stat().st_mtime_ns != first, "the next scan is published")
    assert path.stat().st_mtime_ns - first > 8_000_000_000


@pytest.mark.long
def test_status_follows_a_job_through_a_pipe(workplace: Workplace, daemon: Daemon) -> None:
    _drop_long_job(workplace)
    command = [sys.executable, "-m", "proxx_daemon", "status", str(workplace.watch)]
    with subprocess.Popen([*command, "--follow", "--json"], stdout=subprocess.PIPE) as follower:
        assert follower.stdout is not None
        deadline = time.monotonic() + 60
        percents: set[float] = set()
        while len(percents) < 3 and time.monotonic() < deadline:
            document = json.loads(follower.stdout.readline())
            percents.update(job["percent"] for job in document["running"] if job["percent"])
        # Ctrl-C is tried in a real terminal, by the new operator.
        follower.terminate()
    assert len(percents) == 3
