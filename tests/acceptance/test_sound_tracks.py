"""Tracks of sound that cannot become a proxy are left out by a rule, or refused in time."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, misbehaving_engine, proxx

from proxx_daemon.engines.engine import EngineTools

_TONE = ("-f", "lavfi", "-i", "sine=sample_rate=48000:duration=0.48")
Maker = Callable[[EngineTools, Path], None]


def _make(tools: EngineTools, path: Path, *coding: str, tracks: int = 1) -> None:
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.48"]
    command += _TONE * tracks
    for number in range(tracks + 1):
        command += ["-map", str(number)]
    subprocess.run([*command, "-pix_fmt", "yuv420p", *coding, str(path)], check=True)


def _two_tracks(tools: EngineTools, path: Path, tag: bytes) -> None:
    """Make a clip of a phone: the codec of its second track goes by another tag."""
    _make(tools, path, "-c:v", "libx264", "-c:a", "aac", "-f", "mov", tracks=2)
    content = path.read_bytes()
    # In the table of samples the tag stands before six reserved bytes and a reference, and the
    # box `wave` in it says once more what the codec is.
    entry = b"mp4a" + bytes(7) + b"\x01"
    assert content.count(entry) == 2
    place = content.rindex(entry)
    tail = content[place + 4 :].replace(b"wave", b"free", 1)
    path.write_bytes(content[:place] + tag + tail)


def _spatial(tools: EngineTools, path: Path) -> None:
    _two_tracks(tools, path, b"apac")


def _stranger(tools: EngineTools, path: Path) -> None:
    _two_tracks(tools, path, b"xyz1")


def _dead(tools: EngineTools, path: Path) -> None:
    """Make a transport stream whose sound is noise: its packets of 188 bytes with the PID 0x101."""
    _make(tools, path, "-c:v", "mpeg2video", "-c:a", "libmp3lame", "-f", "mpegts")
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), 188):
        if content[place + 1 : place + 3] == b"\x01\x01":
            content[place + 20 : place + 188] = bytes(168)
    path.write_bytes(bytes(content))


def _damaged(tools: EngineTools, path: Path) -> None:
    """Make a clip whose first packet of sound (MPEG layer 2) has no header."""
    _make(tools, path, "-c:v", "libx264", "-c:a", "mp2", "-f", "matroska")
    content = path.read_bytes()
    place = content.index(b"\xff\xfd")
    path.write_bytes(content[:place] + bytes(4) + content[place + 4 :])


def _opus(tools: EngineTools, path: Path) -> None:
    _make(tools, path, "-c:v", "libx264", "-c:a", "libopus", "-f", "matroska")


def _run(workplace: Workplace, profile: str, source: Path, **environment: str) -> dict[str, Any]:
    spec = workplace.spec(profile, sources=[str(source)], naming_template="{profile}")
    path = workplace.write_spec(f"{profile}.json", spec)
    done = proxx("run", path, environment=environment)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("profile", ["proxy_h264_low", "proxy_prores_proxy", "proxy_dnxhr_lb"])
def test_the_spatial_audio_of_a_phone_is_left_out_and_named(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "phone.mov"
    _spatial(tools, source)
    result = _run(workplace, profile, source)
    assert result["final_status"] == "COMPLETED", result["failure"]
    (clip,) = result["clips"]
    (named,) = clip["left_out"]
    assert "audio track 2" in named
    assert "apac" in named
    # The verdicts compare with the whole source: it has two tracks.
    conditions = [each for verdict in clip["relink"] for each in verdict["conditions"]]
    assert not any(each["holds"] for each in conditions if each["name"] == "audio_channels")


@pytest.mark.parametrize(
    ("make", "name", "profile", "code"),
    [
        (_stranger, "phone.mov", "proxy_h264_low", "AUDIO_UNSUPPORTED"),
        (_stranger, "phone.mov", "proxy_prores_proxy", "AUDIO_UNSUPPORTED"),
        (_dead, "recorder.ts", "proxy_h264_low", "SOURCE_AUDIO_UNDECODABLE"),
        (_damaged, "clip.mkv", "proxy_h264_low", "SOURCE_AUDIO_UNDECODABLE"),
    ],
)
def test_a_track_that_nobody_can_decode_is_refused_with_a_way_out(
    make: Maker, *, name: str, profile: str, code: str, workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / name
    make(tools, source)
    failure = _run(workplace, profile, source)["failure"]
    assert (failure["class"], failure["code"]) == ("validation", code), failure
    assert "Audio track" in failure["message"]

    # The way out is one: the command of the action makes a source that works.
    copy = workplace.root / f"copy-{name}"
    words = failure["action"].partition("ffmpeg ")[2].split()
    command = [{"SOURCE": str(source), "COPY": str(copy)}.get(word, word) for word in words]
    subprocess.run([tools.ffmpeg, "-v", "error", *command], check=True)
    assert _run(workplace, "proxy_h264_quarter", copy)["final_status"] == "COMPLETED"


def test_a_track_that_the_engine_cannot_decode_is_refused_before_anything_runs(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "source.mkv"
    _opus(tools, source)
    environment = misbehaving_engine(workplace, tools, "no_opus")
    failure = _run(workplace, "proxy_h264_low", source, **environment)["failure"]
    assert failure["code"] == "ENGINE_LACKS_DECODER", failure
    assert "audio track 1 (opus)" in failure["message"]
