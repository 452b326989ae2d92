"""Camera RAW on a real disk: what it is made of, and when it is not the same any more."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source import raw_files
from proxx_daemon.source.raw_files import raw_format


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    folder = tmp_path / "A001_C001"
    folder.mkdir()
    for number in range(20):
        (folder / f"A001_{number:06d}.dng").write_bytes(bytes([number]) * 1000)
    (folder / "A001.wav").write_bytes(b"RIFF")
    (folder / ".DS_Store").write_bytes(b"x")
    return folder


def test_a_folder_and_each_of_its_frames_are_the_same_clip(frames: Path) -> None:
    folder = raw_files.look(str(frames), "sources[0]")
    frame = raw_files.look(str(frames / "A001_000007.dng"), "sources[0]")
    assert folder.frames == frame.frames
    assert folder.frames is not None
    assert folder.frames.count == 20
    assert (folder.fingerprint, folder.identity) == (frame.fingerprint, frame.identity)
    assert (folder.is_folder, frame.is_folder) == (True, False)
    assert raw_format(str(frames)) == "CinemaDNG"


def test_a_copy_has_the_same_fingerprint_and_another_clip_has_not(
    frames: Path, tmp_path: Path
) -> None:
    original = raw_files.look(str(frames), "sources[0]")
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in frames.glob("*.dng"):
        (copy / path.name.replace("A001", "B002")).write_bytes(path.read_bytes())
    copied = raw_files.look(str(copy), "sources[0]")
    assert copied.fingerprint == original.fingerprint
    assert copied.identity != original.identity
    (copy / "B002_000019.dng").write_bytes(b"z" * 1000)
    assert raw_files.look(str(copy), "sources[0]").fingerprint != original.fingerprint


def _touch(frames: Path) -> None:
    os.utime(frames / "A001_000003.dng", ns=(1, 1))


def _replace(frames: Path) -> None:
    (frames / "new").write_bytes((frames / "A001_000003.dng").read_bytes())
    (frames / "new").rename(frames / "A001_000003.dng")


def _remove(frames: Path) -> None:
    (frames / "A001_000019.dng").unlink()


@pytest.mark.parametrize("change", [_touch, _replace, _remove])
def test_a_change_of_any_frame_is_seen(change: Callable[[Path], None], frames: Path) -> None:
    source = raw_files.look(str(frames), "sources[0]")
    assert not raw_files.changed(source)
    change(frames)
    assert raw_files.changed(source)


def test_a_clip_of_one_file_is_looked_at_as_a_file(tmp_path: Path) -> None:
    path = tmp_path / "A001_C001.R3D"
    path.write_bytes(b"RED1" * 100_000)
    source = raw_files.look(str(path), "sources[0]")
    assert (source.frames, source.folder) == (None, str(tmp_path))
    assert not raw_files.changed(source)
    with path.open("ab") as file:
        file.write(b"more")
    assert raw_files.changed(source)


def test_an_empty_frame_is_found_before_anything_runs(frames: Path) -> None:
    (frames / "A001_000004.dng").write_bytes(b"")
    with pytest.raises(JobFailed) as caught:
        raw_files.look(str(frames), "sources[0]")
    assert caught.value.failure.code is Code.SOURCE_EMPTY
    assert "A001_000004.dng" in caught.value.failure.message
