"""Half-copied, damaged and encrypted files are known by their structure, before FFmpeg reads them.

Every file is first seen to be accepted as a whole: what is refused is refused for the fault.
"""

import shutil
import struct
from pathlib import Path
from typing import Final

import pytest
from integration.clip_maker import H264, ffmpeg, picture, tone
from movie_boxes import box, full, grown

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source.structure.check import check
from proxx_daemon.source.structure.pieces import Pieces

_PCM: Final = ("-c:a", "pcm_s16le")
_FRAGMENTS: Final = ("-g", "6", "-movflags", "frag_keyframe+empty_moov+skip_trailer")
#: how a file of each kind is made
_KINDS: Final = {
    "index-in-front.mp4": (*H264, "-movflags", "+faststart"),
    "index-at-end.mp4": H264,
    "index-in-front.mov": (*H264, *_PCM, "-movflags", "+faststart", "-timecode", "01:00:00:00"),
    "fragments.mp4": (*H264, *_FRAGMENTS),
    "fragments-with-index.mp4": (*H264, *_FRAGMENTS[:-1], f"{_FRAGMENTS[-1]}+global_sidx"),
    "clusters.mkv": H264,
    "cues-in-front.mkv": (*H264, "-cues_to_front", "1"),
    "clusters.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-c:a", "libopus"),
    "chunks.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", *_PCM),
    "partitions.mxf": ("-c:v", "mpeg2video", *_PCM),
    "sony.mxf": (*H264, *_PCM),
    "avid.mxf": (
        "-c:v",
        "dnxhd",
        "-profile:v",
        "dnxhr_lb",
        "-s",
        "320x180",
        "-pix_fmt",
        "yuv422p",
        *_PCM,
    ),
}
#: written as a recorder does that never goes back: sizes and footer are unknown in the header
_LIVE: Final = {
    "live.mxf": ("-c:v", "mpeg2video", *_PCM, "-f", "mxf"),
    "live.mkv": (*H264, "-cluster_time_limit", "200", "-f", "matroska"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one whole file of each kind."""
    folder = tmp_path_factory.mktemp("whole")
    inputs = (*picture(frames=20), *tone(0.8), "-map", "0:v", "-map", "1:a")
    for name, how in _KINDS.items():
        ffmpeg(*inputs, *how, folder / name)
    for name, how in _LIVE.items():
        (folder / name).write_bytes(ffmpeg(*inputs, *how, "pipe:1"))
    return folder


def _code(path: Path) -> Code | None:
    try:
        with path.open("rb") as file:
            check(str(path), Pieces.of(file.fileno()))
    except JobFailed as error:
        return error.failure.code if error.failure.message.startswith(str(path)) else None
    return None


def _of(content: bytes, tmp_path: Path) -> Code | None:
    """Return the code of a file with this content, whatever its name is."""
    path = tmp_path / "source"
    path.write_bytes(content)
    return _code(path)


@pytest.mark.parametrize("name", [*_KINDS, *_LIVE])
def test_a_whole_file_is_accepted_and_a_half_copied_one_is_cut_off(
    name: str, whole: Path, tmp_path: Path
) -> None:
    content = (whole / name).read_bytes()
    assert _of(content, tmp_path) is None
    for share in (0.02, 0.1, 0.35, 0.5, 0.75, 0.9, 0.98):
        cut = content[: int(len(content) * share)]
        assert _of(cut, tmp_path) is Code.SOURCE_TRUNCATED, share
    assert _of(content[:-1], tmp_path) is Code.SOURCE_TRUNCATED


@pytest.mark.parametrize("name", sorted({*_KINDS, *_LIVE} - {"cues-in-front.mkv"}))
def test_a_copy_that_reserved_its_size_and_did_not_fill_it_is_cut_off(
    name: str, whole: Path, tmp_path: Path
) -> None:
    content = (whole / name).read_bytes()
    half = len(content) // 2
    assert _of(content[:half] + bytes(len(content) - half), tmp_path) is Code.SOURCE_TRUNCATED


@pytest.mark.parametrize("name", [name for name in _KINDS if not name.startswith("fragments")])
def test_bytes_behind_the_end_are_no_fault(name: str, whole: Path, tmp_path: Path) -> None:
    assert _of((whole / name).read_bytes() + bytes(5000), tmp_path) is None


def test_a_transport_stream_promises_nothing_and_can_end_anywhere(tmp_path: Path) -> None:
    clip = tmp_path / "clip.ts"
    ffmpeg(*picture(frames=5), *H264, clip)
    content = clip.read_bytes()
    assert _of(content[: len(content) // 2], tmp_path) is None


def test_what_ffmpeg_knows_and_this_check_does_not_is_left_to_ffmpeg(tmp_path: Path) -> None:
    for content in (b"", b"R", b"not media " * 1000, b"RIFF\x04\0\0\0WAVE"):
        assert _of(content, tmp_path) is None


def test_a_file_of_zeros_is_a_copy_that_has_not_begun(tmp_path: Path) -> None:
    assert _of(bytes(70000), tmp_path) is Code.SOURCE_TRUNCATED


_HANDLER: Final = box(b"hdlr", bytes(8), b"vide", bytes(13))
_SIZES: Final = full(b"stsz", 0, 3, 100, 100, 100)
_RUNS: Final = full(b"stsc", 1, 1, 3, 1)


def _movie(*tables: bytes, references: bytes = b"", after: bytes = b"") -> bytes:
    """Return a header with one track of picture, made of these tables."""
    table = box(b"minf", references, box(b"stbl", *tables))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"trak", box(b"mdia", _HANDLER, table)), after)


def _far(place: int) -> bytes:
    return box(b"co64", struct.pack(">IIQ", 0, 1, place))


def test_the_last_sample_counts_where_the_size_of_the_media_is_not_known(tmp_path: Path) -> None:
    """A size of 0 means: up to the end of the file."""
    start = len(_movie(_SIZES, _RUNS, full(b"stco", 1, 0))) + 8
    header = _movie(_SIZES, _RUNS, full(b"stco", 1, start)) + b"\0\0\0\0mdat"
    assert _of(header + b"x" * 300, tmp_path) is None
    assert _of(header + b"x" * 299, tmp_path) is Code.SOURCE_TRUNCATED


def test_places_and_sizes_of_64_bits_are_read(tmp_path: Path) -> None:
    header = _movie(_SIZES, _RUNS, _far(0))
    content = _movie(_SIZES, _RUNS, _far(len(header) + 16)) + box(b"mdat", b"x" * 300, wide=True)
    assert _of(content, tmp_path) is None
    assert _of(content[:-1], tmp_path) is Code.SOURCE_TRUNCATED
    beyond = _movie(_SIZES, _RUNS, _far(6 << 32)) + box(b"mdat", b"x" * 300)
    assert _of(beyond, tmp_path) is Code.SOURCE_TRUNCATED


def test_a_file_of_more_than_four_gigabytes_is_measured(tmp_path: Path) -> None:
    """The file is sparse: it takes no space."""
    header = _movie(_SIZES, _RUNS, _far((5 << 30) - 300))
    media = struct.pack(">I4sQ", 1, b"mdat", (5 << 30) - len(header))
    path = tmp_path / "large.mov"
    with path.open("wb") as file:
        file.write(header + media)
        file.seek((5 << 30) - 300)
        file.write(b"x" * 300)
    assert _code(path) is None
    with path.open("r+b") as file:
        file.truncate(4 << 30)
    assert _code(path) is Code.SOURCE_TRUNCATED


@pytest.mark.parametrize(
    "tables",
    [
        pytest.param((_SIZES, _RUNS), id="no places"),
        pytest.param((_SIZES, full(b"stsc", 0), full(b"stco", 1, 40)), id="no chunks"),
        pytest.param((_SIZES, full(b"stsc", 1, 1, 2, 1), full(b"stco", 1, 40)), id="too few"),
        pytest.param(
            (_SIZES, full(b"stsc", 2, 3, 1, 1, 1, 3, 1), full(b"stco", 1, 40)), id="no order"
        ),
        pytest.param((_SIZES, _RUNS, full(b"stco", 0)), id="no entries"),
        pytest.param((full(b"stsz", 0, 3, 100), _RUNS, full(b"stco", 1, 40)), id="too few sizes"),
        pytest.param((full(b"stsz", 0, 0xFFFFFFFF), _RUNS, full(b"stco", 1, 40)), id="endless"),
    ],
)
def test_an_index_that_contradicts_itself_is_damaged(
    tables: tuple[bytes, ...], tmp_path: Path
) -> None:
    content = _movie(*tables) + box(b"mdat", b"x" * 300)
    assert _of(content, tmp_path) is Code.SOURCE_DAMAGED


def test_media_in_another_file_is_not_looked_for_in_this_one(tmp_path: Path) -> None:
    alias = box(b"dinf", box(b"dref", struct.pack(">II", 0, 1), full(b"alis")))
    content = _movie(_SIZES, _RUNS, full(b"stco", 1, 40_000), references=alias)
    assert _of(content, tmp_path) is None


def test_fragments_that_end_before_the_time_that_the_header_states_are_cut_off(
    whole: Path, tmp_path: Path
) -> None:
    content = (whole / "fragments.mp4").read_bytes()
    scale = content.index(b"mvhd") + 16
    ticks = int.from_bytes(content[scale : scale + 4])
    for seconds, code in ((0.8, None), (60.0, Code.SOURCE_TRUNCATED)):
        promise = full(b"mehd", int(seconds * ticks))
        assert _of(grown(content, (b"moov", b"mvex"), promise), tmp_path) is code


def test_a_segment_without_its_header_is_no_copy_that_was_cut_off(
    whole: Path, tmp_path: Path
) -> None:
    content = (whole / "fragments.mp4").read_bytes()
    assert _of(content[content.index(b"moof") - 4 :], tmp_path) is None
    segment = box(b"styp", b"msdh") + content[content.index(b"moof") - 4 :]
    assert _of(segment, tmp_path) is Code.SOURCE_NOT_MEDIA


def test_an_index_of_indexes_that_lists_a_part_that_is_not_there_is_cut_off(
    whole: Path, tmp_path: Path
) -> None:
    content = bytearray((whole / "chunks.avi").read_bytes())
    # FFmpeg leaves room for such an index, and fills it where the file gets large.
    room = content.index(b"JUNK", content.index(b"strf"))
    content[room : room + 4] = b"indx"
    entry = struct.pack("<QII", 1 << 33, 4096, 100)
    content[room + 8 : room + 32] = struct.pack("<HBBI16x", 4, 0, 0, 1)
    content[room + 32 : room + 32 + len(entry)] = entry
    assert _of(bytes(content), tmp_path) is Code.SOURCE_TRUNCATED


def _encrypt(whole: Path, to: Path, *more: str) -> bytes:
    key, name = "0" * 31 + "1", "0" * 31 + "2"
    encrypted = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", key)
    clip = whole / "index-in-front.mp4"
    ffmpeg("-i", clip, "-c", "copy", *encrypted, "-encryption_kid", name, *more, to)
    return to.read_bytes()


def _clear_header(content: bytes) -> bytes:
    """Take every sign of encryption out of the header, as some packagers leave it."""
    for name, other in ((b"encv", b"avc1"), (b"enca", b"mp4a"), (b"sinf", b"free")):
        content = content.replace(name, other)
    return content


def test_encryption_that_the_header_states_is_found(whole: Path, tmp_path: Path) -> None:
    content = _encrypt(whole, tmp_path / "locked.mp4")
    assert _of(content, tmp_path) is Code.SOURCE_ENCRYPTED


@pytest.mark.parametrize("sign", [b"senc", b"saiz", b"seig", b"uuid", b"pssh"])
def test_encryption_that_only_a_later_fragment_states_is_found(
    sign: bytes, whole: Path, tmp_path: Path
) -> None:
    """Some streams begin in the clear: only the last fragment has the sign."""
    content = (whole / "fragments.mp4").read_bytes()
    signs = {
        b"senc": full(b"senc", 0),
        b"saiz": full(b"saiz", 0, 0),
        b"seig": box(b"sgpd", b"\1\0\0\0seig", struct.pack(">II", 20, 0)),
        b"uuid": box(b"uuid", bytes.fromhex("a2394f525a9b4f14a2446c427c648df4"), bytes(8)),
        b"pssh": box(b"pssh", bytes(28)),
    }
    way = (b"moof",) if sign == b"pssh" else (b"moof", b"traf")
    assert _of(content, tmp_path) is None
    last = grown(content, way, signs[sign], begin=content.rindex(b"moof") - 4)
    assert _of(last, tmp_path) is Code.SOURCE_ENCRYPTED


@pytest.mark.parametrize("how", [(), ("-g", "6", "-movflags", "frag_keyframe+empty_moov")])
def test_encryption_is_found_behind_a_header_that_hides_it(
    how: tuple[str, ...], whole: Path, tmp_path: Path
) -> None:
    content = _clear_header(_encrypt(whole, tmp_path / "locked.mp4", *how))
    assert _of(content, tmp_path) is Code.SOURCE_ENCRYPTED


def test_information_about_samples_that_is_not_about_keys_is_no_encryption(
    whole: Path, tmp_path: Path
) -> None:
    other = box(b"saiz", b"\0\0\0\1abcd", bytes(9)) + box(b"sgpd", b"\1\0\0\0roll", bytes(8))
    content = _movie(_SIZES, _RUNS, full(b"stco", 1, 40), other) + box(b"mdat", b"x" * 300)
    assert _of(content, tmp_path) is None


def test_an_encrypted_track_of_matroska_is_found(whole: Path, tmp_path: Path) -> None:
    content = (whole / "clusters.webm").read_bytes()
    encryption = bytes.fromhex("6d80 88 6240 85 5035 82 0000".replace(" ", ""))
    assert len(encryption) == 11
    # The track's language becomes the declaration of its encryption.
    place = content.index(bytes.fromhex("22b59c83"))
    tracks = content.index(bytes.fromhex("1654ae6b"))
    assert place > tracks
    grown = content[:place] + encryption + content[place + 7 :]
    more = len(encryption) - 7
    for name in ("ae", "1654ae6b"):
        at = grown.rindex(bytes.fromhex(name), 0, place)
        head = at + len(name) // 2
        octets = 9 - grown[head].bit_length()
        size = int.from_bytes(grown[head : head + octets]) + more
        grown = grown[:head] + size.to_bytes(octets) + grown[head + octets :]
    assert _of(grown, tmp_path) is Code.SOURCE_ENCRYPTED


@pytest.mark.parametrize("m2ts", ["0", "1"])
def test_a_scrambled_transport_stream_is_encrypted(m2ts: str, tmp_path: Path) -> None:
    clip = tmp_path / "clip.ts"
    ffmpeg(*picture(frames=5), *H264, "-f", "mpegts", "-mpegts_m2ts_mode", m2ts, clip)
    assert _code(clip) is None
    content = bytearray(clip.read_bytes())
    length, begin = (192, 4) if m2ts == "1" else (188, 0)
    for place in range(begin, len(content), length):
        content[place + 3] |= 0x80
    assert _of(bytes(content), tmp_path) is Code.SOURCE_ENCRYPTED


def test_the_check_reads_little_of_a_long_file(whole: Path, tmp_path: Path) -> None:
    """The media of a file of 5 GB is never read: a hole in it costs nothing."""
    path = tmp_path / "long.mp4"
    shutil.copy(whole / "index-in-front.mp4", path)
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.write(struct.pack(">I4sQ", 1, b"free", 5 << 30))
        file.truncate(path.stat().st_size + (5 << 30) - 16)
    assert _code(path) is None
