"""Calls that the disk refuses, one after another: nothing stays that only looks durable.

Needs strace, which makes the kernel refuse them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

_PROGRAMS = Path(__file__).parents[2] / "programs"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Give a folder with a scratch folder and a partial file."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / ".partial").write_bytes(b"picture")
    return tmp_path


def _refused(call: str, error: str, when: int, program: str, *arguments: Path) -> str:
    """Run a program whose `when`th such call fails, and give what it says."""
    done = subprocess.run(
        (
            *("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}"),
            *("-e", f"inject={call}:error={error}:when={when}"),
            *(sys.executable, str(_PROGRAMS / program), *map(str, arguments)),
        ),
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def _put(place: Path, call: str, error: str, when: int) -> str:
    arguments = place / "scratch", place / "folder", Path("a.json")
    return _refused(call, error, when, "puts_one_file.py", *arguments)


def _publish(place: Path, call: str, error: str, when: int) -> str:
    arguments = place / "folder" / ".partial", place / "folder" / "final"
    return _refused(call, error, when, "publishes_one_file.py", *arguments)


@pytest.mark.parametrize(
    ("call", "error", "when"),
    [("fsync", "EIO", 1), ("fsync", "EIO", 2), ("fsync", "ENOSPC", 2), ("renameat2", "EIO", 1)],
)
def test_row_3_what_cannot_be_put_leaves_nothing(
    place: Path, call: str, error: str, when: int
) -> None:
    assert _put(place, call, error, when) == error

    assert os.listdir(place / "scratch") == []
    assert os.listdir(place / "folder") == [".partial"]


@pytest.mark.parametrize(
    ("call", "error", "when", "code"),
    [
        ("fsync", "EIO", 1, "OUTPUT_IO_ERROR"),
        ("fsync", "EIO", 2, "OUTPUT_IO_ERROR"),
        ("fsync", "EIO", 3, "OUTPUT_IO_ERROR"),
        ("fsync", "ENOSPC", 3, "DISK_FULL"),
        ("fsync", "EDQUOT", 1, "DISK_FULL"),
        ("renameat2", "EIO", 1, "OUTPUT_IO_ERROR"),
    ],
)
def test_row_3_what_cannot_be_published_keeps_its_partial_name(
    place: Path, call: str, error: str, when: int, code: str
) -> None:
    assert _publish(place, call, error, when) == code

    assert os.listdir(place / "folder") == [".partial"]


@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_row_3_a_file_system_without_that_rename_gets_a_link_and_an_unlink(
    place: Path, error: str
) -> None:
    assert _put(place, "renameat2", error, 1) == "put"
    assert _publish(place, "renameat2", error, 1) == "published"

    assert os.listdir(place / "scratch") == []
    assert sorted(os.listdir(place / "folder")) == ["a.json", "final"]
    assert (place / "folder" / "final").stat().st_nlink == 1


@pytest.mark.parametrize("when", ["3+", "4+"])
def test_a_publication_in_two_steps_that_is_not_durable_is_undone(place: Path, when: str) -> None:
    inject = "-e", "inject=renameat2:error=EINVAL", "-e", f"inject=fsync:error=EIO:when={when}"
    arguments = place / "folder" / ".partial", place / "folder" / "final"
    program = sys.executable, str(_PROGRAMS / "publishes_one_file.py")
    done = subprocess.run(
        (*("strace", "-f", "-qq", "-o", os.devnull), *inject, *program, *map(str, arguments)),
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
        text=True,
    )

    assert done.stdout == "OUTPUT_IO_ERROR"
    assert os.listdir(place / "folder") == [".partial"]
