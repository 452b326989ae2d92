"""The planned command, run by a real FFmpeg, makes the proxy that was planned.

On a machine with an FFmpeg on PATH both it and the embedded one have to.
"""

import os
import re
import subprocess
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
    plain,
    tone,
    tools,
)
from unit.records import explicit, spec

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.jobspec.jobspec import FpsMode, JobSpec
from proxx_daemon.output import comparison
from proxx_daemon.output.check import Check
from proxx_daemon.plan import ffmpeg_command, fit
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source import written
from proxx_daemon.source.probe import Probe

ENGINES = {tools.origin: tools for tools in (locate(None, os.environ), locate(None, {"PATH": ""}))}
FFMPEG_PROFILES = [name for name, profile in profiles().items() if profile.ffmpeg]
SIZE = "320x180"


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> EngineTools:
    """Give one engine of this machine after the other."""
    return ENGINES[request.param]


def encode(engine: EngineTools, clip: Path, name: str, job: JobSpec) -> tuple[Path, list[Check]]:
    """Make a proxy as a job does; gives it and the checks that failed."""
    profile, source = profiles()[name], measured(clip)
    assert fit.check(job, profile, source, "sources[0]") == ()
    proxy = clip.parent / f"{name}-{engine.origin}.{profile.container}"
    argv = ffmpeg_command.command(
        job, profile, source, program=engine.ffmpeg, partial_path=str(proxy)
    )
    done = subprocess.run(argv, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    found = written.describe(str(proxy), Probe(engine.ffprobe, seconds=60.0))
    expected = expectation(job, profile, source)
    assert decoded_frames(proxy) == expected.frame_count
    checks = comparison.compare(expected, found, proxy.stat().st_size)
    return proxy, [check for check in checks if not check.passed]


def two_tracks(path: Path) -> Path:
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:a")
    sound = ("-c:a", "pcm_s16le", "-ac:a:1", "2", "-ar", "44100")
    ffmpeg(*picture(size=SIZE), *tone(0.2), *tone(1.5), *maps, *H264, *sound, path)
    return path


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
def test_each_profile_makes_what_it_plans_of_a_clip_with_uneven_tracks(
    tmp_path: Path, engine: EngineTools, name: str
) -> None:
    clip = two_tracks(tmp_path / "clip.mov")
    assert encode(engine, clip, name, spec())[1] == []


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
def test_each_profile_conforms_to_an_explicit_rate(
    tmp_path: Path, engine: EngineTools, name: str
) -> None:
    clip = two_tracks(tmp_path / "clip.mov")
    job = spec(fps_mode=FpsMode.EXPLICIT, fps_explicit=Fraction(30000, 1001))
    assert encode(engine, clip, name, job)[1] == []


def late_matroska(path: Path) -> Path:
    """AAC's priming makes the picture start half a frame after the sound."""
    return plain(path / "late.mkv", frames=48, rate="24000/1001")


def varying(path: Path) -> Path:
    clip = path / "varying.mov"
    slower = "setpts='if(lt(N,12),N,12+(N-12)*3)/25/TB'"
    timing = ("-vf", slower, "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    ffmpeg(*picture(frames=24), *timing, *H264, clip)
    return clip


def cut(path: Path) -> Path:
    clip = path / "cut.mov"
    ffmpeg("-ss", "0.3", "-i", plain(path / "whole.mov", frames=48), "-c", "copy", clip)
    return clip


def reordered(path: Path) -> Path:
    clip = path / "reordered.mkv"
    ffmpeg(*picture(frames=48), *H264[:2], "-bf", "3", "-pix_fmt", "yuv420p", clip)
    return clip


def motion_jpeg(path: Path) -> Path:
    clip = path / "full_range.avi"
    ffmpeg(*picture(), "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", clip)
    return clip


def odd_size(path: Path) -> Path:
    clip = path / "odd.webm"
    ffmpeg(*picture(size="198x110"), "-vf", "crop=197:109", "-c:v", "libvpx-vp9", clip)
    return clip


def transport_stream(path: Path) -> Path:
    clip = path / "clip.ts"
    ffmpeg(*picture(frames=24), *tone(0.9), "-c:v", "mpeg2video", "-c:a", "mp2", clip)
    return clip


@pytest.mark.parametrize(
    "make", [late_matroska, varying, cut, reordered, motion_jpeg, odd_size, transport_stream]
)
def test_awkward_sources_become_what_was_planned(
    tmp_path: Path, engine: EngineTools, make: Callable[[Path], Path]
) -> None:
    assert encode(engine, make(tmp_path), "proxy_h264_low", spec())[1] == []


def silence_ends(proxy: Path) -> float:
    """Give the second at which the sound begins."""
    argv = (tools().ffmpeg, "-i", proxy, "-af", "silencedetect=n=-30dB:d=0.1", "-f", "null", "-")
    said = subprocess.run(argv, capture_output=True, check=True).stderr.decode()
    found = re.search(r"silence_end: ([0-9.]+)", said)
    assert found is not None
    return float(found.group(1))


def test_sound_in_mxf_stays_with_a_picture_that_starts_late(
    tmp_path: Path, engine: EngineTools
) -> None:
    beep = ("-f", "lavfi", "-i", "sine=duration=2:sample_rate=48000,volume='gte(t,1)':eval=frame")
    clip, late = tmp_path / "clip.mov", tmp_path / "late.mov"
    ffmpeg(*picture(frames=50, size=SIZE), *beep, *H264, "-c:a", "pcm_s16le", clip)
    shifted = ("-itsoffset", "0.52", "-i", clip, "-i", clip)
    ffmpeg(*shifted, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    for source, expected in ((clip, 1.0), (late, 0.48)):
        proxy, wrong = encode(engine, source, "proxy_dnxhr_lb", spec())
        assert wrong == []
        assert abs(silence_ends(proxy) - expected) < 0.02
        proxy.unlink()


@pytest.mark.parametrize("name", ["proxy_h264_low", "proxy_prores_lt", "proxy_dnxhr_lb"])
@pytest.mark.parametrize(
    ("timecode", "rate"), [("10:00:00:04", "25"), ("09:59:59;28", "30000/1001")]
)
def test_the_start_timecode_survives(
    tmp_path: Path, engine: EngineTools, name: str, timecode: str, rate: str
) -> None:
    clip = tmp_path / "tape.mov"
    ffmpeg(*picture(size=SIZE, rate=rate), "-timecode", timecode, *H264, clip)
    proxy, wrong = encode(engine, clip, name, spec())
    assert wrong == []
    assert Probe(engine.ffprobe, seconds=60.0).describe(str(proxy)).timecode == timecode


def test_the_same_command_makes_the_same_bytes(tmp_path: Path, engine: EngineTools) -> None:
    clip = two_tracks(tmp_path / "clip.mov")
    for name in FFMPEG_PROFILES:
        runs = []
        for _ in range(2):
            proxy, _ = encode(engine, clip, name, spec())
            runs.append(proxy.read_bytes())
            proxy.unlink()
        assert runs[0] == runs[1], name


@pytest.mark.parametrize("name", ["proxy_h264_low", "proxy_prores_proxy", "proxy_dnxhr_lb"])
@pytest.mark.parametrize("rate", [None, 50])
def test_a_last_frame_that_is_shown_longer_is_no_fault(
    tmp_path: Path, engine: EngineTools, name: str, rate: int | None
) -> None:
    clip = tmp_path / "clip.mov"
    longer = ("-bsf:v", "setts=duration='if(eq(N,11),4,1)*DURATION'")
    ffmpeg(*picture(size=SIZE), *H264, *longer, clip)
    source = measured(clip)
    assert (source.constant_rate, source.frame_count) == (True, 12)
    assert source.duration == Fraction(15, 25)
    assert encode(engine, clip, name, explicit(rate) if rate else spec())[1] == []


def test_half_a_source_never_passes_for_a_whole_one(tmp_path: Path, engine: EngineTools) -> None:
    clip = plain(tmp_path / "clip.mp4", "-movflags", "+faststart", frames=100)
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    source, profile = measured(clip), profiles()["proxy_h264_low"]
    assert source.frame_count == 100
    proxy = tmp_path / "proxy.mp4"
    argv = ffmpeg_command.command(
        spec(), profile, source, program=engine.ffmpeg, partial_path=str(proxy)
    )
    done = subprocess.run(argv, capture_output=True, check=False, timeout=60)
    if done.returncode == 0:
        found = written.describe(str(proxy), Probe(engine.ffprobe, seconds=60.0))
        expected = expectation(spec(), profile, source)
        assert comparison.failed(comparison.compare(expected, found, proxy.stat().st_size))


def test_an_existing_file_is_never_overwritten(tmp_path: Path, engine: EngineTools) -> None:
    clip, taken = plain(tmp_path / "clip.mov"), tmp_path / "taken.mp4"
    taken.write_text("mine")
    argv = ffmpeg_command.command(
        spec(),
        profiles()["proxy_h264_low"],
        measured(clip),
        program=engine.ffmpeg,
        partial_path=str(taken),
    )
    # The exit code proves nothing: FFmpeg 8 refuses to write and exits with 0.
    subprocess.run(argv, capture_output=True, check=False, timeout=60)
    assert taken.read_text() == "mine"
