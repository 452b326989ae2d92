"""`proxx doctor`: every check says what was found, and what to do where it is not good enough."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, proxx
from resolve_place import SimulatedResolve

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.inspection import inspect

_MISBEHAVING = Path(__file__).parents[1] / "programs" / "misbehaving_ffmpeg.py"


def _doctor(*arguments: str | Path, **environment: str) -> tuple[int, dict[str, Any]]:
    done = proxx("doctor", *arguments, "--json", environment=environment)
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["fit"] is (done.returncode == 0)
    return done.returncode, {check["check"]: check for check in document["checks"]}


def test_a_fit_machine_and_folder_are_called_fit(workplace: Workplace, tools: EngineTools) -> None:
    code, checks = _doctor(workplace.watch)
    assert code == 0
    engine = inspect(tools)
    for fact in (tools.ffmpeg, engine.version, engine.sha256):
        assert fact in checks["ffmpeg"]["found"]
    names = ["rename", "fsync", "folder", "encoders", "open files", "daemon"]
    assert {checks[name]["verdict"] for name in names} == {"ok"}
    assert list(workplace.watch.iterdir()) == []
    table = proxx("doctor", workplace.watch)
    assert table.stdout.endswith("\nfit\n")
    assert "rename" in table.stdout


def test_a_daemon_that_serves_the_folder_is_not_disturbed(workplace: Workplace) -> None:
    daemon = workplace.start()
    code, checks = _doctor(workplace.watch)
    assert code == 0
    assert checks["daemon"]["found"] == "a daemon serves it"
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    assert workplace.wait_filed("job.json")[0] == "completed"
    assert daemon.events("entry_ignored") == []


@pytest.mark.parametrize("what", ["absent", "file"])
def test_a_folder_that_is_none_is_not_fit(what: str, workplace: Workplace) -> None:
    path = workplace.root / what
    if what == "file":
        path.write_text("")
    code, checks = _doctor(path)
    assert code == 1
    assert checks["folder"]["verdict"] == "fail"
    assert checks["folder"]["action"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for a folder nobody may write in")
def test_a_folder_that_cannot_be_written_is_not_fit() -> None:
    code, checks = _doctor("/proc/self")
    assert code == 1
    assert "cannot be written" in checks["folder"]["found"]


def test_an_engine_that_is_missing_or_lacks_an_encoder_is_not_fit(
    workplace: Workplace, tools: EngineTools
) -> None:
    code, checks = _doctor(PROXX_FFMPEG="/nonexistent/ffmpeg")
    assert code == 1
    assert checks["ffmpeg"]["verdict"] == "fail"
    assert "PROXX_FFMPEG" in checks["ffmpeg"]["action"]

    for name, real in (("ffmpeg", tools.ffmpeg), ("ffprobe", tools.ffprobe)):
        program = workplace.root / name
        program.write_text(
            f'#!/bin/sh\nexec {sys.executable} {_MISBEHAVING} no_encoder {real} "$@"\n'
        )
        program.chmod(0o755)
    code, checks = _doctor(PROXX_FFMPEG=str(workplace.root / "ffmpeg"))
    assert code == 1
    assert "proxy_h264_low lacks libx264" in checks["encoders"]["found"]


def test_the_pins_of_a_configuration_are_checked(workplace: Workplace) -> None:
    config = workplace.root / "proxx.toml"
    config.write_text(f'folder = "{workplace.watch}"\n[engine]\nffmpeg_version = "1.0"\n')
    code, checks = _doctor("--config", config)
    assert code == 1
    assert "pinned is 1.0" in checks["ffmpeg"]["found"]
    assert checks["folder"]["verdict"] == "ok"


def test_resolve_is_asked_who_it_is_and_which_presets_it_has(
    workplace: Workplace, tools: EngineTools
) -> None:
    resolve = SimulatedResolve(workplace.root / "resolve", tools)
    code, checks = _doctor(**resolve.environment)
    assert code == 0
    assert checks["resolve"]["verdict"] == "ok"
    assert "DaVinci Resolve" in checks["resolve"]["found"]
    assert checks["resolve presets"]["verdict"] == "ok"
    resolve.tell(presets=["ProRes LT"])
    code, checks = _doctor(**resolve.environment)
    assert (code, checks["resolve presets"]["verdict"]) == (0, "note")
    assert "found: ProRes LT; missing: DNxHR LB" in checks["resolve presets"]["found"]
    assert resolve.violations() == []


def test_a_machine_without_resolve_is_fit_and_says_so() -> None:
    code, checks = _doctor(RESOLVE_SCRIPT_API="/nonexistent")
    assert (code, checks["resolve"]["verdict"]) == (0, "note")
    assert checks["resolve"]["found"].startswith("RESOLVE_")
    assert checks["resolve"]["action"]
