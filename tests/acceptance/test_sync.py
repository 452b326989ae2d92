"""Picture and sound stay as far apart as in the source, by what players show and play."""

import json
from pathlib import Path

import pytest
from click_and_flash import apart, clip
from proxx_process import Workplace, proxx
from rows import mostly_slow

from proxx_daemon.engines.engine import EngineTools

_H264 = "-c:v libx264 -preset ultrafast"
_MPEG2 = "-c:v mpeg2video -qscale:v 2"
#: name, coding, and the seconds by which the sound leads. FFmpeg's transport streams have a lead
#: of their own, by the first packet of AAC (21 ms) and AC-3 (5 ms).
_QUICK = (
    ("ac3.ts", f"{_MPEG2} -c:a ac3", 0),
    # It is decoded first: FFmpeg then counts from another stream than in the encode.
    ("fields.ts", f"{_MPEG2} -flags +ildct+ilme -vf setfield=tff -c:a aac", 0),
    ("edit_list.mp4", f"{_H264} -c:a aac", 0.011),
    ("late.mkv", f"{_H264} -c:a aac", -0.2),
)
_SLOW = (
    ("plain.mov", f"{_H264} -c:a pcm_s16le", 0),
    ("aac.ts", f"{_MPEG2} -c:a aac", 0),
    ("more_than_half.mov", f"{_H264} -c:a pcm_s16le", 0.03),
    ("long.mov", f"{_H264} -c:a pcm_s16le", 0.21),
    ("lead.mkv", f"{_H264} -c:a aac", 0.017),
    ("mp3.mkv", f"{_H264} -c:a libmp3lame", 0.017),
    ("late.mp4", f"{_H264} -c:a aac", -0.011),
    ("late.mov", f"{_H264} -c:a pcm_s16le", -0.033),
    ("tape.mxf", f"{_MPEG2} -c:a pcm_s16le", 0),
)
_PROFILES = (
    "proxy_h264_low",
    "proxy_h264_quarter",
    "proxy_prores_proxy",
    "proxy_prores_lt",
    "proxy_dnxhr_lb",
)


def _error(
    workplace: Workplace, tools: EngineTools, profile: str, rows: tuple[tuple[str, str, float], ...]
) -> dict[str, float]:
    """Return the milliseconds by which the sound of each proxy comes later than its source's."""
    sources = [workplace.root / name for name, _, _ in rows]
    for source, (_, coding, lead) in zip(sources, rows, strict=True):
        clip(tools, source, coding, lead=lead)
    spec = workplace.spec(
        profile, sources=[str(source) for source in sources], naming_template="{index}"
    )
    result = json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)
    assert result["final_status"] == "COMPLETED", result["failure"]
    proxies = [Path(clip["resolved_output_path"]) for clip in result["clips"]]
    return {
        source.name: apart(tools, proxy) - apart(tools, source)
        for source, proxy in zip(sources, proxies, strict=True)
    }


@pytest.mark.parametrize("profile", mostly_slow(_PROFILES, ("proxy_h264_low", "proxy_dnxhr_lb")))
def test_sound_that_leads_or_comes_late_does_so_in_the_proxy(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    found = _error(workplace, tools, profile, _QUICK)
    assert {name: error for name, error in found.items() if abs(error) > 2} == {}


@pytest.mark.slow
@pytest.mark.parametrize("profile", _PROFILES)
def test_sound_keeps_its_place_in_every_container(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    found = _error(workplace, tools, profile, _SLOW)
    assert {name: error for name, error in found.items() if abs(error) > 2} == {}
