"""The daemon and its folders: order, bounds, refusals, names, and what it leaves alone."""

import json
import os
import sys
from pathlib import Path

import pytest
from proxx_process import Daemon, Workplace, wait_until

from proxx_daemon.engines.engine import EngineTools

_PROGRAMS = Path(__file__).parents[1] / "programs"


def _counting_engine(workplace: Workplace, tools: EngineTools) -> tuple[str, Path]:
    """Set up an ffmpeg that runs the real one and notes its start and end."""
    folder = workplace.root / "engine"
    folder.mkdir()
    notes = workplace.root / "engine-runs.txt"
    program = folder / "ffmpeg"
    program.write_text(
        f"#!/bin/sh\nexec {sys.executable} {_PROGRAMS / 'counting_ffmpeg.py'} "
        f'{tools.ffmpeg} {notes} "$@"\n'
    )
    program.chmod(0o755)
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    return str(program), notes


@pytest.mark.long
def test_twenty_jobs_with_three_workers_never_run_more_than_three_engines(
    workplace: Workplace, tools: EngineTools
) -> None:
    engine, notes = _counting_engine(workplace, tools)
    names = [f"job-{number:02d}.json" for number in range(20)]
    for name in reversed(names):
        spec = workplace.spec(
            "proxy_h264_quarter", "bikes.mp4", naming_template=name.removesuffix(".json")
        )
        workplace.drop(name, spec)
    daemon = workplace.start("--max-workers", "3", PROXX_FFMPEG=engine)
    for name in names:
        state, result = workplace.wait_filed(name)
        assert state == "completed", result["failure"]
    running = highest = 0
    for line in notes.read_text().splitlines():
        running += 1 if line == "start" else -1
        highest = max(highest, running)
    assert running == 0
    assert highest == 3
    assert [line["spec"] for line in daemon.events("job_claimed")] == names


def test_a_name_that_is_taken_gets_a_number_for_spec_result_and_log(
    workplace: Workplace, daemon: Daemon
) -> None:
    for output in ("first", "second"):
        workplace.drop(
            "job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4", naming_template=output)
        )
        wait_until(lambda: workplace.places("job.json") == ["completed"], "it is filed")
        wait_until(lambda: not workplace.names("running"), "nothing runs")
    wait_until(lambda: "job-2.json" in workplace.names("completed"), "the second is filed")
    stems = ("job", "job-2")
    expected = sorted(f"{s}{suffix}" for s in stems for suffix in (".json", ".log", ".result.json"))
    assert workplace.names("completed") == expected
    assert not daemon.ended()


def test_an_output_that_exists_is_never_overwritten(workplace: Workplace, daemon: Daemon) -> None:
    mine = workplace.proxies / "bikes_proxy.mp4"
    mine.write_text("mine")
    workplace.drop("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    state, result = workplace.wait_filed("job.json")
    assert state == "failed"
    assert result["failure"]["code"] == "OUTPUT_EXISTS"
    assert result["failure"]["message"] == f"Output path '{mine}' already exists."
    assert mine.read_text() == "mine"
    assert not daemon.ended()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "SPEC_NOT_JSON"),
        (b'{"a": NaN}', "SPEC_NOT_JSON"),
        (b'{"a": 1e999}', "SPEC_NOT_JSON"),
        (b'{"a": 1, "a": 2}', "SPEC_DUPLICATE_KEY"),
        (b"[" * 100_000, "SPEC_TOO_DEEP"),
        (b" " * (1024 * 1024 + 1), "SPEC_TOO_LARGE"),
        (b"\xef\xbb\xbf{}", "SPEC_NOT_UTF8"),
        ('{"a": 1}'.encode("utf-16"), "SPEC_NOT_UTF8"),
        (b"[]", "FIELD_TYPE"),
        (b"", "SPEC_EMPTY"),
    ],
)
def test_a_broken_document_fails_with_its_code_and_the_daemon_lives_on(
    content: bytes, code: str, workplace: Workplace, daemon: Daemon
) -> None:
    workplace.drop("broken.json", content)
    state, result = workplace.wait_filed("broken.json")
    assert state == "failed"
    assert result["failure"]["class"] == "validation"
    assert result["failure"]["code"] == code
    assert result["failure"]["action"]
    assert workplace.places("broken.json") == ["failed"]
    assert (workplace.watch / "failed" / "broken.json").read_bytes() == content
    assert not daemon.ended()


