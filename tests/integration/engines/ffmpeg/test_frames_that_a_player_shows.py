"""A proxy has the frames that a player shows, each at its time, or the source is refused."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from integration.clip_maker import (
    H264,
    decoded_frames,
    ffmpeg,
    measured,
    picture,
    stamped,
    tone,
    tools,
)
from integration.engines.ffmpeg.test_planned_commands import encode
from unit.records import explicit, spec

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed

SIZE = "320x180"


def moving(frames: int = 40) -> tuple[str, ...]:
    return picture(frames=frames, size=SIZE)


def _open_group(folder: Path) -> Path:
    """Cut a transport stream at a group whose first frames need the group before it."""
    whole, cut = folder / "whole.ts", folder / "cut.ts"
    ffmpeg(*moving(), "-c:v", "mpeg2video", "-bf", "2", "-g", "12", whole)
    ffmpeg("-ss", "0.7", "-i", whole, "-c", "copy", cut)
    return cut


def _open_group_in_mxf(folder: Path) -> Path:
    cut = folder / "cut.mxf"
    ffmpeg("-i", _open_group(folder), "-c", "copy", cut)
    return cut


def _fields(folder: Path) -> Path:
    clip = folder / "fields.ts"
    ffmpeg(*moving(), "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-vf", "setfield=tff", clip)
    return clip


def _clock_jumps(folder: Path, first: int, second: int) -> Path:
    """Join two transport streams whose clocks begin at so many seconds."""
    codecs = ("-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2")
    joined = bytearray()
    for begin in (first, second):
        part = folder / f"{begin}.ts"
        ffmpeg(*moving(), *tone(1.6), *codecs, "-output_ts_offset", str(begin), part)
        joined += part.read_bytes()
    counters: dict[int, int] = {}
    for place in range(0, len(joined), 188):
        # Numbered on, or the last packet of the first stream would count as damaged.
        track = int.from_bytes(joined[place + 1 : place + 3]) & 0x1FFF
        counters[track] = (counters.get(track, -1) + (joined[place + 3] >> 4 & 1)) % 16
        joined[place + 3] = joined[place + 3] & 0xF0 | counters[track]
    clip = folder / "joined.ts"
    clip.write_bytes(joined)
    return clip


def _clock_jumps_ahead(folder: Path) -> Path:
    return _clock_jumps(folder, 0, 30)


def _clock_jumps_back(folder: Path) -> Path:
    return _clock_jumps(folder, 30, 0)


def _hidden_frames(folder: Path) -> Path:
    """Put the frames of VP9 that are never shown into packets of their own."""
    whole, clip = folder / "whole.webm", folder / "hidden.webm"
    codec = ("-c:v", "libvpx-vp9", "-cpu-used", "5", "-auto-alt-ref", "1", "-lag-in-frames", "25")
    passes = (*codec, "-b:v", "300k", "-passlogfile", folder / "passes")
    ffmpeg(*moving(), *passes, "-pass", "1", "-f", "null", "-")
    ffmpeg(*moving(), *passes, "-pass", "2", whole)
    ffmpeg("-i", whole, "-c", "copy", "-fflags", "-autobsf", "-bsf:v", "vp9_superframe_split", clip)
    return clip


def _without_key_frame(folder: Path, container: str) -> Path:
    whole, clip = folder / "whole.mov", folder / f"cut.{container}"
    ffmpeg(*moving(), *tone(1.6), *H264, "-g", "15", "-c:a", "pcm_s16le", whole)
    ffmpeg("-i", whole, "-c", "copy", "-bsf:v", "noise=drop='lt(n,5)'", clip)
    return clip


def _without_key_frame_in_mkv(folder: Path) -> Path:
    return _without_key_frame(folder, "mkv")


def _without_key_frame_in_mp4(folder: Path) -> Path:
    return _without_key_frame(folder, "mp4")


def _edit_list(folder: Path) -> Path:
    """Let an edit list begin at a frame that needs others before it."""
    whole, cut = folder / "whole.mov", folder / "cut.mp4"
    ffmpeg(*moving(), *H264[:2], "-bf", "2", "-g", "15", "-pix_fmt", "yuv420p", whole)
    ffmpeg("-ss", "0.3", "-i", whole, "-c", "copy", cut)
    return cut


def _edit_list_of_a_whole_header(folder: Path) -> Path:
    """Hide the first frame, where frames, rate and duration of the header still agree."""
    clip = folder / "hidden.mp4"
    ffmpeg(*moving(), *H264[:2], "-bf", "2", "-g", "15", "-pix_fmt", "yuv420p", clip)
    data = bytearray(clip.read_bytes())
    # Version and flags, the number of edits, the length of the first one, its first tick.
    place = data.index(b"elst") + 4 + 4 + 4 + 4
    begin = int.from_bytes(data[place : place + 4]) + 512
    data[place : place + 4] = begin.to_bytes(4)
    clip.write_bytes(data)
    return clip


@pytest.mark.parametrize(
    "make",
    [
        _open_group,
        _fields,
        _clock_jumps_ahead,
        _clock_jumps_back,
        _hidden_frames,
        _without_key_frame_in_mkv,
        _without_key_frame_in_mp4,
        _edit_list,
        _edit_list_of_a_whole_header,
    ],
)
def test_frames_are_those_that_decode(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    clip = make(tmp_path)
    source = measured(clip)
    assert (source.constant_rate, source.rate) == (True, Fraction(25))
    assert source.frame_count == decoded_frames(clip)
    for name in ("proxy_h264_low", "proxy_dnxhr_lb"):
        assert encode(tools(), clip, name, spec())[1] == []


def test_sound_keeps_its_place_if_the_first_frames_cannot_be_decoded(tmp_path: Path) -> None:
    source = measured(_without_key_frame_in_mkv(tmp_path))
    assert source.frame_count == 25
    assert abs(source.footage.start - Fraction(15, 25)) < Fraction(1, 1000)


@pytest.mark.parametrize(
    ("name", "ticks", "times", "rate"),
    [
        ("phone.mov", 600, "N*20+floor((N+33)/50)", Fraction(30000, 1001)),
        ("nameless.mkv", 1000, "round((N+2)*100/3)", Fraction(30)),
    ],
)
def test_a_rate_that_ffmpeg_does_not_guess_is_that_of_the_proxy(
    tmp_path: Path, name: str, ticks: int, times: str, rate: Fraction
) -> None:
    clip = tmp_path / name
    ffmpeg(*moving(30), *stamped(times, ticks), *H264, clip)
    assert measured(clip).rate == rate
    for profile in ("proxy_prores_proxy", "proxy_dnxhr_lb"):
        assert encode(tools(), clip, profile, spec())[1] == []


def _hole(folder: Path) -> Path:
    """Show a frame twice as long where the header still has one constant rate."""
    clip = folder / "hole.mp4"
    ffmpeg(*moving(), *H264, "-bsf:v", "setts=pts='PTS+gte(N,30)*DURATION'", clip)
    return clip


def test_a_hole_in_the_times_stays_open(tmp_path: Path) -> None:
    clip = _hole(tmp_path)
    source = measured(clip)
    assert not source.constant_rate
    assert source.times is not None
    assert source.times.seconds(-1) == Fraction(40, 25)
    for job in (spec(), explicit(25)):
        proxy, wrong = encode(tools(), clip, "proxy_h264_low", job)
        assert wrong == []
        proxy.unlink()
    assert encode(tools(), clip, "proxy_dnxhr_lb", explicit(25))[1] == []


def test_a_picture_that_a_recorder_left_out_is_no_frame(tmp_path: Path) -> None:
    clip = tmp_path / "dropped.avi"
    dropped = ("-vf", "select='not(eq(n,20))'", "-fps_mode", "passthrough")
    ffmpeg(*moving(), *dropped, "-c:v", "mjpeg", "-pix_fmt", "yuvj422p", clip)
    source = measured(clip)
    assert source.footage.declared_frames == 40
    assert (source.constant_rate, source.frame_count) == (False, 39)
    assert encode(tools(), clip, "proxy_h264_low", spec())[1] == []
    assert encode(tools(), clip, "proxy_dnxhr_lb", explicit(25))[1] == []


def _retimed(folder: Path, times: str) -> Path:
    clip = folder / "retimed.mp4"
    # Decoded a little earlier than shown, as the container demands.
    ffmpeg(*moving(), *H264, "-bsf:v", f"setts=pts='{times}':dts='DTS-3*DURATION'", clip)
    return clip


def _two_at_once(folder: Path) -> Path:
    return _retimed(folder, "PTS-eq(N,9)*DURATION")


def _backward(folder: Path) -> Path:
    return _retimed(folder, "PTS-eq(N,9)*DURATION*3/2")


def _undecodable(folder: Path) -> Path:
    """Damage a frame of a clip that begins without a key frame."""
    clip = folder / "damaged.mkv"
    damage = ("-bsf:v", "noise=amount='eq(n,20)'")
    ffmpeg("-i", _without_key_frame(folder, "mkv"), "-c", "copy", "-copyinkf", *damage, clip)
    return clip


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_two_at_once, Code.SOURCE_TIMES_INVALID),
        (_backward, Code.SOURCE_TIMES_INVALID),
        (_undecodable, Code.SOURCE_UNDECODABLE),
        # MXF always has a timecode, and it is that of a frame that nothing can decode.
        (_open_group_in_mxf, Code.SOURCE_DAMAGED),
    ],
)
def test_what_no_proxy_can_keep_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], code: Code
) -> None:
    clip = make(tmp_path)
    with pytest.raises(JobFailed) as caught:
        measured(clip)
    assert caught.value.failure.code is code


def test_a_timecode_of_frames_that_cannot_be_decoded_is_refused(tmp_path: Path) -> None:
    whole, clip = tmp_path / "whole.mov", tmp_path / "cut.mov"
    ffmpeg(*moving(), *H264, "-g", "15", whole)
    cut = ("-c", "copy", "-bsf:v", "noise=drop='lt(n,5)'", "-timecode", "10:00:00:00")
    ffmpeg("-i", whole, *cut, clip)
    with pytest.raises(JobFailed) as caught:
        measured(clip)
    assert caught.value.failure.code is Code.SOURCE_DAMAGED
    assert "begins with 0.400 s of frames" in caught.value.failure.message


def test_a_picture_that_is_decoded_first_begins_where_its_header_says(tmp_path: Path) -> None:
    clip = tmp_path / "fields.ts"
    coding = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-vf", "setfield=tff", "-c:a", "aac")
    ffmpeg(*moving(12), *tone(), *coding, clip)
    source = measured(clip)
    # FFmpeg's AAC leads by its first packet.
    assert float(source.footage.start) == pytest.approx(1024 / 48000, abs=1e-5)
