"""Sound with a gap in its time stamps stays where a player plays it, or is refused in time."""

import array
import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

#: when two short tones begin, one on each side of the gap; seconds
_TONES = (0.2, 1.0)
_RATE = 48000


@pytest.fixture
def with_gap(workplace: Workplace, tools: EngineTools) -> Path:
    """Return a Matroska file with PCM of which the packets from 0.4 to 0.8 s are missing."""
    tones = "+".join(f"between(t,{begin},{begin + 0.05})" for begin in _TONES)
    whole, path = workplace.root / "whole.mkv", workplace.root / "with-gap.mkv"
    _ffmpeg(
        tools,
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1.4"),
        *("-f", "lavfi", "-i", f"aevalsrc='0.5*sin(2*PI*440*t)*({tones})':s={_RATE}:d=1.4"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le", whole),
    )
    drop = "noise=drop='between(pts*tb,0.4,0.8)'"
    _ffmpeg(tools, "-i", whole, "-map", "0", "-c", "copy", "-bsf:a", drop, path)
    return path


def _ffmpeg(tools: EngineTools, *arguments: object) -> bytes:
    command = [tools.ffmpeg, "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _tones(tools: EngineTools, proxy: Path) -> list[float]:
    """Return when the tones of a proxy begin, if its samples are played one after the other."""
    raw = _ffmpeg(tools, "-i", proxy, "-map", "0:a:0", "-ac", "1", "-f", "f32le", "-")
    loud = [place for place, value in enumerate(array.array("f", raw)) if abs(value) > 0.1]
    begins = loud[:1] + [later for earlier, later in pairwise(loud) if later - earlier > _RATE / 10]
    return [place / _RATE for place in begins]


def _run(workplace: Workplace, profile: str, source: Path) -> dict[str, Any]:
    spec = workplace.spec(profile, sources=[str(source)])
    ran = proxx("run", workplace.write_spec(f"{profile}-{source.stem}.json", spec))
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


@pytest.mark.parametrize("profile", ["proxy_h264_quarter", "proxy_dnxhr_lb"])
def test_silence_fills_a_gap_where_sound_is_encoded(
    workplace: Workplace, tools: EngineTools, with_gap: Path, profile: str
) -> None:
    assert _run(workplace, profile, with_gap)["final_status"] == "COMPLETED"
    (proxy,) = workplace.published()
    assert _tones(tools, proxy) == pytest.approx(_TONES, abs=0.002)


def test_a_gap_is_refused_where_sound_is_copied_and_the_advice_mends_it(
    workplace: Workplace, tools: EngineTools, with_gap: Path
) -> None:
    failure = _run(workplace, "proxy_prores_proxy", with_gap)["failure"]
    assert failure["code"] == "AUDIO_UNSUPPORTED"
    assert "Audio track 1 has a gap of 0.4" in failure["message"]
    assert list(workplace.published()) == []
    copy = workplace.root / "copy.mkv"
    command = failure["action"].partition("ffmpeg ")[2].rstrip(".")
    arguments = [{"SOURCE": with_gap, "COPY.mkv": copy}.get(word, word) for word in command.split()]
    _ffmpeg(tools, *arguments)
    assert _run(workplace, "proxy_prores_proxy", copy)["final_status"] == "COMPLETED"
    (proxy,) = workplace.published()
    assert _tones(tools, proxy) == pytest.approx(_TONES, abs=0.002)
