"""The first byte in which two files differ is found, and its place in the container named."""

from pathlib import Path

import pytest
from integration.clip_maker import plain
from integration.output.test_mxf_file import make

from proxx_daemon.result.difference import first_difference


def pair(tmp_path: Path, one: bytes, other: bytes) -> tuple[str, str]:
    paths = tmp_path / "one", tmp_path / "other"
    for path, content in zip(paths, (one, other), strict=True):
        path.write_bytes(content)
    return str(paths[0]), str(paths[1])


@pytest.mark.parametrize("size", [1, 2, 1_048_576, 1_048_577, 3_000_000])
def test_the_first_of_several_differences_is_found(size: int, tmp_path: Path) -> None:
    content = bytes(size)
    for offset in {0, size // 2, size - 1}:
        changed = bytearray(content)
        changed[offset] = changed[-1] = 1
        found = first_difference(*pair(tmp_path, content, bytes(changed)), container="mov")
        assert found is not None
        assert found.offset == offset


def test_equal_files_do_not_differ(tmp_path: Path) -> None:
    paths = pair(tmp_path, b"x" * 2_000_000, b"x" * 2_000_000)
    assert first_difference(*paths, container="mov") is None


@pytest.mark.parametrize("shorter", [0, 1, 2_097_152, 2_099_999])
def test_a_file_that_is_the_other_s_beginning_ends_where_they_part(
    shorter: int, tmp_path: Path
) -> None:
    paths = pair(tmp_path, b"x" * shorter, b"x" * 2_100_000)
    for one, other in (paths, paths[::-1]):
        found = first_difference(one, other, container="mp4")
        assert found is not None
        assert found.offset == shorter


def place(tmp_path: Path, clip: Path, offset: int, container: str) -> str:
    content = clip.read_bytes()
    changed = bytearray(content)
    changed[offset] ^= 1
    found = first_difference(*pair(tmp_path, bytes(changed), content), container=container)
    assert found is not None
    assert found.offset == offset
    return found.place


def test_places_in_a_mov_are_boxes_within_boxes(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    content = clip.read_bytes()
    start = content.index(b"stco") - 4
    name = "box moov/trak/mdia/minf/stbl/stco"
    assert place(tmp_path, clip, start + 9, "mov") == f"{name} (at byte {start}), byte 9 of it"
    data = content.index(b"mdat") - 4
    assert place(tmp_path, clip, data + 99, "mov") == f"box mdat (at byte {data}), byte 99 of it"
    head = content.index(b"moov") - 4
    assert place(tmp_path, clip, head + 4, "mov") == f"box moov (at byte {head}), byte 4 of it"


def test_places_in_an_mxf_are_keys_and_frames(tmp_path: Path) -> None:
    clip = make(tmp_path / "clip.mxf")
    content = clip.read_bytes()
    assert place(tmp_path, clip, 30, "mxf") == (
        "header partition (at byte 0), byte 10 of the value"
    )
    key = bytes.fromhex("060e2b34010201010d01030115010c00")
    second = content.index(key, content.index(key) + 1)
    assert place(tmp_path, clip, second + 20 + 7, "mxf") == (
        f"picture of frame 1 (at byte {second}), byte 7 of the value"
    )
    assert place(tmp_path, clip, second + 17, "mxf") == (
        f"picture of frame 1 (at byte {second}), its key or length"
    )


@pytest.mark.parametrize("container", ["mov", "mxf"])
def test_where_the_structure_cannot_be_read_the_byte_alone_is_told(
    container: str, tmp_path: Path
) -> None:
    found = first_difference(*pair(tmp_path, b"\xff" * 99, b"\xfe" * 99), container=container)
    assert found is not None
    assert (found.offset, found.place) == (0, "")
