"""Sources that are held open: what is read is that file, whatever has its name."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from integration.clip_maker import describe, ffmpeg, measured, picture, plain, tone, tools

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source.measure import identify
from proxx_daemon.source.opened import opened, opened_again
from proxx_daemon.source.probe import Probe
from proxx_daemon.system.held_file import path_for_child

#: FFmpeg's arguments for a clip in each container of the matrix
_CONTAINERS = {
    "mov": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a pcm_s16le",
    "mp4": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac",
    "mkv": "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac",
    "webm": "-c:v libvpx-vp9 -deadline realtime -c:a libopus",
    "mxf": "-c:v mpeg2video -pix_fmt yuv420p -c:a pcm_s16le",
    "ts": "-c:v mpeg2video -pix_fmt yuv420p -c:a mp2",
    "avi": "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le",
}


def _code_of_opening(path: Path, before: object) -> Code:
    with pytest.raises(JobFailed) as caught, opened(str(path), before):  # type: ignore[arg-type]
        raise AssertionError("it was opened")
    return caught.value.failure.code


@pytest.mark.parametrize("container", _CONTAINERS)
def test_every_container_is_recognised_and_read_without_its_name(
    container: str, tmp_path: Path
) -> None:
    path = tmp_path / f"clip.{container}"
    ffmpeg(*picture(), *tone(), *_CONTAINERS[container].split(), path)
    wanted = describe(path)
    probe = Probe(tools().ffprobe, seconds=60.0)
    frames = [tools().ffmpeg, "-v", "error", "-nostdin", "-f", "framemd5", "-", "-i"]
    direct = subprocess.run([*frames, path], check=True, capture_output=True).stdout

    with opened(str(path), identify(str(path))) as descriptor:
        path.unlink()
        path.write_text("Whoever reads this has gone by the name.")
        with probe.holding(str(path), descriptor):
            found = probe.describe(str(path))
            times = probe.packets(str(path), found.video[0].index)
        held = subprocess.run(
            [*frames, path_for_child(descriptor)],
            check=True,
            capture_output=True,
            pass_fds=[descriptor],
        ).stdout

    assert found == wanted
    assert len(times) == 12
    assert held == direct
    assert held.count(b"\n0,") == 12


def test_messages_name_a_held_file_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "notes.mov"
    path.write_text("no media")
    probe = Probe(tools().ffprobe, seconds=60.0)
    with opened(str(path), identify(str(path))) as descriptor, probe.holding(str(path), descriptor):
        with pytest.raises(JobFailed) as caught:
            probe.describe(str(path))
        assert path_for_child(descriptor) not in caught.value.failure.message
    assert str(path) in caught.value.failure.message


@pytest.mark.parametrize("change", ["another file", "gone", "fifo", "longer", "touched"])
def test_a_source_that_is_not_the_identified_file_is_not_read(change: str, tmp_path: Path) -> None:
    path = tmp_path / "clip.mov"
    path.write_bytes(b"moving pictures")
    before = identify(str(path))
    if change == "touched":
        os.utime(path, ns=(0, 0))
    elif change == "longer":
        path.write_bytes(b"more moving pictures")
    else:
        path.rename(tmp_path / "away")
        if change == "another file":
            shutil.copy2(tmp_path / "away", path)
        elif change == "fifo":
            os.mkfifo(path)
    assert _code_of_opening(path, before) is Code.SOURCE_CHANGED


def test_other_bytes_under_the_same_size_and_time_are_noticed_by_the_fingerprint(
    tmp_path: Path,
) -> None:
    path = plain(tmp_path / "clip.mov")
    source, times = measured(path), path.stat()
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert identify(str(path)) == source.identity

    with pytest.raises(JobFailed) as caught, opened_again(source):
        raise AssertionError("it was opened")

    assert caught.value.failure.code is Code.SOURCE_CHANGED


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    source = measured(plain(tmp_path / "clip.mov"))
    before = os.listdir("/dev/fd")
    with opened_again(source):
        pass
    os.utime(source.path, ns=(0, 0))
    assert _code_of_opening(Path(source.path), source.identity) is Code.SOURCE_CHANGED
    assert os.listdir("/dev/fd") == before
