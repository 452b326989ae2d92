"""Every row by which camera RAW is recognised inside a container, through `proxx run`.

Each source is a real file of FFmpeg's making in which the mark of the codec, and nothing else,
was exchanged: that is all that a probe sees of camera RAW.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx
from rows import mostly_slow

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.source.matrix import RAW_CODECS, RAW_TAGS

_PROGRAM = Path(__file__).parents[1] / "programs" / "ffprobe_that_knows_more.py"
#: SMPTE labels of DNxHR: the picture coding, and the essence container without its prefix
_DNXHR_CODING = bytes.fromhex("060e2b340401010a0401020271280000")
_DNXHR_CONTAINER = bytes.fromhex("0d0103010211")
#: labels of the registers' private branch, as camera makers use them in MXF
_PRIVATE_CODING = bytes.fromhex("060e2b34040101010e06040101010101")
_PRIVATE_CONTAINER = bytes.fromhex("0e0604010201")


def _codes(
    workplace: Workplace, source: Path, **environment: str
) -> tuple[str | None, str | None, str | None]:
    """Run a source with an FFmpeg profile and a Resolve profile: both codes and the route."""
    routed: str | None = None
    codes: list[str | None] = []
    for profile in ("proxy_h264_low", "proxy_dnxhr_lb_resolve"):
        spec = workplace.write_spec("job.json", workplace.spec(profile, sources=[str(source)]))
        result = json.loads(proxx("run", spec, environment=environment).stdout)
        codes.append(result["failure"] and result["failure"]["code"])
        routed = result["_metadata"]["engine_used"]
    return codes[0], codes[1], routed


#: an FFmpeg profile is refused, and a Resolve profile gets as far as Resolve itself
_TO_RESOLVE = ("PROFILE_ENGINE_MISMATCH", "RESOLVE_UNAVAILABLE", "resolve")


@pytest.fixture
def movie(workplace: Workplace, tools: EngineTools) -> Path:
    """A short ProRes movie."""
    return _encode(tools, workplace.root / "A001.mov", "-c:v", "prores_aw", "-profile:v", "2")


def _encode(tools: EngineTools, path: Path, *codec: str) -> Path:
    picture = "testsrc2=s=320x180:r=25:d=0.2"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, *codec, str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.mark.parametrize("tag", mostly_slow([*sorted(RAW_TAGS), "R3D1"], ["aprn", "R3D1"]))
def test_a_codec_tag_of_the_raw_table_outweighs_any_codec_name(
    tag: str, workplace: Workplace, movie: Path, tools: EngineTools
) -> None:
    movie.write_bytes(movie.read_bytes().replace(b"apcn", tag.encode()))
    engine = _engine_that_knows(workplace, tools, "h264")
    assert _codes(workplace, movie, **engine) == _TO_RESOLVE


@pytest.mark.parametrize("codec", mostly_slow(sorted(RAW_CODECS), ["braw", "arriraw"]))
def test_a_codec_name_of_the_raw_table_goes_to_resolve(
    codec: str, workplace: Workplace, movie: Path, tools: EngineTools
) -> None:
    assert _codes(workplace, movie, **_engine_that_knows(workplace, tools, codec)) == (_TO_RESOLVE)


def test_camera_raw_in_mxf_has_no_name_in_ffmpeg_and_goes_to_resolve(
    workplace: Workplace, tools: EngineTools
) -> None:
    # ARRIRAW, X-OCN and V-RAW in MXF alike: labels that FFmpeg has no name for.
    source = workplace.root / "A001.mxf"
    _encode(tools, source, "-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p")
    content = source.read_bytes()
    assert _DNXHR_CODING in content
    assert _DNXHR_CONTAINER in content
    content = content.replace(_DNXHR_CODING, _PRIVATE_CODING)
    source.write_bytes(content.replace(_DNXHR_CONTAINER, _PRIVATE_CONTAINER))
    assert _codes(workplace, source) == _TO_RESOLVE


def _engine_that_knows(workplace: Workplace, tools: EngineTools, codec: str) -> dict[str, str]:
    """Set up an engine whose ffprobe has one name for every picture; gives what selects it."""
    folder = workplace.root / "engine"
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(tools.ffmpeg)
    program = folder / "ffprobe"
    arguments = f"{_PROGRAM} {tools.ffprobe} {codec}"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
    program.chmod(0o755)
    return {"PROXX_FFMPEG": str(folder / "ffmpeg")}
