"""What people and programs with access to the watch folder can do to a daemon: nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crafted import KINDS
from proxx_process import Daemon, Workplace, misbehaving_engine, proxx, wait_until

from proxx_daemon.engines.engine import EngineTools


def test_an_output_directory_in_the_watch_folder_is_refused_before_anything_runs(
    workplace: Workplace, daemon: Daemon, footage: Path
) -> None:
    (workplace.root / "proxies-link").symlink_to(workplace.watch / ".proxx/tmp")
    spec = workplace.spec(
        "proxy_h264_quarter",
        sources=[str(footage)],
        output_directory=str(workplace.root / "proxies-link"),
    )
    workplace.drop("inside.json", spec)
    state, result = workplace.wait_filed("inside.json")
    failure = result["failure"]
    assert (state, failure["code"]) == ("failed", "OUTPUT_DIRECTORY_IN_WATCH_FOLDER")
    assert failure["class"] == "validation"
    assert str(workplace.watch) in failure["message"]
    assert "outside" in failure["action"]
    path = workplace.write_spec("job.json", spec)
    assert proxx("validate", path).returncode == 1
    ran = proxx("run", path)
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["failure"]["code"] == "OUTPUT_DIRECTORY_IN_WATCH_FOLDER"


@pytest.mark.parametrize("target", ["submitted", "printed"])
def test_no_job_is_created_whose_output_is_in_a_watch_folder(
    workplace: Workplace, daemon: Daemon, footage: Path, target: str
) -> None:
    into = ("--into", workplace.watch) if target == "submitted" else ()
    options = ("--profile", "H264_Half", "--output-directory", workplace.watch / "completed")
    ran = proxx("create", *options, *into, footage)
    assert ran.returncode == 1
    assert "OUTPUT_DIRECTORY_IN_WATCH_FOLDER" in ran.stderr
    assert ran.stdout == ""
    assert list((workplace.watch / "pending").iterdir()) == []


def test_a_source_in_the_watch_folder_is_refused(
    workplace: Workplace, daemon: Daemon, footage: Path
) -> None:
    inside = workplace.watch / "completed" / "footage.mp4"
    footage.rename(inside)
    workplace.drop("inside.json", workplace.spec("proxy_h264_quarter", sources=[str(inside)]))
    _, result = workplace.wait_filed("inside.json")
    assert result["failure"]["code"] == "SOURCE_IN_WATCH_FOLDER"


def test_a_start_deletes_nothing_that_proxx_did_not_make(workplace: Workplace) -> None:
    """A folder can get proxies before it becomes a watch folder."""
    made = [workplace.watch / ".proxx" / part / "A001_proxy.mov" for part in ("tmp", "journal")]
    for path in made:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a proxy")
    workplace.start()
    kept = [path for path in workplace.watch.rglob("A001_proxy.mov") if path.read_bytes()]
    assert len(kept) == len(made)


def test_an_output_folder_that_becomes_a_part_of_a_watch_folder_gets_no_proxy(
    workplace: Workplace, footage: Path, tools: EngineTools
) -> None:
    folder = workplace.root / "engine"
    folder.mkdir()
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    engine = folder / "ffmpeg"
    made = f"mkdir -p {workplace.proxies}/.proxx {workplace.proxies}/pending"
    choice = f'case "$*" in *-progress*) {made};; esac'
    engine.write_text(f'#!/bin/sh\n{choice}\nexec {tools.ffmpeg} "$@"\n')
    engine.chmod(0o755)
    spec = workplace.spec("proxy_h264_quarter", sources=[str(footage)])
    path = workplace.write_spec("job.json", spec)
    ran = proxx("run", path, environment={"PROXX_FFMPEG": str(engine)})
    failure = json.loads(ran.stdout)["failure"]
    assert (ran.returncode, failure["code"]) == (2, "PUBLISH_REFUSED")
    assert str(workplace.proxies) in failure["message"]
    assert [path.name for path in workplace.published()] == ["pending"]


def test_crafted_requests_stop_neither_the_daemon_nor_a_start_nor_another_request(
    workplace: Workplace, daemon: Daemon
) -> None:
    state = workplace.watch / ".proxx"
    for make in (KINDS["FIFO"], KINDS["folder"]):
        make(state / "operator.jsonl")
        for number, kind in enumerate(KINDS.values()):
            kind(state / "requests" / f"{number}.request.json")
        assert proxx("pause", workplace.watch).returncode == 0
        wait_until(lambda: not list((state / "requests").iterdir()), "they are set aside")
        assert not daemon.ended()
        (state / "operator.jsonl").unlink()
    daemon.kill()
    for number, kind in enumerate(KINDS.values()):
        kind(state / "requests" / f"{number}.request.json")
    (state / "status.json").unlink()
    KINDS["deep objects"](state / "status.json")
    again = workplace.start()
    assert proxx("resume", workplace.watch).returncode == 0
    assert len(again.events("request_ignored")) == len(KINDS)
    assert len(list((state / "quarantine").iterdir())) == 3 * len(KINDS) + 2
    assert again.stop() == 0


def _immutable(path: Path, sign: str) -> bool:
    """Make a file immutable (+) or mutable (-); return whether that works here."""
    command = ("chattr", f"{sign}i", str(path))
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _seen(workplace: Workplace) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((workplace.watch / ".proxx" / "status.json").read_text())
    return document


def test_a_spec_that_cannot_be_renamed_is_named_and_passed_over_until_it_can(
    workplace: Workplace,
) -> None:
    workplace.drop("a.json", b"{}")
    spec = workplace.watch / "pending" / "a.json"
    if not _immutable(spec, "+"):
        pytest.skip("nobody can make a file immutable here")
    try:
        daemon = workplace.start("--poll-seconds", "0.2")
        workplace.drop("b.json", b"{}")
        workplace.wait_filed("b.json")
        (stuck,) = wait_until(lambda: daemon.events("spec_stuck"), "it is named")
        assert (stuck["entry"], stuck["level"]) == ("a.json", "error")
        wait_until(lambda: not _seen(workplace)["healthy"], "the status says so")
        seen = _seen(workplace)
        assert seen["numbers"]["stuck_specs"] == 1
        (fact,) = [fact for fact in seen["health"] if not fact["ok"]]
        assert fact["name"] == "specs"
        assert "a.json (Operation not permitted)" in fact["detail"]
        assert "UNHEALTHY: 1 spec(s) in pending/" in proxx("status", workplace.watch).stdout
        doctor = proxx("doctor", workplace.watch)
        assert doctor.returncode == 1
        assert "a.json (Operation not permitted)" in " ".join(doctor.stdout.split())
        assert workplace.places("a.json") == ["pending"]
        assert daemon.events("claiming_stopped") == []
    finally:
        _immutable(spec, "-")
    workplace.wait_filed("a.json")
    wait_until(lambda: _seen(workplace)["healthy"], "all is well again")
    assert len(daemon.events("spec_stuck")) == 1


def _check_that_a_is_stuck_and_another_is_filed(
    workplace: Workplace, daemon: Daemon, name: str
) -> None:
    (stuck,) = wait_until(lambda: daemon.events("spec_stuck"), "it is named")
    assert stuck["entry"] == "running/a.json"
    # The only worker is free for the next one.
    workplace.drop(name, b"{}")
    workplace.wait_filed(name)
    wait_until(lambda: not _seen(workplace)["healthy"], "the status says so")
    assert _seen(workplace)["numbers"]["stuck_specs"] == 1
    (fact,) = [fact for fact in _seen(workplace)["health"] if not fact["ok"]]
    assert "a.json (Operation not permitted)" in fact["detail"]
    assert workplace.places("a.json") == ["running"]
    result = workplace.watch / "failed" / "a.result.json"
    assert json.loads(result.read_text())["failure"]["code"] == "CANCELLED"


def test_a_spec_of_a_job_that_is_over_may_be_stuck_in_running_and_stops_no_daemon_and_no_start(
    workplace: Workplace, footage: Path, tools: EngineTools
) -> None:
    engine = misbehaving_engine(workplace, tools, "never_ends")
    daemon = workplace.start("--poll-seconds", "0.2", **engine)
    workplace.drop("a.json", workplace.spec("proxy_h264_quarter", sources=[str(footage)]))
    wait_until(lambda: list(workplace.proxies.glob(".proxx-*.partial/*")), "it encodes")
    spec = workplace.watch / "running" / "a.json"
    if not _immutable(spec, "+"):
        pytest.skip("nobody can make a file immutable here")
    try:
        assert proxx("cancel", workplace.watch, "a.json").returncode == 0
        _check_that_a_is_stuck_and_another_is_filed(workplace, daemon, "b.json")
        assert daemon.stop() == 0
        (left,) = daemon.events("left_in_running")
        assert left["entries"] == ["a.json"]
        daemon = workplace.start("--poll-seconds", "0.2")
        _check_that_a_is_stuck_and_another_is_filed(workplace, daemon, "c.json")
    finally:
        _immutable(spec, "-")
    assert workplace.wait_filed("a.json")[1]["failure"]["code"] == "CANCELLED"
    wait_until(lambda: _seen(workplace)["healthy"], "all is well again")
    assert len(daemon.events("spec_stuck")) == 1
    assert workplace.names("running") == workplace.names(".proxx/journal") == []
    assert daemon.stop() == 0


def test_what_ffmpeg_reads_in_the_environment_does_not_reach_it(
    workplace: Workplace, footage: Path
) -> None:
    """FFREPORT makes FFmpeg and ffprobe write a file; a preset's folder changes what they do."""
    report = workplace.root / "report-%p.log"
    kin = {
        "FFREPORT": f"file={report}:level=48",
        "FFMPEG_DATADIR": str(workplace.root),
        "AV_LOG_FORCE_COLOR": "1",
    }
    path = workplace.write_spec("job.json", workplace.spec("proxy_h264_quarter", str(footage)))
    before = set(os.listdir(workplace.root))
    ran = proxx("run", path, environment=kin)
    assert ran.returncode == 0, ran.stderr
    assert set(os.listdir(workplace.root)) == before
    assert "\x1b" not in ran.stdout.encode().decode("unicode_escape")


def test_a_daemon_with_closed_standard_streams_does_its_work(workplace: Workplace) -> None:
    started = []
    for number, closed in enumerate(("<&-", ">&-", "2>&-", "<&- >&- 2>&-")):
        watch = workplace.root / str(number)
        (watch / "pending").mkdir(parents=True)
        (watch / "pending" / "bad.json").write_bytes(b"{}")
        daemon = (sys.executable, "-m", "proxx_daemon", "watch", str(watch), "--once")
        script = ("sh", "-c", f'exec "$@" {closed}', "sh", *daemon)
        started.append((watch, subprocess.Popen(script, stderr=subprocess.DEVNULL)))
    for watch, process in started:
        assert process.wait(timeout=60) == 0, watch
        assert (watch / "failed" / "bad.result.json").exists()
        # Nothing was printed into a file that got the number of a closed stream.
        assert (watch / ".proxx" / "lock").read_bytes() == b""
        assert json.loads((watch / ".proxx" / "status.json").read_text())["mode"] == "stopped"
