"""The five FFmpeg profiles turn real clips into proxies that ffprobe confirms."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from media_facts import facts
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

#: codec name, profile, container's format name, pixel format and size divisor of each profile
_EXPECTED = {
    "proxy_h264_low": ("h264", "High", "mov,mp4", "yuv420p", 2),
    "proxy_h264_quarter": ("h264", "High", "mov,mp4", "yuv420p", 4),
    "proxy_prores_proxy": ("prores", "Proxy", "mov,mp4", "yuv422p10le", 1),
    "proxy_prores_lt": ("prores", "LT", "mov,mp4", "yuv422p10le", 1),
    "proxy_dnxhr_lb": ("dnxhd", "DNXHR LB", "mxf", "yuv422p", 1),
}
_AUDIO = {
    "proxy_h264_low": "aac",
    "proxy_prores_proxy": "aac",
    "proxy_dnxhr_lb": "pcm_s24le",
}
_EXTENSION = {"h264": "mp4", "prores": "mov", "dnxhd": "mxf"}


def _confirm(tools: EngineTools, profile: str, source: Path, folder: Path) -> None:
    """Compare a proxy with its source by ffprobe alone."""
    codec, codec_profile, container, pixel_format, divisor = _EXPECTED[profile]
    before = facts(tools.ffprobe, source)
    after = facts(tools.ffprobe, folder / f"{source.stem}_proxy.{_EXTENSION[codec]}")
    assert after.video["codec_name"] == codec
    assert after.video["profile"] == codec_profile
    assert after.video["pix_fmt"] == pixel_format
    assert after.header["format_name"].startswith(container)
    if container != "mxf":
        brand = after.header["tags"]["major_brand"]
        assert (brand == "qt  ") == (codec == "prores")
    assert after.frames == before.frames
    assert Fraction(after.video["r_frame_rate"]) == Fraction(before.video["r_frame_rate"])
    for side in ("width", "height"):
        assert after.video[side] % 2 == 0
        assert abs(after.video[side] - before.video[side] / divisor) <= 1
    frame = 1 / Fraction(before.video["r_frame_rate"])
    length = Fraction(after.video["duration"]) - Fraction(before.video["duration"])
    assert abs(length) <= frame / 2
    channels = [stream["channels"] for stream in before.audio]
    assert [stream["channels"] for stream in after.audio] == channels


@pytest.mark.parametrize("profile", sorted(_EXPECTED))
def test_a_run_makes_a_proxy_that_ffprobe_confirms(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    spec = workplace.write_spec("job.json", workplace.spec(profile, "bikes.mp4"))
    done = proxx("run", spec)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["final_status"] == "COMPLETED"
    assert all(check["passed"] for check in result["clips"][0]["verification"])
    _confirm(tools, profile, workplace.clips / "bikes.mp4", workplace.proxies)


@pytest.mark.long
def test_dropped_specs_of_every_profile_become_proxies(
    workplace: Workplace, tools: EngineTools, footage: Path
) -> None:
    for profile in _EXPECTED:
        folder = workplace.proxies / profile
        folder.mkdir()
        spec = workplace.spec(profile, sources=[str(footage)], output_directory=str(folder))
        workplace.drop(f"{profile}.json", spec)
    workplace.start("--max-workers", "2")
    for profile in _EXPECTED:
        state, result = workplace.wait_filed(f"{profile}.json")
        assert state == "completed", result["failure"]
        _confirm(tools, profile, footage, workplace.proxies / profile)
    for profile in _EXPECTED:
        log = workplace.watch / "completed" / f"{profile}.log"
        assert "ffmpeg" in log.read_text()


@pytest.mark.parametrize("profile", sorted(_AUDIO))
def test_surround_sound_keeps_its_channels(
    profile: str, workplace: Workplace, tools: EngineTools, footage: Path
) -> None:
    spec = workplace.write_spec("job.json", workplace.spec(profile, sources=[str(footage)]))
    done = proxx("run", spec)
    assert done.returncode == 0, done.stdout
    _confirm(tools, profile, footage, workplace.proxies)
    (made,) = workplace.published()
    assert [each["codec_name"] for each in facts(tools.ffprobe, made).audio] == [_AUDIO[profile]]


def test_ntsc_footage_with_bent_pixels_keeps_rate_and_shape(
    workplace: Workplace, tools: EngineTools
) -> None:
    spec = workplace.spec("proxy_h264_low", "carphone_pristine.mp4")
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 0, done.stdout
    _confirm(tools, "proxy_h264_low", workplace.clips / "carphone_pristine.mp4", workplace.proxies)
    (made,) = workplace.published()
    assert facts(tools.ffprobe, made).video["sample_aspect_ratio"] == "128:117"


def test_a_clip_too_small_for_dnxhr_is_refused_before_anything_runs(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_dnxhr_lb", "carphone_pristine.mp4")
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failure"]
    assert failure["code"] == "SOURCE_SIZE_UNSUPPORTED"
    assert "256x120" in failure["message"]
    assert list(workplace.proxies.iterdir()) == []


def test_an_explicit_rate_conforms_frame_count_and_duration(
    workplace: Workplace, tools: EngineTools
) -> None:
    spec = workplace.spec(
        "proxy_h264_quarter", "bikes.mp4", fps_mode="explicit", fps_explicit=23.976
    )
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 0, done.stdout
    (made,) = workplace.published()
    after = facts(tools.ffprobe, made)
    assert after.video["r_frame_rate"] == "24000/1001"
    assert after.frames == round(10 * Fraction(24000, 1001))


def test_the_same_job_twice_gives_the_same_bytes(workplace: Workplace) -> None:
    digests = set()
    for name in ("one", "two"):
        spec = workplace.spec("proxy_h264_low", "bikes.mp4", naming_template=name)
        done = proxx("run", workplace.write_spec(f"{name}.json", spec))
        digests.add(json.loads(done.stdout)["clips"][0]["output_fingerprint"]["value"])
    assert len(digests) == 1
