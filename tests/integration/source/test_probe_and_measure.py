from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from display_matrix import turn
from integration.clip_maker import (
    H264,
    decoded_frames,
    describe,
    ffmpeg,
    measured,
    picture,
    plain,
    stamped,
    tone,
)

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source.measure import identify
from proxx_daemon.source.probe import Probe

#: 12 frames at 25, then 12 that each last twice as long
TWO_SPEEDS = (
    *("-vf", "setpts='if(lt(N,12),N,12+(N-12)*2)/25/TB'"),
    *("-fps_mode", "passthrough", "-enc_time_base", "1:1000"),
)
NTSC = [("24000/1001", 24000), ("30000/1001", 30000), ("60000/1001", 60000)]


def refusal(act: Callable[[], object]) -> Code:
    with pytest.raises(JobFailed) as caught:
        act()
    return caught.value.failure.code


@pytest.mark.parametrize("extension", ["mov", "mp4", "mkv"])
@pytest.mark.parametrize("rate", ["12", "24", "25", "50"])
def test_a_constant_rate_is_measured_exactly(tmp_path: Path, extension: str, rate: str) -> None:
    source = measured(plain(tmp_path / f"clip.{extension}", frames=24, rate=rate))
    assert source.constant_rate
    assert (source.rate, source.frame_count) == (Fraction(rate), 24)
    assert source.duration == 24 / Fraction(rate)


@pytest.mark.parametrize("extension", ["mov", "mp4", "mkv"])
@pytest.mark.parametrize(("rate", "numerator"), NTSC)
def test_an_ntsc_rate_is_measured_exactly(
    tmp_path: Path, extension: str, rate: str, numerator: int
) -> None:
    source = measured(plain(tmp_path / f"clip.{extension}", frames=24, rate=rate))
    assert source.constant_rate
    assert (source.rate, source.frame_count) == (Fraction(numerator, 1001), 24)


@pytest.mark.parametrize("frames", [24, 70])
def test_a_phone_that_counts_600_ticks_a_second_keeps_its_rate(tmp_path: Path, frames: int) -> None:
    clip = tmp_path / "phone.mov"
    # 20 ticks for each frame, 21 for one in 50: FFmpeg's guess is 359/12 for the short clip.
    ticks = stamped("N*20+floor((N+33)/50)", 600)
    ffmpeg(*picture(frames=frames, size="64x48"), *ticks, *H264, clip)
    source = measured(clip)
    assert (source.constant_rate, source.rate) == (True, Fraction(30000, 1001))


@pytest.mark.parametrize("extension", ["mov", "avi"])
def test_a_rate_with_two_decimals_is_the_standard_one(tmp_path: Path, extension: str) -> None:
    clip = tmp_path / f"export.{extension}"
    codec = ("-c:v", "mjpeg", "-pix_fmt", "yuvj422p")
    ffmpeg(*picture(frames=60, rate="2997/100", size="64x48"), *codec, clip)
    assert describe(clip).video[0].rate == Fraction(2997, 100)
    source = measured(clip)
    assert (source.constant_rate, source.rate) == (True, Fraction(30000, 1001))


def test_milliseconds_without_a_rate_are_the_standard_one(tmp_path: Path) -> None:
    clip = tmp_path / "nameless.mkv"
    # No frame rate is known to the muxer, and the picture starts late: FFmpeg guesses.
    late = stamped("round((N+2)*100/3)", 1000)
    ffmpeg(*picture(frames=60, size="64x48"), *late, *H264, clip)
    assert describe(clip).video[0].rate != 30
    source = measured(clip)
    assert (source.constant_rate, source.rate) == (True, Fraction(30))


@pytest.mark.parametrize("extension", ["mov", "mp4", "mkv"])
def test_a_variable_rate_is_found_and_its_frames_are_counted(
    tmp_path: Path, extension: str
) -> None:
    clip = tmp_path / f"clip.{extension}"
    ffmpeg(*picture(frames=24), *TWO_SPEEDS, *H264, clip)
    source = measured(clip)
    assert not source.constant_rate
    assert source.frame_count == 24
    assert Fraction(16) < source.rate < Fraction(18)
    assert Fraction(13, 10) < source.duration < Fraction(15, 10)


