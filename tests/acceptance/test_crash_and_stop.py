"""Kill -9, signals and slow writers: nothing is lost, left running, or taken too early."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Daemon, Workplace, wait_until

_PROGRAMS = Path(__file__).parents[1] / "programs"


def _partials(workplace: Workplace) -> list[Path]:
    """Return the partial files: each attempt has a hidden folder of its own for them."""
    return list(workplace.proxies.glob(".proxx-*.partial/*"))


def _drop_long_job(workplace: Workplace, name: str = "long.json", **fields: Any) -> None:
    """Drop a job whose encode takes some seconds on any machine."""
    spec = workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4", **fields)
    workplace.drop(name, spec)


def _wait_encoding(workplace: Workplace, daemon: Daemon) -> None:
    wait_until(daemon.engines, "an engine runs")
    wait_until(lambda: [p for p in _partials(workplace) if p.stat().st_size > 0], "it writes")


def test_after_kill_9_while_encoding_the_job_is_interrupted_and_the_next_one_runs(
    workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace)
    _wait_encoding(workplace, daemon)
    daemon.kill()
    assert daemon.engines(), "the engine outlives its daemon: that is what recovery is for"
    assert workplace.places("long.json") == ["running"]

    again = workplace.start()
    assert not again.engines()
    assert len(again.events("orphan_engine_ended")) == 1
    state, result = workplace.wait_filed("long.json")
    assert state == "failed"
    assert workplace.places("long.json") == ["failed"]
    assert result["final_status"] == "FAILED"
    assert result["failure"]["class"] == "execution"
    assert result["failure"]["code"] == "INTERRUPTED"
    assert result["jobspec"]["proxy_profile"] == "proxy_prores_lt"
    (partial,) = _partials(workplace)
    assert result["clips"][0]["partial_path"] == str(partial)
    assert list(workplace.published()) == []
    assert workplace.names("running") == []
    assert os.listdir(workplace.watch / ".proxx" / "journal") == []

    workplace.drop("next.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    state, _ = workplace.wait_filed("next.json")
    assert state == "completed"


def test_an_interrupted_job_lists_the_clip_that_did_complete(
    workplace: Workplace, daemon: Daemon
) -> None:
    spec = workplace.spec("proxy_prores_lt", "carphone_pristine.mp4", "bigbuckbunny.mp4")
    workplace.drop("two.json", spec)
    wait_until(lambda: list(workplace.published()), "the first clip is published")
    wait_until(lambda: _partials(workplace), "the second clip is being written")
    daemon.kill()
    workplace.start()
    state, result = workplace.wait_filed("two.json")
    assert state == "failed"
    assert result["final_status"] == "PARTIAL"
    first, second = result["clips"]
    assert first["status"] == "COMPLETED"
    assert Path(first["resolved_output_path"]).stat().st_size == first["output_size_bytes"]
    assert second["status"] == "FAILED"
    assert second["failure"]["code"] == "INTERRUPTED"


def test_a_spec_half_written_by_a_slow_writer_is_not_touched_even_across_a_crash(
    workplace: Workplace, daemon: Daemon
) -> None:
    content = workplace.write_spec("spec.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    target = workplace.watch / "pending" / "slow.json"
    writer = subprocess.Popen(
        [sys.executable, str(_PROGRAMS / "writes_slowly.py"), str(content), str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"half\n"
    # Jobs that come later are done meanwhile: the daemon has looked, and passed it over.
    workplace.drop("later-1.json", b"{}")
    workplace.wait_filed("later-1.json")
    assert workplace.places("slow.json") == ["pending"]
    daemon.kill()
    workplace.start()
    workplace.drop("later-2.json", b"{}")
    workplace.wait_filed("later-2.json")
    assert workplace.places("slow.json") == ["pending"]
    # Longer than the settle time without a write: still open, so still not complete.
    quiet_since = target.stat().st_mtime_ns
    wait_until(
        lambda: _now_ns(workplace) - quiet_since > 3_000_000_000, "three quiet seconds are over"
    )
    assert workplace.places("slow.json") == ["pending"]
    writer.stdin.write(b"go on\n")
    writer.stdin.close()
    assert writer.wait() == 0
    writer.stdout.close()
    state, result = workplace.wait_filed("slow.json")
    assert state == "completed", result["failure"]


def _now_ns(workplace: Workplace) -> int:
    """Give the file system's own time."""
    probe = workplace.root / "clock"
    probe.write_text("")
    return probe.stat().st_mtime_ns


