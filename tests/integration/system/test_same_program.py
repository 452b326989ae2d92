import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.system import child, same_program
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged, hashed

_LIMITS = child.RunLimits(wall_seconds=60, stall_seconds=None)


def _write(path: Path, says: str) -> Path:
    """Write a program that says something."""
    path.write_text(f"#!/bin/sh\necho {says}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return a program that says what it is."""
    return hashed(str(_write(tmp_path / "program", "right")))


def _says(program: Program) -> list[bytes]:
    lines: list[bytes] = []
    child.run(
        (program.path,), on_output=lines.extend, on_error=print, limits=_LIMITS, program=program
    )
    return lines


def _replace(path: Path) -> None:
    _write(path.with_name("other"), "wrong").replace(path)


def _rewrite(path: Path) -> None:
    times = path.stat()
    path.write_text(path.read_text().replace("right", "wrong"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to(_write(path.with_name("other"), "wrong"))


def test_the_program_that_was_hashed_runs(program: Program) -> None:
    assert _says(program) == [b"right"]


@pytest.mark.parametrize("exchange", [_replace, _rewrite, _link])
def test_another_program_under_its_path_is_not_started(
    exchange: Callable[[Path], None], program: Program
) -> None:
    exchange(Path(program.path))
    with pytest.raises(Exchanged, match=program.path):
        _says(program)


def test_a_copy_with_the_same_bytes_is_the_same_program(program: Program, tmp_path: Path) -> None:
    path = Path(program.path)
    _write(tmp_path / "copy", "right").replace(path)
    path.chmod(0o700)
    assert _says(program) == [b"right"]


def test_a_program_that_was_put_back_after_another_one_ran_is_noticed(
    program: Program, tmp_path: Path
) -> None:
    """The other one puts it back at once, so that the path is right again when it is looked at."""
    path = Path(program.path)
    look = same_program.check(program)
    path.rename(tmp_path / "kept")
    _write(path, "wrong")
    (tmp_path / "kept").replace(path)
    with pytest.raises(Exchanged):
        same_program.check_still(program, look)


def test_a_link_that_was_turned_and_turned_back_is_noticed(tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(_write(tmp_path / "right", "right"))
    program = hashed(str(link))
    look = same_program.check(program)
    link.unlink()
    link.symlink_to(_write(tmp_path / "wrong", "wrong"))
    link.unlink()
    link.symlink_to(tmp_path / "right")
    with pytest.raises(Exchanged):
        same_program.check_still(program, look)


def test_a_program_that_is_exchanged_all_the_time_never_runs_as_another(
    program: Program, tmp_path: Path
) -> None:
    path, stop = Path(program.path), threading.Event()
    _write(tmp_path / "other", "wrong")

    def exchange() -> None:
        while not stop.is_set():
            for one, other in (("program", "kept"), ("other", "program")):
                (tmp_path / one).rename(tmp_path / other)
            for one, other in (("program", "other"), ("kept", "program")):
                (tmp_path / one).rename(tmp_path / other)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        for _ in range(10):
            with pytest.raises((Exchanged, child.NotStarted)):
                _says(program)
    finally:
        stop.set()
        thread.join()
    assert path.exists()


class _ExchangedWhenStarted:
    """A program whose path leads to another file from the second look on."""

    def __init__(self, right: Path, wrong: Path) -> None:
        self._paths = iter([str(right)])
        self._wrong = str(wrong)
        self.sha256, self.look = hashed(str(right)).sha256, same_program.look_at(str(right))

    @property
    def path(self) -> str:
        return next(self._paths, self._wrong)


def test_a_child_that_turns_out_to_be_another_program_is_killed(tmp_path: Path) -> None:
    right, wrong = _write(tmp_path / "right", "right"), _write(tmp_path / "wrong", "wrong")
    program: Any = _ExchangedWhenStarted(right, wrong)
    started = time.monotonic()
    with pytest.raises(Exchanged):
        child.run(
            ("/bin/sleep", "60"),
            on_output=print,
            on_error=print,
            limits=_LIMITS,
            program=program,
        )
    assert time.monotonic() - started < 50, "it was waited for"


def test_a_program_that_has_gone_cannot_be_started(program: Program) -> None:
    Path(program.path).unlink()
    with pytest.raises(child.NotStarted, match="No such file"):
        _says(program)