@pytest.mark.parametrize("extension", ["mov", "mkv"])
def test_one_dropped_frame_makes_a_rate_variable(tmp_path: Path, extension: str) -> None:
    clip = tmp_path / f"clip.{extension}"
    drop = ("-vf", "select='not(eq(n,20))'", "-fps_mode", "passthrough")
    ffmpeg(*picture(frames=48), *drop, *H264, clip)
    source = measured(clip)
    assert not source.constant_rate
    assert source.frame_count == 47


@pytest.mark.parametrize("extension", ["mov", "mkv", "mp4"])
def test_reordered_frames_do_not_make_a_rate_variable(tmp_path: Path, extension: str) -> None:
    clip = tmp_path / f"clip.{extension}"
    ffmpeg(*picture(frames=48), *H264[:2], "-bf", "3", "-pix_fmt", "yuv420p", clip)
    source = measured(clip)
    assert (source.constant_rate, source.rate, source.frame_count) == (True, Fraction(25), 48)


def test_frames_that_an_edit_list_hides_are_not_counted(tmp_path: Path) -> None:
    whole = plain(tmp_path / "whole.mov", "-g", "12", frames=48)
    cut = tmp_path / "cut.mov"
    ffmpeg("-ss", "0.3", "-i", whole, "-c", "copy", cut)
    assert describe(cut).video[0].declared_frames == 48
    source = measured(cut)
    assert source.frame_count == decoded_frames(cut) == 40
    assert (source.constant_rate, source.rate) == (True, Fraction(25))


@pytest.mark.parametrize("extension", ["mov", "mkv"])
def test_a_picture_that_starts_after_its_sound_says_by_how_much(
    tmp_path: Path, extension: str
) -> None:
    whole, late = plain(tmp_path / "whole.mov", frames=24), tmp_path / f"late.{extension}"
    streams = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    ffmpeg("-itsoffset", "0.52", "-i", whole, "-i", whole, *streams, late)
    source = measured(late)
    assert abs(source.footage.start - Fraction(52, 100)) < Fraction(1, 40)
    assert (source.constant_rate, source.frame_count) == (True, 24)


@pytest.mark.parametrize(
    ("name", "codec", "container"),
    [
        ("a.mov", "libx264", "mov"),
        ("a.mp4", "libx264", "mp4"),
        ("a.mkv", "libx264", "mkv"),
        ("a.webm", "libvpx-vp9", "webm"),
        ("vp9.mkv", "libvpx-vp9", "mkv"),
        ("a.ts", "mpeg2video", "ts"),
        ("a.mxf", "mpeg2video", "mxf"),
        ("a.avi", "mjpeg", "avi"),
    ],
)
def test_a_container_is_known_by_its_content_and_not_by_its_name(
    tmp_path: Path, name: str, codec: str, container: str
) -> None:
    clip = tmp_path / name
    ffmpeg(*picture(), "-c:v", codec, "-pix_fmt", "yuv420p", "-strict", "unofficial", clip)
    assert describe(clip).container == container
    disguised = clip.rename(tmp_path / "clip.bin")
    assert describe(disguised).container == container
    assert measured(disguised).frame_count == 12


def test_dnxhr_is_told_from_dnxhd(tmp_path: Path) -> None:
    arguments = ("-c:v", "dnxhd", "-pix_fmt", "yuv422p")
    ffmpeg(*picture(size="1280x720"), *arguments, "-profile:v", "dnxhr_lb", tmp_path / "hr.mxf")
    ffmpeg(*picture(size="1920x1080"), *arguments, "-b:v", "120M", tmp_path / "hd.mxf")
    assert describe(tmp_path / "hr.mxf").video[0].codec == "dnxhr"
    assert describe(tmp_path / "hd.mxf").video[0].codec == "dnxhd"


def test_every_track_is_described_in_its_order(tmp_path: Path) -> None:
    clip = tmp_path / "tracks.mov"
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:a")
    codecs = ("-c:a", "pcm_s24le", "-ac:a:1", "2", "-c:a:2", "aac")
    ffmpeg(*picture(), *tone(), *tone(), *tone(), *maps, *H264, *codecs, clip)
    tracks = describe(clip).audio
    assert [(track.codec_name, track.channels) for track in tracks] == [
        ("pcm_s24le", 1),
        ("pcm_s24le", 2),
        ("aac", 1),
    ]


