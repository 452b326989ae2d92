"""A spec that is exchanged in the middle of its claim. Needs strace, which holds the claim up."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spool_place import drop, prepared

from proxx_daemon.spool.folders import WatchFolder

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

_PROGRAM = Path(__file__).parents[2] / "programs" / "claims_one_spec.py"
#: seconds; long enough for a busy machine, short enough for a test that fails
_PATIENCE = 20.0


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    """Give a watch folder with one spec."""
    folder = prepared(tmp_path / "watch")
    drop(folder, "job.json", "first")
    return folder


def _claim(
    folder: WatchFolder, tmp_path: Path, held_up: str, meanwhile: Callable[[Path], object]
) -> dict[str, Any]:
    """Claim the spec and do something once the claim is held up in a system call."""
    path, trace = Path(folder.pending) / "job.json", tmp_path / "trace"
    call, _, end = held_up.partition(":")
    # At its exit the call has a value already.
    sign = "job.json" if end == "delay_enter" else ") = "
    program = subprocess.Popen(
        (
            *("strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={call}"),
            *("-P", str(path), "-e", f"inject={held_up}=1000000"),
            *(sys.executable, str(_PROGRAM), folder.root),
        ),
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    deadline = time.monotonic() + _PATIENCE
    while not (trace.exists() and sign in trace.read_text()):
        assert program.poll() is None, "the claim was not held up"
        assert time.monotonic() < deadline, "the claim never came"
        time.sleep(0.005)
    meanwhile(path)
    answer: dict[str, Any] = json.loads(program.communicate(timeout=_PATIENCE)[0])
    return answer


def _replace(path: Path) -> None:
    other = path.with_name(".other")
    other.write_text("second")
    other.replace(path)


def test_row_10_an_exchange_before_the_rename_is_noticed_and_the_file_that_came_is_named(
    folder: WatchFolder, tmp_path: Path
) -> None:
    answer = _claim(folder, tmp_path, "renameat2:delay_enter", _replace)

    taken = Path(folder.running) / "job.json"
    status = taken.stat()
    assert taken.read_text() == "second"
    assert answer == {
        "outcome": "claimed",
        "file_id": [status.st_dev, status.st_ino],
        "problem": "SPEC_REPLACED",
    }


@pytest.mark.parametrize("meanwhile", [_replace, Path.unlink])
def test_row_10_a_spec_that_is_replaced_or_removed_while_it_is_opened_is_gone_and_not_refused(
    folder: WatchFolder, tmp_path: Path, meanwhile: Callable[[Path], object]
) -> None:
    """The next scan takes what is there then."""
    answer = _claim(folder, tmp_path, "openat:delay_exit", meanwhile)

    assert answer == {"outcome": "GoneError"}
    assert os.listdir(folder.running) == []


def test_row_10_a_spec_that_is_removed_before_the_rename_is_gone(
    folder: WatchFolder, tmp_path: Path
) -> None:
    answer = _claim(folder, tmp_path, "renameat2:delay_enter", Path.unlink)

    assert answer == {"outcome": "GoneError"}
