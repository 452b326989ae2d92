import hashlib
import os
import shutil
from pathlib import Path

import pytest
import xxhash
from integration.clip_maker import describe, ffmpeg, measured, picture, plain

from proxx_daemon.source.hashing import content_hash, fingerprint, sha256_of
from proxx_daemon.source.measure import identify
from proxx_daemon.source.probe_answer import read_answer


def of(path: Path) -> str:
    return measured(path).fingerprint


def of_bytes(path: Path) -> str:
    """Fingerprint any bytes, with nothing known about what is inside them."""
    with path.open("rb") as file:
        return fingerprint(file.fileno(), identify(str(path)), read_answer(str(path), {}))


def test_a_copy_in_another_place_at_another_time_has_the_same_fingerprint(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    copy = tmp_path / "elsewhere.mp4"
    shutil.copyfile(clip, copy)
    os.utime(copy, (0, 0))
    assert of(copy) == of(clip)
    assert len(of(clip)) == 64


def test_another_clip_of_the_same_length_has_another_fingerprint(tmp_path: Path) -> None:
    one, other = plain(tmp_path / "one.mov"), tmp_path / "other.mov"
    ffmpeg(*picture(), "-vf", "hue=h=90", "-c:v", "libx264", other)
    assert of(one) != of(other)


@pytest.mark.parametrize("size", [1, 65536, 1_000_000, 5_000_000])
@pytest.mark.parametrize("end", ["first", "last"])
def test_a_changed_byte_at_either_end_changes_the_fingerprint(
    tmp_path: Path, size: int, end: str
) -> None:
    file = tmp_path / "file"
    content = bytearray(os.urandom(size))
    file.write_bytes(content)
    before = of_bytes(file)
    content[0 if end == "first" else -1] ^= 1
    file.write_bytes(content)
    assert of_bytes(file) != before


def test_a_byte_more_changes_the_fingerprint(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"\0" * 5_000_000)
    before = of_bytes(file)
    file.write_bytes(b"\0" * 5_000_001)
    assert of_bytes(file) != before


def test_what_is_inside_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    with clip.open("rb") as opened:
        found = fingerprint(opened.fileno(), identify(str(clip)), describe(clip))
    assert found != of_bytes(clip)


def test_the_digest_of_an_output_is_that_of_all_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "file"
    content = os.urandom(3_000_001)
    file.write_bytes(content)
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.lseek(descriptor, 1000, os.SEEK_SET)
        assert sha256_of(descriptor) == hashlib.sha256(content).hexdigest()
    finally:
        os.close(descriptor)


def test_the_content_hash_is_that_of_all_bytes_and_can_be_stopped(tmp_path: Path) -> None:
    file = tmp_path / "file"
    # The value is that of ClickHouse's own tests of the same function.
    file.write_bytes(b"ClickHouse")
    with file.open("rb") as opened:
        assert content_hash(opened.fileno()) == "14c27b7bef95d36fecf5520ca2daf030"
    content = os.urandom(3_000_001)
    file.write_bytes(content)
    with file.open("rb") as opened:
        opened.seek(1000)
        assert content_hash(opened.fileno()) == xxhash.xxh3_128_hexdigest(content)
        asked = iter([False, True])
        assert content_hash(opened.fileno(), stop=lambda: next(asked)) is None
