from fractions import Fraction
from typing import Any

import pytest

from proxx_daemon.source.probe_answer import read_answer

VIDEO: dict[str, Any] = {
    "index": 0,
    "codec_type": "video",
    "codec_name": "h264",
    "codec_tag_string": "avc1",
    "profile": "High",
    "width": 1920,
    "height": 1080,
    "pix_fmt": "yuv420p",
    "sample_aspect_ratio": "1:1",
    "r_frame_rate": "24000/1001",
    "avg_frame_rate": "24000/1001",
    "time_base": "1/24000",
    "duration_ts": 240240,
    "duration": "10.010000",
    "nb_frames": "240",
}
AUDIO: dict[str, Any] = {
    "index": 1,
    "codec_type": "audio",
    "codec_name": "pcm_s24le",
    "sample_rate": "48000",
    "channels": 1,
}
MOV: dict[str, Any] = {
    "format_name": "mov,mp4,m4a,3gp,3g2,mj2",
    "duration": "10.010000",
    "tags": {"major_brand": "qt  "},
}


def read(*streams: dict[str, Any], **header: Any) -> Any:
    return read_answer("/a.mov", {"format": MOV | header, "streams": list(streams)})


def video(**changes: Any) -> Any:
    return read(VIDEO | changes).video[0]


def test_a_picture_is_described_in_exact_figures() -> None:
    picture = video()
    assert picture.rate == Fraction(24000, 1001)
    assert picture.duration == Fraction(240240, 24000)
    assert picture.declared_frames == 240
    assert (picture.codec, picture.codec_tag, picture.counted_packets) == ("h264", "avc1", None)


@pytest.mark.parametrize("nothing", [None, "", "N/A", "0/0", "0:1", "-1/25", "x"])
def test_what_ffprobe_does_not_know_is_none(nothing: Any) -> None:
    picture = video(
        r_frame_rate=nothing,
        sample_aspect_ratio=nothing,
        time_base=nothing,
        nb_frames=nothing,
        duration=nothing,
        duration_ts=nothing,
    )
    assert picture.rate is None
    assert picture.sample_aspect_ratio is None
    assert picture.time_base is None
    assert picture.declared_frames is None
    assert picture.duration is None


def test_rounded_seconds_serve_where_there_are_no_ticks() -> None:
    assert video(duration_ts=None).duration == Fraction("10.010000")


@pytest.mark.parametrize(
    ("profile", "codec"),
    [("DNXHR LB", "dnxhr"), ("DNXHR SQ", "dnxhr"), ("DNXHD", "dnxhd"), ("", "dnxhd")],
)
def test_dnxhr_is_told_from_dnxhd_by_its_profile(profile: str, codec: str) -> None:
    picture = video(codec_name="dnxhd", profile=profile)
    assert (picture.codec, picture.codec_name) == (codec, "dnxhd")


@pytest.mark.parametrize(
    ("angle", "rotation"), [(-90, 90), (90, 270), (180, 180), (-180, 180), (0, 0), (-89.6, 90)]
)
def test_the_display_matrix_is_read_as_clockwise_quarter_turns(angle: float, rotation: int) -> None:
    assert video(side_data_list=[{"x": 1}, {"rotation": angle}]).rotation == rotation


def test_a_tag_of_numbers_is_no_tag() -> None:
    assert video(codec_tag_string="[27][0][0][0]").codec_tag == ""


@pytest.mark.parametrize("kind", ["attached_pic", "timed_thumbnails"])
def test_covers_and_thumbnails_are_attached_pictures(kind: str) -> None:
    assert video(disposition={kind: 1}).attached_picture
    assert not video(disposition={kind: 0}).attached_picture


@pytest.mark.parametrize(
    ("tags", "container"),
    [
        ({"major_brand": "qt  "}, "mov"),
        ({}, "mov"),
        ({"major_brand": "isom"}, "mp4"),
        ({"MAJOR_BRAND": "mp42"}, "mp4"),
        ({"major_brand": "XAVC"}, "mp4"),
    ],
)
def test_mov_is_told_from_mp4_by_its_brand(tags: dict[str, str], container: str) -> None:
    assert read(tags=tags).container == container


@pytest.mark.parametrize(
    ("format_name", "container"),
    [("mpegts", "ts"), ("mxf", "mxf"), ("avi", "avi"), ("flv", "flv"), ("mp3", "mp3"), ("", "")],
)
def test_other_containers_keep_ffprobe_s_first_name(format_name: str, container: str) -> None:
    assert read(format_name=format_name).container == container


def test_tracks_are_described_in_order() -> None:
    sound = read(VIDEO, AUDIO, AUDIO | {"index": 2, "channels": 2, "channel_layout": "stereo"})
    assert [(track.index, track.channels, track.layout) for track in sound.audio] == [
        (1, 1, ""),
        (2, 2, "stereo"),
    ]
    assert sound.audio[0].sample_rate == 48000


def test_the_timecode_of_the_container_comes_before_that_of_a_stream() -> None:
    stream = VIDEO | {"tags": {"timecode": "02:00:00:00"}}
    assert read(stream).timecode == "02:00:00:00"
    assert read(stream, tags={"timecode": "01:00:00;00"}).timecode == "01:00:00;00"
    assert read(VIDEO).timecode is None


def test_the_reel_is_found_on_whatever_stream_it_stands() -> None:
    data = {"index": 2, "codec_type": "data", "tags": {"REEL_NAME": "A001"}}
    assert read(VIDEO, data).tags["reel_name"] == "A001"


def test_data_streams_are_neither_picture_nor_sound() -> None:
    info = read(VIDEO, {"index": 1, "codec_type": "data"}, {"index": 2})
    assert (len(info.video), len(info.audio)) == (1, 0)


def test_an_empty_answer_describes_nothing() -> None:
    info = read_answer("/a", {})
    assert (info.video, info.audio, info.duration, info.container) == ((), (), None, "")


@pytest.mark.parametrize(
    ("header", "stream", "start"),
    [
        ("0.000000", "0.500000", Fraction(1, 2)),
        ("1.400000", "1.421000", Fraction(21, 1000)),
        ("-0.021000", "0.000000", Fraction(21, 1000)),
        ("0.000000", "0.000000", Fraction(0)),
        (None, "0.500000", Fraction(0)),
        ("0.000000", "N/A", Fraction(0)),
    ],
)
def test_a_picture_starts_so_many_seconds_after_its_file(
    header: str | None, stream: str, start: Fraction
) -> None:
    assert read(VIDEO | {"start_time": stream}, start_time=header).video[0].start == start