def test_sigterm_lets_the_running_job_finish_and_claims_no_other(
    workplace: Workplace, daemon: Daemon
) -> None:
    workplace.drop("a.json", workplace.spec("proxy_prores_proxy", "bikes.mp4", naming_template="a"))
    workplace.drop("b.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    _wait_encoding(workplace, daemon)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert workplace.places("a.json") == ["completed"]
    assert workplace.places("b.json") == ["pending"]
    assert not daemon.engines()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_second_signal_cuts_the_grace_short(
    number: signal.Signals, workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace)
    _wait_encoding(workplace, daemon)
    daemon.signal(number)
    wait_until(lambda: daemon.events("daemon_stopping"), "it says that it stops")
    daemon.signal(number)
    assert daemon.wait_exit() == 0
    assert workplace.places("long.json") == ["failed"]
    _, result = workplace.wait_filed("long.json")
    assert result["failure"]["code"] == "INTERRUPTED"
    assert not daemon.engines()
    assert list(workplace.published()) == []


@pytest.mark.long
def test_the_grace_time_ends_by_itself(workplace: Workplace) -> None:
    daemon = workplace.start("--grace-seconds", "0.1")
    _drop_long_job(workplace)
    _wait_encoding(workplace, daemon)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    _, result = workplace.wait_filed("long.json")
    assert result["failure"]["code"] == "INTERRUPTED"
    assert [entry["state"] for entry in result["transitions"]][-2:] == ["RECORDING", "FAILED"]


def test_an_engine_that_is_killed_from_outside_fails_its_job_only(
    workplace: Workplace, daemon: Daemon
) -> None:
    _drop_long_job(workplace)
    _wait_encoding(workplace, daemon)
    for engine in daemon.engines():
        engine.kill()
    _, result = workplace.wait_filed("long.json")
    assert result["failure"]["code"] == "ENGINE_KILLED"
    assert result["clips"][0]["exit_code"] == -9
    assert not daemon.ended()


@pytest.mark.long
def test_a_source_that_changes_while_it_is_encoded_fails_its_clip(
    workplace: Workplace, daemon: Daemon
) -> None:
    source = workplace.root / "camera.mp4"
    source.write_bytes((workplace.clips / "bikes.mp4").read_bytes())
    spec = workplace.spec("proxy_prores_lt", sources=[str(source)])
    workplace.drop("job.json", spec)
    _wait_encoding(workplace, daemon)
    with source.open("ab") as file:
        file.write(b"more")
    _, result = workplace.wait_filed("job.json")
    assert result["failure"]["code"] == "SOURCE_CHANGED"
    assert list(workplace.published()) == []


def test_an_odd_file_in_the_journal_is_named_and_stops_no_daemon(workplace: Workplace) -> None:
    journal = workplace.watch / ".proxx" / "journal"
    (journal / "x.notes.jsonl" / "inside").mkdir(parents=True)
    os.mkfifo(journal / "y.attempt.json")
    daemon = workplace.start()
    moved = {line["file"]: line["moved_to"] for line in daemon.events("journal_file_set_aside")}
    assert set(moved) == {str(journal / "x.notes.jsonl"), str(journal / "y.attempt.json")}
    assert all(os.path.lexists(place) for place in moved.values())
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")


@pytest.mark.parametrize("name", ["status.json", "paused.json", "operator.jsonl"])
def test_odd_bookkeeping_stops_no_daemon(workplace: Workplace, name: str) -> None:
    (workplace.watch / ".proxx").mkdir()
    os.mkfifo(workplace.watch / ".proxx" / name)
    daemon = workplace.start()
    assert daemon.stop() == 0


def test_a_finished_spec_without_its_result_stops_the_daemon(workplace: Workplace) -> None:
    daemon = workplace.start()
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")
    assert daemon.stop() == 0
    (workplace.watch / "failed" / "job.result.json").unlink()
    again = workplace.launch()
    assert again.wait_exit() == 1
    assert "no result beside" in again.log_text()
    assert (workplace.watch / ".proxx" / "quarantine" / "job.json").exists()
    workplace.start()
