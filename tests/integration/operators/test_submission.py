"""Publishing a JobSpec: complete under its name, or not there."""

from pathlib import Path

import pytest

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.operators import submission


def test_a_spec_is_published_and_nothing_else_is_left(tmp_path: Path) -> None:
    submission.publish(str(tmp_path), "job.json", b"{}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]
    assert (tmp_path / "job.json").read_bytes() == b"{}\n"


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_a_taken_name_is_never_overwritten(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "job.json"
    if kind == "file":
        target.write_bytes(b"first")
    elif kind == "folder":
        target.mkdir()
    else:
        target.symlink_to(tmp_path / "absent")
    with pytest.raises(FileExistsError):
        submission.publish(str(tmp_path), "job.json", b"second")
    assert [path.name for path in tmp_path.iterdir()] == ["job.json"]
    assert kind != "file" or target.read_bytes() == b"first"


def test_a_folder_that_is_missing_gets_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        submission.publish(str(tmp_path / "absent"), "job.json", b"{}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "absent"])
def test_a_folder_without_pending_is_no_watch_folder(tmp_path: Path, name: str) -> None:
    watch = str(tmp_path / name) if name else ""
    with pytest.raises(FatalError, match="is not a watch folder"):
        submission.pending_folder(watch)


def test_pending_is_found(tmp_path: Path) -> None:
    (tmp_path / "pending").mkdir()
    assert submission.pending_folder(str(tmp_path)) == str(tmp_path / "pending")