def test_cover_art_is_not_footage(tmp_path: Path) -> None:
    cover, clip = tmp_path / "cover.jpg", tmp_path / "covered.mp4"
    ffmpeg(*picture(frames=1), "-pix_fmt", "yuvj420p", cover)
    bare = plain(tmp_path / "bare.mp4")
    art = ("-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic")
    ffmpeg("-i", bare, "-i", cover, *art, clip)
    info = describe(clip)
    assert len(info.video) == 2
    footage = info.footage()
    assert footage is not None
    assert footage.codec == "h264"
    assert measured(clip).frame_count == 12


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_the_turn_of_a_phone_is_read_clockwise(tmp_path: Path, rotation: int) -> None:
    clip = plain(tmp_path / "phone.mov")
    turn(clip, rotation)
    footage = describe(clip).video[0]
    assert footage.rotation == rotation
    assert footage.upright_size() == ((192, 108) if rotation == 180 else (108, 192))


def test_timecode_and_reel_are_read(tmp_path: Path) -> None:
    clip = tmp_path / "tape.mov"
    names = ("-timecode", "10:00:00;02", "-metadata:s:v:0", "reel_name=A001R1XY")
    ffmpeg(*picture(frames=30, rate="30000/1001"), *names, *H264, clip)
    info = describe(clip)
    assert info.timecode == "10:00:00;02"
    assert info.tags["reel_name"] == "A001R1XY"


def test_a_truncated_matroska_file_is_refused(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mkv", frames=100)
    assert measured(clip).frame_count == 100
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) * 2 // 5])
    assert refusal(lambda: measured(clip)) is Code.SOURCE_TRUNCATED


def test_a_mov_that_lost_its_index_is_not_media(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    assert refusal(lambda: measured(clip)) is Code.SOURCE_NOT_MEDIA


def test_ffprobes_own_words_are_a_detail_and_not_the_reason(tmp_path: Path) -> None:
    text = tmp_path / "text.mov"
    text.write_text("not media at all\n")
    with pytest.raises(JobFailed) as caught:
        describe(text)
    reason = caught.value.failure
    assert "Invalid data" not in reason.message
    assert "FFmpeg cannot read it" in reason.message
    assert [detail.found for detail in reason.errors] == [
        "ffprobe: Invalid data found when processing input"
    ]


def test_a_single_frame_of_unknown_length_is_refused(tmp_path: Path) -> None:
    clip = plain(tmp_path / "one.mkv", frames=1)
    assert refusal(lambda: measured(clip)) is Code.SOURCE_LENGTH_UNKNOWN


def test_a_file_without_picture_cannot_be_measured(tmp_path: Path) -> None:
    clip = tmp_path / "sound.mov"
    ffmpeg(*tone(), clip)
    assert describe(clip).footage() is None
    assert refusal(lambda: measured(clip)) is Code.SOURCE_UNSUPPORTED


def test_what_is_not_a_readable_file_is_told_apart(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mov", tmp_path / "text.mov"
    empty.touch()
    text.write_text("not media at all\n")
    assert refusal(lambda: identify(str(tmp_path / "missing.mov"))) is Code.SOURCE_MISSING
    assert refusal(lambda: identify(str(text / "x.mov"))) is Code.SOURCE_MISSING
    assert refusal(lambda: identify(str(tmp_path))) is Code.SOURCE_NOT_A_FILE
    assert refusal(lambda: identify(str(empty))) is Code.SOURCE_EMPTY
    assert refusal(lambda: identify("/" + "x" * 300)) is Code.SOURCE_UNREADABLE
    assert refusal(lambda: measured(text)) is Code.SOURCE_NOT_MEDIA


def test_a_file_keeps_its_identity_until_it_changes(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    before = identify(str(clip))
    assert identify(str(clip)) == before
    clip.write_bytes(clip.read_bytes() + b"\0")
    assert identify(str(clip)) != before


@pytest.mark.parametrize("name", ["a b.mov", "-rf.mov", "Größe 'x'.mov", "a%03d.mov", "a?b#c.mov"])
def test_names_are_passed_to_ffprobe_as_they_are(tmp_path: Path, name: str) -> None:
    clip = plain(tmp_path / "clip.mov").rename(tmp_path / name)
    assert measured(clip).frame_count == 12


def test_a_probe_that_cannot_be_started_blames_the_engine_and_not_the_file(tmp_path: Path) -> None:
    clip = plain(tmp_path / "clip.mov")
    probe = Probe(str(tmp_path / "nonexistent"), seconds=60.0)
    assert refusal(lambda: probe.describe(str(clip))) is Code.ENGINE_UNUSABLE