def test_what_is_not_a_spec_is_left_alone_and_reported_once(workplace: Workplace) -> None:
    workplace.drop("first.json", b"{}")
    pending = workplace.watch / "pending"
    outside = workplace.root / "outside.json"
    outside.write_text("{}")
    (pending / "link.json").symlink_to(outside)
    os.mkfifo(pending / "fifo.json")
    (pending / "folder.json").mkdir()
    os.link(outside, pending / "twice.json")
    for name in (".hidden.json", "x.result.json", "notes.txt", "-n.json", "50%.json"):
        (pending / name).write_text("{}")
    (pending / "line\nbreak.json").write_text("{}")
    Path(os.fsdecode(os.fsencode(pending) + b"/bad\xff.json")).write_text("{}")
    before = sorted(os.listdir(os.fsencode(pending)))
    daemon = workplace.start("--poll-seconds", "0.1")
    workplace.wait_filed("first.json")
    workplace.drop("last.json", b"{}")
    workplace.wait_filed("last.json")
    before.remove(b"first.json")
    wait_until(lambda: len(daemon.events("entry_ignored")) >= len(before), "each is reported")
    assert sorted(os.listdir(os.fsencode(pending))) == before
    ignored = [line["entry"] for line in daemon.events("entry_ignored")]
    assert len(ignored) == len(before)
    assert len(set(ignored)) == len(before)
    assert "line\\nbreak.json" in ignored
    assert daemon.stop() == 0


def test_a_spec_that_was_linked_in_is_taken_once_it_has_one_name(workplace: Workplace) -> None:
    daemon = workplace.start("--poll-seconds", "0.1")
    written = workplace.write_spec("written.json", b"{}")
    os.link(written, workplace.watch / "pending" / "job.json")
    wait_until(lambda: daemon.events("entry_ignored"), "it is seen with two names")
    written.unlink()
    workplace.wait_filed("job.json")


def test_a_second_daemon_ends_with_1_and_names_the_first(
    workplace: Workplace, daemon: Daemon
) -> None:
    second = workplace.launch()
    assert second.wait_exit() == 1
    assert f"pid {daemon.process.pid}" in second.log_text()
    assert not daemon.ended()


def test_once_handles_what_is_pending_and_ends(workplace: Workplace) -> None:
    workplace.drop("a.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    workplace.drop("b.json", b"{}")
    daemon = workplace.launch("--once")
    assert daemon.wait_exit() == 0
    assert workplace.places("a.json") == ["completed"]
    assert workplace.places("b.json") == ["failed"]


def test_scanning_alone_finds_specs_too(workplace: Workplace) -> None:
    daemon = workplace.start("--poll-seconds", "0.2")
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    state, _ = workplace.wait_filed("job.json")
    assert state == "completed"
    assert daemon.events("daemon_ready")[0]["events"] is False


def test_a_folder_that_does_not_exist_is_a_fatal_error(workplace: Workplace) -> None:
    workplace.watch.rmdir()
    daemon = workplace.launch()
    assert daemon.wait_exit() == 1
    assert "is not a folder" in daemon.log_text()


def test_a_missing_engine_is_a_validation_failure(workplace: Workplace) -> None:
    workplace.start(PROXX_FFMPEG="/nonexistent/ffmpeg")
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    state, result = workplace.wait_filed("job.json")
    assert state == "failed"
    assert result["failure"]["class"] == "validation"
    assert result["failure"]["code"] == "ENGINE_MISSING"
    assert "/nonexistent/ffmpeg" in result["failure"]["message"]


def test_the_result_says_what_ran_on_what_with_what_outcome(
    workplace: Workplace, daemon: Daemon, tools: EngineTools
) -> None:
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4", job_id="audit")
    workplace.drop("job.json", spec)
    _, result = workplace.wait_filed("job.json")
    assert result["job_id"] == "audit"
    assert result["jobspec"] == spec
    states = [entry["state"] for entry in result["transitions"]]
    assert states == [
        *("CLAIMED", "VALIDATING", "PLANNING", "EXECUTING", "VERIFYING", "RECORDING"),
        "COMPLETED",
    ]
    metadata = result["_metadata"]
    assert metadata["engine_path"] == tools.ffmpeg
    assert len(metadata["engine_sha256"]) == 64
    assert metadata["engine_version"]
    assert metadata["proxy_profile_used"] == "proxy_h264_quarter"
    assert len(metadata["proxy_profile_fingerprint"]) == 64
    (clip,) = result["clips"]
    assert clip["command"][0] == tools.ffmpeg
    assert clip["exit_code"] == 0
    made = Path(clip["resolved_output_path"])
    assert made.stat().st_size == clip["output_size_bytes"]
    assert json.loads((workplace.watch / "completed" / "job.json").read_text()) == spec
    assert not daemon.ended()
