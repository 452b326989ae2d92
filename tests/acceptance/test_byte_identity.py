"""The same spec, source and FFmpeg give the same bytes, wherever and however often they run."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from media_facts import cut
from proxx_process import Workplace, proxx
from rows import mostly_slow

from proxx_daemon.engines.engine import EngineTools

_PROGRAM = Path(__file__).parents[1] / "programs" / "ffmpeg_of_another_machine.py"
_PROFILES = (
    "proxy_h264_low",
    "proxy_h264_quarter",
    "proxy_prores_proxy",
    "proxy_prores_lt",
    "proxy_dnxhr_lb",
)
#: what every x86-64 processor has, in the words of FFmpeg's `-cpuflags`: each stands for itself
#: alone, and `avx2` without `sse2` is a machine that does not exist
_SSE2 = "mmx+mmxext+sse+sse2"
_AVX = f"{_SSE2}+sse3+ssse3+sse4.1+sse4.2+avx"
#: x86-64-v3, the level of Haswell and Zen
_V3 = f"{_AVX}+avx2+fma3+bmi1+bmi2"
#: levels with x264's word for them
_LEVELS = ((_V3, "AVX2"), (_AVX, "AVX"), (_SSE2, "SSE2"))


def _sha256(result: dict[str, Any]) -> str:
    (clip,) = result["clips"]
    assert clip["failure"] is None, clip["failure"]
    value: str = clip["output_fingerprint"]["value"]
    return value


def _run(workplace: Workplace, source: Path, profile: str, name: str, **environment: str) -> str:
    spec = workplace.spec(profile, sources=[str(source)], naming_template=name)
    path = workplace.write_spec(f"{name}.json", spec)
    return _sha256(json.loads(proxx("run", path, environment=environment).stdout))


def _machine(
    workplace: Workplace, tools: EngineTools, level: tuple[str, str], threads: int
) -> dict[str, str]:
    """Set up an engine of another machine; gives what selects it."""
    folder = workplace.root / f"{level[1]}-{threads}"
    folder.mkdir()
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    program = folder / "ffmpeg"
    words = f"{_PROGRAM} {tools.ffmpeg} {level[0]} {level[1]} {threads}"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {words} "$@"\n')
    program.chmod(0o755)
    return {"PROXX_FFMPEG": str(program)}


@pytest.mark.long
@pytest.mark.parametrize(
    "profile",
    # One of each encoder; ProRes, the dearest, has its own turn in the slow suite, and is encoded
    # twice with the same bytes by test_verify_and_reproduce.
    mostly_slow(_PROFILES, ("proxy_h264_low", "proxy_dnxhr_lb")),
)
def test_again_on_one_core_and_beside_another_job_the_bytes_are_the_same(
    profile: str, workplace: Workplace, footage: Path
) -> None:
    first = _run(workplace, footage, profile, "first")
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        alone = _run(workplace, footage, profile, "one_core")
    finally:
        os.sched_setaffinity(0, cores)
    assert alone == first
    for name in ("left", "right"):
        spec = workplace.spec(profile, sources=[str(footage)], naming_template=name)
        workplace.drop(f"{name}.json", spec)
    workplace.start("--max-workers", "2")
    for name in ("left", "right"):
        assert _sha256(workplace.wait_filed(f"{name}.json")[1]) == first


@pytest.mark.slow
@pytest.mark.parametrize("profile", _PROFILES)
def test_the_picture_is_the_same_on_every_x86_64_machine(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    # Interlaced, so that the deinterlacer takes part; without sound, because of AAC.
    source = workplace.root / "fields.mp4"
    fields = ("-an", "-vf", "fps=50,interlace", "-c:v", "libx264", "-x264-params", "interlaced=1")
    cut(tools.ffmpeg, workplace.clips / "bigbuckbunny.mp4", source, *fields)
    found = {"plain": _run(workplace, source, profile, "plain")}
    for level in (*_LEVELS, ("all", "all")):
        for threads in (1, 8):
            machine = _machine(workplace, tools, level, threads)
            name = f"{level[1]}_{threads}"
            found[name] = _run(workplace, source, profile, name, **machine)
    assert set(found.values()) == {found["plain"]}, found


@pytest.mark.slow
@pytest.mark.parametrize("profile", _PROFILES)
def test_with_sound_it_is_the_same_on_every_machine_of_the_promised_class(
    profile: str, workplace: Workplace, tools: EngineTools, footage: Path
) -> None:
    machine = _machine(workplace, tools, _LEVELS[0], 4)
    assert _run(workplace, footage, profile, "avx2", **machine) == _run(
        workplace, footage, profile, "plain"
    )
