import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.source import image_sequence
from proxx_daemon.source.raw import FrameRange

_ARRI = tuple(f"A001C001_140101_R001.{number:07d}.ari" for number in range(86400, 86403))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A001_000001.dng", True),
        ("A001_0001.DNG", True),
        (_ARRI[0], True),
        ("00000001.arx", True),
        # Three digits number clips, not frames.
        ("A001_C001.ari", False),
        ("A001_000001.r3d", False),
        ("A001_000001.wav", False),
        ("A001_000001.dng.xmp", False),
        ("000001", False),
    ],
)
def test_a_frame_is_known_by_its_extension_and_four_digits(name: str, *, expected: bool) -> None:
    assert image_sequence.is_frame(name) == expected


@pytest.mark.parametrize(
    ("names", "pattern", "first", "last"),
    [
        (("B_0009.dng", "B_0010.dng"), "B_%04d.dng", 9, 10),
        (_ARRI, "A001C001_140101_R001.%07d.ari", 86400, 86402),
        (("clip_0001.dng",), "clip_%04d.dng", 1, 1),
        (("c_0000.dng", "c.wav", "c.xml", "notes"), "c_%04d.dng", 0, 0),
    ],
)
def test_a_folder_of_frames_is_one_range(
    names: tuple[str, ...], pattern: str, first: int, last: int
) -> None:
    found = image_sequence.of_folder("/raw", names, "sources[0]")
    assert found == FrameRange(pattern=pattern, first=first, last=last)
    assert isinstance(found, FrameRange)
    assert set(found.names()) <= set(names)
    assert found.count == len(found.names())


def test_a_frame_stands_for_the_frames_beside_it_and_for_no_others() -> None:
    names = ["A_0001.dng", "A_0002.dng", "B_0001.dng", "A_00003.dng", "A_0003.DNG"]
    found = image_sequence.of_frame("/raw/A_0002.dng", names, "sources[0]")
    assert found == FrameRange(pattern="A_%04d.dng", first=1, last=2)


def test_a_file_that_is_no_frame_stands_for_itself() -> None:
    assert image_sequence.of_frame("/raw/A001_C001.R3D", ["A001_C001.R3D"], "sources[0]") is None


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a.wav"], "no frames"),
        ([], "no frames"),
        (["A_0001.dng", "B_0001.dng"], "2 sequences"),
        (["A_0001.dng", "A_00002.dng"], "2 sequences"),
    ],
)
def test_a_folder_must_hold_exactly_one_sequence(names: list[str], words: str) -> None:
    found = image_sequence.of_folder("/raw", names, "sources[3]")
    assert isinstance(found, Problem)
    assert (found.code, found.path) == (Code.SOURCE_SEQUENCE_INVALID, "sources[3]")
    assert words in found.message


@pytest.mark.parametrize(("path", "name"), [("/100%", "A_0001.dng"), ("/raw", "100%d_0001.dng")])
def test_a_percent_sign_would_be_read_as_a_frame_number(path: str, name: str) -> None:
    found = image_sequence.of_folder(path, [name], "sources[0]")
    assert isinstance(found, Problem)
    assert found.code is Code.SOURCE_SEQUENCE_INVALID


@pytest.mark.parametrize(
    ("numbers", "missing", "listed"),
    [
        ([1, 3], 1, "0002."),
        ([1, 2, 9], 6, "0003, 0004, 0005, 0006, 0007, …."),
        ([1, 3, 5], 2, "0002, 0004."),
        ([0, 9999], 9998, "0001, 0002, 0003, 0004, 0005, …."),
    ],
)
def test_a_gap_is_named_with_its_first_frames(
    numbers: list[int], missing: int, listed: str
) -> None:
    names = [f"A_{number:04d}.dng" for number in numbers]
    found = image_sequence.of_folder("/raw", names, "sources[0]")
    assert isinstance(found, Problem)
    assert found.code is Code.SOURCE_SEQUENCE_GAP
    assert f"is missing {missing} frame(s)" in found.message
    assert found.message.endswith(listed)
