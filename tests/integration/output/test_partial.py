import os
import stat
from pathlib import Path

import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.output import partial
from proxx_daemon.output.partial import PartialFolder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the folder, which is not made yet."""
    return tmp_path / ".proxx-0f.partial"


@pytest.fixture
def folder(path: Path) -> PartialFolder:
    """Return the folder of an attempt."""
    return PartialFolder(str(path))


def _plant(name: Path, kind: str) -> None:
    """Put something of somebody else under a name; what a link leads to is in the same folder."""
    if kind == "file":
        name.write_text("mine")
    elif kind == "folder":
        name.mkdir()
    elif kind == "fifo":
        os.mkfifo(name)
    else:
        target = name.parent / "target"
        if kind == "link":
            target.write_text("mine")
        name.symlink_to(target)


def test_nobody_else_can_enter_the_folder_and_its_files_have_the_usual_mode(
    path: Path, folder: PartialFolder
) -> None:
    mask = os.umask(0o002)
    try:
        with folder.file(str(path / "000.mov")):
            pass
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((path / "000.mov").stat().st_mode) == 0o664


@pytest.mark.parametrize("kind", ["file", "folder", "fifo", "link", "link to nothing"])
def test_a_name_that_somebody_else_has_taken_is_left_alone(
    kind: str, path: Path, folder: PartialFolder
) -> None:
    with folder.file(str(path / "000.mov")):
        pass
    taken = path / "001.mov"
    _plant(taken, kind)
    before = sorted((name, (path / name).lstat().st_mtime_ns) for name in os.listdir(path))

    with pytest.raises(JobFailed) as caught, folder.file(str(taken)):
        raise AssertionError("the engine would have been started")

    assert caught.value.failure.code is Code.PARTIAL_NAME_TAKEN
    assert folder.kept(str(taken)) is None
    assert before == sorted((name, (path / name).lstat().st_mtime_ns) for name in os.listdir(path))


@pytest.mark.parametrize("kind", ["file", "folder", "link", "link to nothing"])
def test_a_folder_that_somebody_else_has_made_is_not_used(
    kind: str, path: Path, folder: PartialFolder
) -> None:
    _plant(path, kind)
    with pytest.raises(JobFailed) as caught, folder.file(str(path / "000.mov")):
        raise AssertionError("the engine would have been started")
    assert caught.value.failure.code is Code.PARTIAL_NAME_TAKEN
    partial.remove_empty(str(path))
    assert not (path / "000.mov").exists()


def test_files_are_made_in_the_folder_that_was_made_even_if_a_link_has_its_name(
    tmp_path: Path, path: Path, folder: PartialFolder
) -> None:
    with folder.file(str(path / "000.mov")):
        pass
    path.rename(tmp_path / "away")
    (tmp_path / "elsewhere").mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    # What the engine would write goes by the name: it is not the file that was made.
    with pytest.raises(JobFailed) as caught, folder.file(str(path / "001.mov")):
        (path / "001.mov").write_text("moving pictures")
    assert caught.value.failure.code is Code.OUTPUT_NOT_WRITTEN
    assert sorted(os.listdir(tmp_path / "away")) == ["000.mov", "001.mov"]


def test_a_file_that_is_exchanged_while_the_engine_writes_fails_the_clip(
    path: Path, folder: PartialFolder
) -> None:
    made, other = path / "000.mov", path.with_name("other")
    other.write_text("other pictures")
    with pytest.raises(JobFailed) as caught, folder.file(str(made)):
        other.replace(made)
    assert caught.value.failure.code is Code.OUTPUT_NOT_WRITTEN
    assert str(made) in caught.value.failure.message


def test_a_failure_of_the_engine_is_not_covered_by_one_of_its_file(
    path: Path, folder: PartialFolder
) -> None:
    def fail() -> None:
        (path / "000.mov").unlink()
        raise ValueError("the engine failed")

    with pytest.raises(ValueError, match="the engine"), folder.file(str(path / "000.mov")):
        fail()


def test_the_folder_goes_when_it_is_empty_with_the_empty_folders_of_an_engine(
    path: Path, folder: PartialFolder
) -> None:
    folder.folder(str(path / "000"))
    folder.folder(str(path / "001"))
    (path / "001" / "A001.mov").write_text("moving pictures")
    partial.remove_empty(str(path))
    assert sorted(os.listdir(path)) == ["001"]
    assert folder.kept(str(path / "001" / "A001.mov")) is not None
    (path / "001" / "A001.mov").unlink()
    partial.remove_empty(str(path))
    assert not path.exists()
    partial.remove_empty(str(path))


def test_a_link_in_place_of_the_folder_is_not_followed_when_it_is_removed(
    tmp_path: Path, path: Path
) -> None:
    (tmp_path / "elsewhere" / "empty").mkdir(parents=True)
    path.symlink_to(tmp_path / "elsewhere")
    partial.remove_empty(str(path))
    assert (tmp_path / "elsewhere" / "empty").is_dir()
    assert path.is_symlink()


def test_of_partial_files_those_with_content_are_kept(path: Path, folder: PartialFolder) -> None:
    for name, content in (("000.mov", ""), ("001.mov", "moving pictures")):
        with folder.file(str(path / name)):
            (path / name).write_text(content)
    assert folder.kept(str(path / "000.mov")) is None
    assert folder.kept(str(path / "001.mov")) == str(path / "001.mov")
    assert os.listdir(path) == ["001.mov"]
    assert partial.kept("nowhere\0") is None


def test_no_descriptor_is_left_open(path: Path, folder: PartialFolder) -> None:
    before = os.listdir("/dev/fd")
    with folder.file(str(path / "000.mov")):
        pass
    with pytest.raises(JobFailed), folder.file(str(path / "000.mov")):
        pass
    folder.close()
    folder.close()
    assert os.listdir("/dev/fd") == before
