"""The files for service managers: right by systemd's own judgement and by launchd's manual."""

import plistlib
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[3]
_UNITS = sorted((_ROOT / "systemd").glob("*.service"))
_DROP_INS = sorted((_ROOT / "systemd" / "drop-ins").glob("*.conf"))
_HIGHEST_EXPOSURE = 1.5
#: every key of launchd.plist(5) that a daemon of ours may have
_LAUNCHD_KEYS = frozenset(
    [
        *("Label", "Disabled", "UserName", "GroupName", "Program", "ProgramArguments"),
        *("EnableGlobbing", "KeepAlive", "RunAtLoad", "RootDirectory", "WorkingDirectory"),
        *("EnvironmentVariables", "Umask", "TimeOut", "ExitTimeOut", "ThrottleInterval"),
        *("InitGroups", "WatchPaths", "QueueDirectories", "StartOnMount", "StartInterval"),
        *("StartCalendarInterval", "StandardInPath", "StandardOutPath", "StandardErrorPath"),
        *("Debug", "WaitForDebugger", "SoftResourceLimits", "HardResourceLimits", "Nice"),
        *("ProcessType", "AbandonProcessGroup", "LowPriorityIO", "LowPriorityBackgroundIO"),
        *("MaterializeDatalessFiles", "LaunchOnlyOnce", "MachServices", "Sockets"),
    ]
)

systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="systemd-analyze is not installed (apt-get install systemd); .ci/run installs it",
)


def _installed(tmp_path: Path) -> Path:
    """Lay the units out as an installation has them, with a program that is there."""
    program = tmp_path / "proxx"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for path in (_ROOT / "systemd").iterdir():
        if path.suffix in (".service", ".timer"):
            text = path.read_text("utf-8").replace("/usr/local/bin/proxx", str(program))
            (tmp_path / path.name.replace("@", "@main")).write_text(text)
    return tmp_path


_PROGRAM = shutil.which("systemd-analyze")


def _analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(_PROGRAM), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@systemd
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    folder = _installed(tmp_path)
    units = sorted(path for path in folder.iterdir() if "@main" in path.name)
    assert len(units) == 3
    done = _analyze("verify", "--man=no", *units)
    ours = [line for line in done.stderr.splitlines() if "proxx" in line]
    assert (done.returncode, ours) == (0, [])


@systemd
@pytest.mark.parametrize("drop_in", _DROP_INS, ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_drop_in(drop_in: Path, tmp_path: Path) -> None:
    folder = _installed(tmp_path)
    target = folder / "proxx@main.service.d"
    target.mkdir()
    # The comments inside are settings too, for those who need them.
    text = re.sub(r"^# ?(?=[A-Z][A-Za-z]+=)", "", drop_in.read_text("utf-8"), flags=re.MULTILINE)
    (target / drop_in.name).write_text(text)
    done = _analyze("verify", "--man=no", folder / "proxx@main.service")
    ours = [line for line in done.stderr.splitlines() if "proxx" in line]
    assert (done.returncode, ours) == (0, [])


@systemd
@pytest.mark.parametrize("unit", _UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened(unit: Path, tmp_path: Path) -> None:
    folder = _installed(tmp_path)
    done = _analyze("security", "--offline=true", folder / unit.name.replace("@", "@main"))
    found = re.search(r"Overall exposure level.*: ([0-9.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found.group(1)) <= _HIGHEST_EXPOSURE


def test_the_units_stop_and_watch_as_the_daemon_does() -> None:
    text = (_ROOT / "systemd" / "proxx@.service").read_text("utf-8")
    for line in ("Type=notify", "KillMode=mixed", "Restart=on-failure", "User=proxx"):
        assert f"\n{line}\n" in text
    assert re.search(r"^WatchdogSec=\d+$", text, re.MULTILINE)
    assert "ExecStart=/usr/local/bin/proxx watch --config /etc/proxx/%i.toml\n" in text


def test_the_user_and_its_places_are_made_for_the_unit() -> None:
    users = (_ROOT / "systemd" / "sysusers.d-proxx.conf").read_text("utf-8")
    places = (_ROOT / "systemd" / "tmpfiles.d-proxx.conf").read_text("utf-8")
    assert re.search(r"^u proxx ", users, re.MULTILINE)
    lines = [line.split() for line in places.splitlines() if line and line[0] != "#"]
    assert {line[1] for line in lines} == {"/etc/proxx", "/srv/proxx"}
    assert all(len(line) == 6 and line[0] == "d" and line[4] == "proxx" for line in lines)


@pytest.fixture
def plist() -> dict[str, Any]:
    document: dict[str, Any] = plistlib.loads(
        (_ROOT / "launchd" / "com.proxx.watch.plist").read_bytes()
    )
    return document


def test_launchd_knows_every_key(plist: dict[str, Any]) -> None:
    assert set(plist) <= _LAUNCHD_KEYS
    assert set(plist["KeepAlive"]) <= {"SuccessfulExit", "Crashed", "PathState", "OtherJobEnabled"}


def test_launchd_stops_the_daemon_gracefully_and_keeps_it_alive(plist: dict[str, Any]) -> None:
    assert plist["Label"] == "com.proxx.watch"
    assert plist["ProgramArguments"][1:3] == ["watch", "--config"]
    assert all(argument for argument in plist["ProgramArguments"])
    assert plist["KeepAlive"] == {"SuccessfulExit": False}
    # The default grace is 60 s, and the engines get some seconds more.
    assert plist["ExitTimeOut"] > 90
    assert plist["Umask"] == 0o027
    for key in ("StandardOutPath", "StandardErrorPath"):
        assert plist[key].startswith("/")
