"""A real job needs nothing that the unit forbids: system calls, and memory that is run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace

_ROOT = Path(__file__).parents[3]
_PROGRAM = Path(__file__).parents[2] / "programs" / "without_executable_memory.py"
_NOT_KNOWN = 77
#: the unit forbids it and sets a priority of its own: the daemon does without
_TRIED = "setpriority"


def _groups() -> dict[str, set[str]]:
    """Give systemd's groups of system calls."""
    command = [str(shutil.which("systemd-analyze")), "syscall-filter"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    groups: dict[str, set[str]] = {}
    members: set[str] = set()
    for line in text.splitlines():
        if line.startswith("@"):
            members = groups.setdefault(line.strip(), set())
        elif line.startswith("    ") and not line.strip().startswith("#"):
            members.add(line.strip())
    return groups


def _resolved(name: str, groups: dict[str, set[str]]) -> set[str]:
    if not name.startswith("@"):
        return {name}
    return {call for member in groups[name] for call in _resolved(member, groups)}


def _allowed() -> set[str]:
    """Read the unit's filter as systemd does."""
    groups = _groups()
    allowed = _resolved("@default", groups)
    text = (_ROOT / "systemd" / "proxx@.service").read_text("utf-8")
    for line in re.findall(r"^SystemCallFilter=(.+)$", text, re.MULTILINE):
        for name in line.removeprefix("~").split():
            calls = _resolved(name, groups)
            allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or shutil.which("strace") is None,
    reason="needs systemd-analyze and strace (apt-get install systemd strace)",
)
def test_a_real_job_runs_inside_what_the_unit_allows(workplace: Workplace) -> None:
    for profile in ("proxy_h264_quarter", "proxy_prores_lt", "proxy_dnxhr_lb"):
        (workplace.watch / "pending").mkdir(exist_ok=True)
        workplace.drop(
            f"{profile}.json", workplace.spec(profile, "carphone_pristine.mp4", job_id=profile)
        )
    trace = workplace.root / "trace"
    done = subprocess.run(
        [
            *(sys.executable, str(_PROGRAM), str(shutil.which("strace")), "-f", "-qq"),
            *("-o", str(trace), sys.executable, "-m", "proxx_daemon"),
            *("watch", str(workplace.watch), "--once"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == _NOT_KNOWN:
        pytest.skip("this kernel cannot forbid executable memory (before 6.3)")
    assert done.returncode == 0, done.stderr
    assert len(workplace.names("completed")) >= 3, done.stderr
    used = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(errors="replace"), re.MULTILINE))
    assert {"renameat2", "execve", "fsync"} <= used
    assert used - _allowed() == {_TRIED}
