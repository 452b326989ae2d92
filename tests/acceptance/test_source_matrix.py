"""Every row of the source capability matrix, and what lies beside it, through `proxx run`."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mxf_hevc
import pytest
from proxx_process import Workplace, proxx
from rows import mostly_slow

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.source.matrix import RAW_EXTENSIONS, STANDARD

_SMALL = "testsrc2=s=320x180:r=25:d=0.4"
#: how a source of each codec is made
_ENCODE = {
    "h264": ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    "hevc": ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
    "av1": ("-c:v", "libsvtav1", "-preset", "10", "-pix_fmt", "yuv420p"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p"),
    "prores": ("-c:v", "prores_aw", "-profile:v", "2", "-pix_fmt", "yuv422p10le"),
    "dnxhr": ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"),
    "dnxhd": ("-c:v", "dnxhd", "-b:v", "120M", "-pix_fmt", "yuv422p"),
    "mjpeg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
    "mpeg2video": ("-c:v", "mpeg2video", "-b:v", "5M"),
    "mpeg4": ("-c:v", "mpeg4"),
    "ffv1": ("-c:v", "ffv1"),
}
_EXTENSION = {"ts": "ts", "mkv": "mkv", "webm": "webm", "mxf": "mxf", "avi": "avi"}


def _make(tools: EngineTools, folder: Path, container: str, codec: str) -> Path:
    """Encode a short source of a container and codec."""
    picture = "testsrc2=s=1920x1080:r=25:d=0.2" if codec == "dnxhd" else _SMALL
    path = folder / f"source.{_EXTENSION.get(container, container)}"
    if (container, codec) == ("mxf", "hevc"):
        mxf_hevc.make(tools, path, _SMALL)
        return path
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, *_ENCODE[codec]]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def _run(
    workplace: Workplace,
    source: Path,
    profile: str = "proxy_h264_low",
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    spec = workplace.spec(profile, sources=[str(source)])
    done = proxx("run", workplace.write_spec("job.json", spec), environment=environment)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _code(result: dict[str, Any]) -> str | None:
    failure = result["failure"]
    return str(failure["code"]) if isinstance(failure, dict) else None


def _message(result: dict[str, Any]) -> str:
    failure = result["failure"]
    return str(failure["message"]) if isinstance(failure, dict) else ""


@pytest.mark.parametrize(("container", "codec"), sorted(STANDARD))
def test_the_default_install_makes_a_proxy_of_every_pair_of_the_matrix(
    container: str, codec: str, workplace: Workplace
) -> None:
    nothing_installed = {"PATH": str(workplace.root), "PROXX_FFMPEG": ""}
    source = _make(locate(None, nothing_installed), workplace.root, container, codec)
    result = _run(workplace, source, environment=nothing_installed)
    assert _code(result) is None, _message(result)
    assert result["_metadata"]["engine_origin"] == "embedded"


def test_an_engine_without_the_decoder_of_a_source_is_refused_before_anything_runs(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = _make(locate(None, {"PATH": ""}), workplace.root, "mp4", "av1")
    poor = workplace.root / "poor"
    poor.mkdir()
    (poor / "ffprobe").symlink_to(tools.ffprobe)
    engine = poor / "ffmpeg"
    engine.write_text(f'#!/bin/sh\n"{tools.ffmpeg}" "$@" | grep -v AV1\n')
    engine.chmod(0o755)
    result = _run(workplace, source, environment={"PROXX_FFMPEG": str(engine)})
    assert _code(result) == "ENGINE_LACKS_DECODER"
    assert "av1" in _message(result)
    assert list(workplace.proxies.iterdir()) == []


@pytest.mark.parametrize(
    ("container", "codec", "reason"),
    [
        ("mov", "dnxhd", "DNxHD must be wrapped in MXF"),
        ("avi", "h264", "h264 is supported in mkv, mov, mp4, mxf, ts only"),
        ("mkv", "prores", "prores is supported in mov, mxf only"),
        ("mp4", "mjpeg", "mjpeg is supported in avi, mov only"),
        ("avi", "mpeg4", "mpeg4 is not a codec of the source capability matrix"),
        ("mkv", "ffv1", "ffv1 is not a codec of the source capability matrix"),
    ],
)
def test_any_other_pair_is_refused_with_container_codec_reason_and_action(
    container: str, codec: str, reason: str, workplace: Workplace, tools: EngineTools
) -> None:
    result = _run(workplace, _make(tools, workplace.root, container, codec))
    assert _code(result) == "SOURCE_UNSUPPORTED"
    message = _message(result)
    assert message.startswith("Source format not supported: ")
    for line in (f"Container: {container}", f"Codec: {codec}", f"Reason: {reason}", "Action: "):
        assert line in message


@pytest.mark.parametrize("extension", mostly_slow(sorted(RAW_EXTENSIONS), ["braw", "dng"]))
def test_camera_raw_is_known_by_its_extension_and_goes_to_resolve(
    extension: str, workplace: Workplace
) -> None:
    source = workplace.root / f"A001_C001.{extension.upper()}"
    source.write_bytes(b"RAW")
    assert _code(_run(workplace, source)) == "PROFILE_ENGINE_MISMATCH"
    assert _code(_run(workplace, source, "proxy_dnxhr_lb_resolve")) == "RESOLVE_UNAVAILABLE"


def test_a_folder_of_raw_frames_goes_to_resolve_and_another_folder_is_refused(
    workplace: Workplace,
) -> None:
    for name in ("frames", "pictures"):
        (workplace.root / name).mkdir()
    (workplace.root / "frames" / "A001_000001.dng").write_bytes(b"II*")
    (workplace.root / "pictures" / "a.jpg").write_bytes(b"JFIF")
    assert _code(_run(workplace, workplace.root / "frames")) == "PROFILE_ENGINE_MISMATCH"
    assert _code(_run(workplace, workplace.root / "pictures")) == "SOURCE_NOT_A_FILE"


@pytest.mark.parametrize("tag", [b"aprn", b"aprh"])
def test_prores_raw_in_mov_goes_to_resolve_although_ffmpeg_has_a_decoder(
    tag: bytes, workplace: Workplace, tools: EngineTools
) -> None:
    source = _make(tools, workplace.root, "mov", "prores")
    source.write_bytes(source.read_bytes().replace(b"apcn", tag))
    assert _code(_run(workplace, source)) == "PROFILE_ENGINE_MISMATCH"


def test_a_codec_that_ffprobe_does_not_know_goes_to_resolve(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = _make(tools, workplace.root, "mov", "prores")
    source.write_bytes(source.read_bytes().replace(b"apcn", b"zzzz"))
    assert _code(_run(workplace, source)) == "PROFILE_ENGINE_MISMATCH"


def test_mov_and_mp4_are_told_apart_whatever_the_name_says(
    workplace: Workplace, tools: EngineTools
) -> None:
    made = _make(tools, workplace.root, "mov", "prores")
    renamed = workplace.root / "clip.mp4"
    made.rename(renamed)
    assert _code(_run(workplace, renamed)) is None


def test_an_encrypted_source_is_refused(workplace: Workplace, tools: EngineTools) -> None:
    locked = workplace.root / "locked.mp4"
    command = [tools.ffmpeg, "-v", "error", "-i", str(workplace.clips / "bikes.mp4")]
    command += ["-c", "copy", "-encryption_scheme", "cenc-aes-ctr"]
    command += ["-encryption_key", "0" * 31 + "1", "-encryption_kid", "0" * 31 + "2"]
    subprocess.run([*command, str(locked)], check=True, capture_output=True)
    assert _code(_run(workplace, locked)) == "SOURCE_ENCRYPTED"
