"""A shoot in two commands, and its outcome in one table."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx, wait_until

from proxx_daemon.engines.engine import EngineTools

_CREATE = ("create", "--profile", "H264_Half", "--layout", "mirror")


def _clip(tools: EngineTools, path: Path, *options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.4"]
    command += [*options, "-c:v", "libx264", "-preset", "ultrafast", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def _footage(workplace: Workplace, tools: EngineTools, count: int) -> Path:
    """Make a tree of clips: the last but one is cut off, the last has a varying rate."""
    root = workplace.root / "footage"
    good = _clip(tools, root / "CARD1" / "C0001.mov", "-timecode", "10:00:00:00")
    for number in range(2, count - 1):
        copy = root / f"CARD{1 + number % 3}" / f"C{number:04d}.mov"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(good.read_bytes())
    (root / "CARD9").mkdir()
    (root / "CARD9" / "cut.mov").write_bytes(good.read_bytes()[:-3000])
    varying = "setpts=(N/25+if(eq(mod(N\\,3)\\,1)\\,0.01\\,0))/TB"
    _clip(tools, root / "phone" / "IMG_1.mp4", "-vf", varying, "-fps_mode", "vfr")
    (root / "notes.txt").write_text("a shoot")
    return root


@pytest.mark.parametrize("count", [6, pytest.param(40, marks=pytest.mark.slow)])
def test_a_shoot_takes_two_commands_and_one_table(
    count: int, workplace: Workplace, tools: EngineTools
) -> None:
    footage = _footage(workplace, tools, count)
    daemon = workplace.start("--max-workers", "2")
    target = ("--output-directory", workplace.proxies, "--into", workplace.watch)
    created = proxx(*_CREATE, *target, "--batch", "A001", footage)
    assert created.returncode == 0, created.stderr
    assert f"{count} job(s) created: A001-0001 to A001-{count:04d}" in created.stdout
    assert "1 other file(s) (.txt 1)" in created.stderr

    waited = proxx("wait", workplace.watch, "--batch", "A001")
    assert waited.returncode == 3, waited.stderr
    lines = waited.stdout.splitlines()
    assert lines[-1] == f"{count} job(s): {count - 1} completed, 1 failed"
    head = "JOB STATUS PREMIERE RESOLVE AVID ENDED CLIP REASON"
    assert " ".join(lines[0].split()) == head
    (failed,) = (line for line in lines if "cut.mov" in line and "FAILED" in line)
    assert "SOURCE_TRUNCATED" in failed
    (phone,) = (line.split() for line in lines if "IMG_1.mp4" in line)
    assert phone[2:5] == ["yes", "yes", "yes"]
    assert "  do: Wait until the source is completely copied" in waited.stdout
    assert len(list(workplace.proxies.rglob("*_proxy.mp4"))) == count - 1
    assert daemon.events("entry_ignored") == []

    shown = proxx("jobs", workplace.watch, "--failed", "--json")
    (row,) = json.loads(shown.stdout)
    assert (row["job"], row["code"]) == (failed.split()[0], "SOURCE_TRUNCATED")
    assert json.loads(proxx("jobs", workplace.watch, "--not-attaching", "--json").stdout) == []
    table = list(csv.DictReader(proxx("jobs", workplace.watch, "--csv").stdout.splitlines()))
    assert len(table) == count
    assert proxx("jobs", workplace.watch, "--since", "2001-01-01").stdout == (
        proxx("jobs", workplace.watch).stdout
    )


@pytest.mark.long
def test_wait_waits_for_jobs_and_says_how_they_ended(workplace: Workplace) -> None:
    daemon = workplace.start()
    assert proxx("wait", workplace.watch).returncode == 0
    clip = workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4")
    workplace.drop("good.json", clip)
    assert proxx("wait", workplace.watch, "good").returncode == 0
    workplace.drop("bad.json", b"{}")
    assert proxx("wait", workplace.watch, "bad.json").returncode == 2
    assert proxx("wait", workplace.watch, "good", "bad").returncode == 3
    unknown = proxx("wait", workplace.watch, "ugly")
    assert (unknown.returncode, "has no job 'ugly'" in unknown.stderr) == (4, True)
    assert proxx("wait", workplace.watch, "--batch", "A001").returncode == 4

    # A job that was submitted again counts as the last one ended.
    workplace.drop("bad.r2.json", clip | {"naming_template": "{source_name}_2"})
    assert proxx("wait", workplace.watch, "bad", "bad.r2").returncode == 0

    assert daemon.stop() == 0
    workplace.drop("late.json", clip | {"naming_template": "{source_name}_3"})
    waiting = proxx("jobs", workplace.watch).stdout
    assert any(line.split()[:2] == ["late", "WAITING"] for line in waiting.splitlines())
    command = [sys.executable, "-m", "proxx_daemon", "wait", str(workplace.watch), "late"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "No daemon serves" in process.stderr.readline()
        workplace.start()
        assert process.wait(60) == 0


@pytest.mark.long
def test_of_two_jobs_for_one_output_the_second_is_refused_before_it_encodes(
    workplace: Workplace,
) -> None:
    daemon = workplace.start("--max-workers", "2")
    # The same folder by another path.
    (workplace.root / "link").symlink_to(workplace.proxies)
    spec = workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4")
    workplace.drop("first.json", spec)
    wait_until(daemon.engines, "the first one is encoded")
    workplace.drop("second.json", spec | {"output_directory": str(workplace.root / "link")})
    state, result = workplace.wait_filed("second.json")
    assert (state, result["failure"]["code"]) == ("failed", "OUTPUT_CLAIMED")
    assert "'first.json'" in result["failure"]["message"]
    assert result["clips"][0]["status"] == "NOT_ATTEMPTED"
    assert workplace.wait_filed("first.json")[0] == "completed"
    # Whoever comes later finds the proxy.
    workplace.drop("third.json", spec)
    assert workplace.wait_filed("third.json")[1]["failure"]["code"] == "OUTPUT_EXISTS"
