"""A recording that ends inside a picture: FFmpeg shows something else of that picture each time."""

from pathlib import Path

import mpeg2_fields
import pytest
from integration.clip_maker import ffmpeg, measured, picture

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed

_PACKET = 188


def _in_fields(tmp_path: Path) -> Path:
    coded, path = tmp_path / "fields.m2v", tmp_path / "fields.ts"
    coded.write_bytes(mpeg2_fields.frames(6))
    stamps = ("-c", "copy", "-bsf:v", "setts=ts=N*DURATION", "-f", "mpegts")
    ffmpeg("-f", "mpegvideo", "-framerate", "25", "-i", coded, *stamps, path)
    return path


def _hevc(tmp_path: Path) -> Path:
    path = tmp_path / "hevc.ts"
    coding = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
    ffmpeg(*picture(frames=12), *coding, "-f", "mpegts", path)
    return path


@pytest.mark.parametrize("packets", [1, 3, 6, 10])
def test_a_field_that_was_cut_is_refused_before_it_is_encoded(tmp_path: Path, packets: int) -> None:
    source = _in_fields(tmp_path)
    assert measured(source).frame_count == 6
    source.write_bytes(source.read_bytes()[: -packets * _PACKET])

    with pytest.raises(JobFailed) as refused:
        measured(source)

    assert refused.value.failure.code is Code.SOURCE_UNDECODABLE


def test_hevc_that_was_cut_is_refused_before_it_is_encoded(tmp_path: Path) -> None:
    source = _hevc(tmp_path)
    assert measured(source).frame_count == 12
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // _PACKET * 9 // 10 * _PACKET])

    with pytest.raises(JobFailed) as refused:
        measured(source)

    assert refused.value.failure.code is Code.SOURCE_UNDECODABLE
