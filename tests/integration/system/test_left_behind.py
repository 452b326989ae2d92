"""A thread that was left behind touches no source, no output and no program any more."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from proxx_daemon.output import partial
from proxx_daemon.output.partial import PartialFolder
from proxx_daemon.pipeline import paths
from proxx_daemon.source.hashing import identity_of
from proxx_daemon.source.opened import opened
from proxx_daemon.source.raw_files import raw_format
from proxx_daemon.source.structure import check as structure
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system import same_program, storage

_Touch: TypeAlias = Callable[[str], object]


def _open(path: str) -> None:
    # There is none: an attempt to open it would say so.
    with opened(f"{path}.gone", identity_of(os.stat(path))):
        pass


def _look_into(path: str) -> None:
    with open(path, "rb") as file:
        structure.check(path, Pieces.of(file.fileno()))


def _make_file(path: str) -> None:
    with PartialFolder(f"{path}.new").file(f"{path}.new/file"):
        pass


_TOUCHES: dict[str, _Touch] = {
    "opened": _open,
    "check": _look_into,
    "raw_format": raw_format,
    "check_output_directory": paths.check_output_directory,
    "check_publishable": paths.check_publishable,
    "hashed": same_program.hashed,
    "look_at": same_program.look_at,
    "file": _make_file,
    "folder": lambda path: PartialFolder(f"{path}.new").folder(f"{path}.new/folder"),
    "kept": partial.kept,
    "remove_empty": lambda path: partial.remove_empty(f"{path}.empty"),
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return the path of a file without content, with an empty folder beside it."""
    (tmp_path / "file.empty").mkdir()
    path = tmp_path / "file"
    path.touch()
    return str(path)


@pytest.mark.parametrize("touch", _TOUCHES.values(), ids=_TOUCHES)
def test_a_thread_that_was_left_behind_touches_nothing(touch: _Touch, path: str) -> None:
    if touch is _look_into:
        Path(path).write_bytes(b"content")
    before = sorted(Path(path).parent.iterdir())
    errand = storage.Errand()
    with storage.work_for(errand):
        errand.leave()
        with pytest.raises(storage.LeftBehind):
            touch(path)
    assert sorted(Path(path).parent.iterdir()) == before
    assert errand.path == ""


def test_what_is_asked_in_between_is_named_while_it_lasts() -> None:
    errand = storage.Errand()
    with storage.work_for(errand):
        storage.step("source")
        with storage.resting():
            assert errand.since is None
            with storage.asking("program"):
                assert (errand.path, errand.since is None) == ("program", False)
            assert (errand.path, errand.since) == ("source", None)
        with storage.asking("program"):
            pass
        assert (errand.path, errand.since is None) == ("source", False)


def test_who_waits_for_another_is_silent_as_long_as_that_one() -> None:
    asks, waits = storage.Errand(), storage.Errand()
    asks.step("program")
    patience = storage.Patience(errand=waits, step_seconds=0.0, flush_seconds=0.0)
    with storage.work_for(waits):
        storage.wait_with(asks)
        assert patience.silent() == "program"
        assert waits.since == asks.since
        waits.leave()
        with pytest.raises(storage.LeftBehind):
            storage.wait_with(asks)
