import mpeg2_fields
import pytest

from proxx_daemon.engines.ffmpeg.last_picture import LastPicture
from proxx_daemon.engines.ffmpeg.undecoded import UndecodedPart


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            b"[h264 @ 0x5567] [error] error while decoding MB 2 8, bytestream -20",
            "error while decoding MB 2 8, bytestream -20",
        ),
        (b"[mpeg2video @ 0x5567] [error] ac-tex damaged at 0 22", "ac-tex damaged at 0 22"),
        (b"[mjpeg @ 0x5567] [error] error y=0 x=16", "error y=0 x=16"),
        # At the start of a recording, before the first key frame, and in what plays.
        (b"[mpeg2video @ 0x5567] [error] Invalid frame dimensions 0x0.", None),
        (b"[h264 @ 0x5567] [error] co located POCs unavailable", None),
        (b"[h264 @ 0x5567] [error] mmco: unref short failure", None),
        (b"[h264 @ 0x5567] [warning] error while decoding MB 2 8, bytestream -20", None),
        (b"[mp3float @ 0x5567] [error] Header missing", None),
    ],
)
def test_only_what_leaves_a_part_of_a_picture_open_counts(line: bytes, said: str | None) -> None:
    part = UndecodedPart()
    part.line(line)
    assert part.said == said


def test_the_first_part_is_told() -> None:
    part = UndecodedPart()
    for place in (b"3", b"4"):
        part.line(b"[mjpeg @ 0x1] [error] error y=" + place + b" x=0")
    assert part.said == "error y=3 x=0"


@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
@pytest.mark.parametrize("cut", [0, 600, 1500])
def test_a_last_field_lacks_rows_however_the_stream_comes(size: int, cut: int) -> None:
    content = mpeg2_fields.frames(2)
    content = content[: len(content) - cut]
    last = LastPicture()
    for at in range(0, len(content), size):
        last.piece(content[at : at + size])
    assert last.lacks_rows() == (cut > 0)


def test_a_stream_without_a_picture_lacks_nothing() -> None:
    last = LastPicture()
    last.piece(b"\0\0\1\xb3\x08\x00\x80")
    assert not last.lacks_rows()
