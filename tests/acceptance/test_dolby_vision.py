"""Dolby Vision never becomes a proxy with wrong colours, and never one without a word."""

import json
import subprocess
from pathlib import Path
from typing import Any

from movie_boxes import ENTRY, dolby_vision, grown
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.4")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1")


def _run(workplace: Workplace, tools: EngineTools, profile: int, number: int) -> dict[str, Any]:
    source = workplace.root / "clip.mov"
    command = [tools.ffmpeg, "-v", "error", *_PICTURE, *_HEVC, str(source)]
    subprocess.run(command, check=True, capture_output=True)
    _mark(source, dolby_vision(profile, number))
    spec = workplace.spec("proxy_h264_low", sources=[str(source)])
    result: dict[str, Any] = json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)
    return result


def _mark(source: Path, record: bytes) -> None:
    source.write_bytes(grown(source.read_bytes(), (*ENTRY, b"hvc1"), record))


def test_profile_5_is_refused_before_anything_runs(
    workplace: Workplace, tools: EngineTools
) -> None:
    result = _run(workplace, tools, 5, 0)
    assert result["failure"]["code"] == "SOURCE_DOLBY_VISION"
    assert result["failure"]["class"] == "validation"
    assert "profile 5" in result["failure"]["message"]
    assert list(workplace.proxies.iterdir()) == []


def test_a_proxy_of_the_base_layer_says_what_it_lacks(
    workplace: Workplace, tools: EngineTools
) -> None:
    result = _run(workplace, tools, 8, 4)
    assert result["final_status"] == "COMPLETED", result["failure"]
    (clip,) = result["clips"]
    (sentence,) = clip["left_out"]
    assert sentence.startswith("Dolby Vision profile 8.4: the proxy has only the base layer (HLG)")
    for verdict in clip["relink"]:
        (said,) = [each for each in verdict["conditions"] if each["name"] == "dolby_vision"]
        assert not said["holds"]
        assert "8.4" in said["detail"]
