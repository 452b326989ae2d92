"""Real MXF files are walked as they are; files that are put together otherwise are refused."""

import os
import sys
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from integration.clip_maker import ffmpeg, picture, tone

from proxx_daemon.output import mxf_file
from proxx_daemon.output.mxf_layout import MxfLayout
from proxx_daemon.output.mxf_sets import UnexpectedLayout
from proxx_daemon.output.mxf_tape import Number
from proxx_daemon.plan.umid import Package

_DNXHR = ("-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p")
_BIT_EXACT = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
_FRAMES = 12
#: the beginning of every id that FFmpeg writes bit-exact
_ZEROS = bytes.fromhex("060a2b340101010501010d0013") + bytes(18)


def make(path: Path, *more: str, frames: int = _FRAMES, rate: str = "25") -> Path:
    """Make an MXF with two tracks, start timecode and reel, as a profile does."""
    ffmpeg(
        *picture(frames=frames, rate=rate, size="256x144"),
        *tone(frames / Fraction(rate)),
        *tone(frames / Fraction(rate)),
        *("-map", "0", "-map", "1", "-map", "2", *_DNXHR, "-c:a", "pcm_s24le", *_BIT_EXACT),
        *("-timecode", "10:00:00:00", "-metadata", "reel_name=A001", *more, "-f", "mxf", path),
    )
    return path


@pytest.fixture(scope="module")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give one such file; tests leave it as it is."""
    return make(tmp_path_factory.mktemp("mxf") / "reel.mxf")


def layout(path: Path) -> MxfLayout:
    """Read a file's layout."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return mxf_file.read_layout(descriptor)
    finally:
        os.close(descriptor)


def test_every_id_of_a_file_with_a_reel_is_found(reel: Path) -> None:
    found = layout(reel)
    assert found.tape is not None
    assert found.tape.name == "A001"
    assert {package: each[:31] for package, each in found.ids.items()} == dict.fromkeys(
        Package, _ZEROS
    )
    counts = [sum(place.package is each for place in found.places) for each in Package]
    # Material: its own. File: its own, three clips, the container's data, one in each frame.
    # Tape: its own, and three clips.
    assert counts == [1, 1 + 3 + 1 + _FRAMES, 1 + 3]


def test_the_places_are_all_that_a_search_of_the_whole_file_finds(reel: Path) -> None:
    content = reel.read_bytes()
    searched = set()
    place = content.find(_ZEROS)
    while place >= 0:
        searched.add(place)
        place = content.find(_ZEROS, place + 1)
    assert {place.offset for place in layout(reel).places} == searched


def test_a_file_without_reel_and_sound_has_two_packages(tmp_path: Path) -> None:
    path = tmp_path / "plain.mxf"
    ffmpeg(*picture(size="256x144"), *_DNXHR, *_BIT_EXACT, path)
    found = layout(path)
    assert set(found.ids) == {Package.MATERIAL, Package.FILE}
    assert found.tape is None
    assert len(found.places) == 1 + 1 + 1 + 1 + _FRAMES


def test_a_reel_may_have_any_name(tmp_path: Path) -> None:
    path = make(tmp_path / "reel.mxf", "-metadata", "reel_name=Größe 𝄞 1")
    tape = layout(path).tape
    assert tape is not None
    assert tape.name == "Größe 𝄞 1"


def _values(path: Path, number: Number) -> set[bytes]:
    content = path.read_bytes()
    return {content[place : place + 8] for place in number.places}


@pytest.mark.parametrize(
    ("rate", "timecode", "first"),
    [
        ("25", "10:00:00:00", 900_000),
        ("24000/1001", "01:00:00:12", 86_412),
        # Ten minutes have 18 numbers for each missing minute less: 17,982 at 29.97.
        ("30000/1001", "01:00:00;00", 107_892),
        ("60000/1001", "00:10:00;00", 35_964),
    ],
)
def test_a_tape_says_what_it_is_and_where_the_clip_is_on_it(
    rate: str, timecode: str, first: int, tmp_path: Path
) -> None:
    path = make(tmp_path / "reel.mxf", "-timecode", timecode, rate=rate)
    tape = layout(path).tape
    assert tape is not None
    assert (tape.name, tape.rate, tape.tracks) == ("A001", Fraction(rate), 3)
    assert tape.drop == (";" in timecode)
    # As FFmpeg writes it: the tape begins with the clip and has no more frames.
    assert (tape.start.found, tape.start.wanted) == (first, 0)
    assert (tape.position.found, tape.position.wanted) == (0, first)
    hours = 120 * 3600 * round(Fraction(rate))
    assert (tape.duration.found, tape.duration.wanted) == (_FRAMES, hours)
    # The timecode; the clip of each track; track and clip or timecode of each.
    assert [len(each.places) for each in (tape.start, tape.position, tape.duration)] == [1, 3, 8]
    for number in (tape.start, tape.position, tape.duration):
        assert _values(path, number) == {number.found.to_bytes(8)}


def test_a_row_of_keys_reaches_from_the_first_byte_to_the_last(reel: Path) -> None:
    descriptor = os.open(reel, os.O_RDONLY)
    try:
        row = list(mxf_file.walk(descriptor))
    finally:
        os.close(descriptor)
    assert row[0].start == 0
    assert row[-1].end == reel.stat().st_size
    assert all(one.end == other.start for one, other in pairwise(row))


def _bytes_read() -> int:
    status = Path("/proc/self/io").read_text()
    return int(status.partition("rchar: ")[2].partition("\n")[0])


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what was read")
def test_essence_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.mxf"
    ffmpeg(*picture(size="1920x1080"), *_DNXHR, *_BIT_EXACT, path)
    before = _bytes_read()
    layout(path)
    assert _bytes_read() - before < path.stat().st_size / 20


def _changed(reel: Path, path: Path, change: Callable[[bytearray], None]) -> Path:
    content = bytearray(reel.read_bytes())
    change(content)
    path.write_bytes(content)
    return path


def _at(content: bytearray, text: str, skip: int = 0) -> int:
    place = content.index(bytes.fromhex(text)) + skip
    assert place >= 0
    return place


def _cut(content: bytearray) -> None:
    del content[-1:]


def _run_in(content: bytearray) -> None:
    content[:0] = b"RIFF"


def _open_header(content: bytearray) -> None:
    content[14] = 1


def _huge_length(content: bytearray) -> None:
    content[16:20] = b"\x83\xff\xff\xff"


def _indefinite_length(content: bytearray) -> None:
    content[16] = 0x80


def _one_system_item_less(content: bytearray) -> None:
    # Becomes an item of another kind: no longer the package's metadata.
    content[_at(content, "060e2b34024301010d01030104010201", 15)] = 9


def _other_id_in_a_frame(content: bytearray) -> None:
    content[_at(content, "830020060a2b34", 3 + 31)] = 7


def _other_id_in_a_clip(content: bytearray) -> None:
    content[_at(content, "11010020060a2b34", 4 + 31)] = 7


def _other_linked_id(content: bytearray) -> None:
    content[_at(content, "27010020060a2b34", 4 + 31)] = 7


def _same_ids(content: bytearray) -> None:
    # Material and file package with one id: which of them is meant could not be told.
    content[_at(content, "44010020060a2b34", 4 + 31)] = 1


def _no_tape_descriptor(content: bytearray) -> None:
    content[_at(content, "060e2b34025301010d01010101012e00", 14)] = 0x2D


def _id_at_an_unknown_place(content: bytearray) -> None:
    # The tag of a clip's source package becomes an unknown one.
    content[_at(content, "11010020060a2b34", 0)] = 0x7F


def _track_without_sequence(content: bytearray) -> None:
    content[_at(content, "48030010", 4)] ^= 0xFF


def _other_rate_of_a_timecode(content: bytearray) -> None:
    content[_at(content, "15020002", 4 + 1)] = 24


def _other_drop_frame_flag(content: bytearray) -> None:
    content[_at(content, "15030001", 4)] ^= 1


def _last(content: bytearray, text: str, skip: int) -> int:
    """Return a place in the tape package, which comes last."""
    return content.rindex(bytes.fromhex(text)) + skip


def _other_rate_of_a_track(content: bytearray) -> None:
    content[_last(content, "4b010008", 4 + 3)] ^= 1


def _other_length_of_a_track(content: bytearray) -> None:
    content[_last(content, "02020008", 4 + 7)] ^= 1


def _other_start_of_the_clip(content: bytearray) -> None:
    # That of the material package; the file package keeps its own.
    content[_at(content, "15010008", 4 + 7)] ^= 1


def _name_without_end(content: bytearray) -> None:
    content[_last(content, "4402", 1)] = 3


@pytest.mark.parametrize(
    "change",
    [
        _other_rate_of_a_timecode,
        _other_drop_frame_flag,
        _other_rate_of_a_track,
        _other_length_of_a_track,
        _other_start_of_the_clip,
        _name_without_end,
        _cut,
        _run_in,
        _open_header,
        _huge_length,
        _indefinite_length,
        _one_system_item_less,
        _other_id_in_a_frame,
        _other_id_in_a_clip,
        _other_linked_id,
        _same_ids,
        _no_tape_descriptor,
        _id_at_an_unknown_place,
        _track_without_sequence,
    ],
)
def test_any_other_structure_is_refused(
    change: Callable[[bytearray], None], reel: Path, tmp_path: Path
) -> None:
    path = _changed(reel, tmp_path / "other.mxf", change)
    with pytest.raises(UnexpectedLayout):
        layout(path)


@pytest.mark.parametrize("content", [b"", b"this is no video" * 10, b"\x06\x0e\x2b\x34" * 4])
def test_what_is_no_mxf_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "no.mxf"
    path.write_bytes(content)
    with pytest.raises(UnexpectedLayout):
        layout(path)


def test_opatom_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "atom.mxf"
    ffmpeg(*picture(size="1920x1080"), *_DNXHR, *_BIT_EXACT, "-f", "mxf_opatom", path)
    with pytest.raises(UnexpectedLayout, match="content packages"):
        layout(path)
