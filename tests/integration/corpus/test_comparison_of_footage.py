"""What `make footage` finds: proxies with one fault each, made with FFmpeg alone."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from corpus.decoding import Programs
from corpus.pair import Compared, compare

from proxx_daemon.engines.engine import EngineTools

_SECONDS = "2"
_PICTURE = f"testsrc2=s=320x180:r=25:d={_SECONDS}"
#: two channels of their own: a rising tone and noise, which fit one place only
_SOUND = (
    "aevalsrc='0.3*sin(2*PI*(300+200*t)*t)|0.2*(random(0)-0.5)':s=48000:d="
    f"{_SECONDS},aformat=channel_layouts=stereo"
)


def _make(tools: EngineTools, path: Path, *, picture: str = "null", sound: str = "anull") -> Path:
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", _PICTURE]
    command += ["-f", "lavfi", "-i", _SOUND, "-vf", picture, "-af", sound]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command += ["-c:a", "pcm_s16le", "-timecode", "10:00:00:00", "-f", "mov", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def source(tools: EngineTools, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _make(tools, tmp_path_factory.mktemp("corpus") / "source.mov")


def _compare(tools: EngineTools, source: Path, proxy: Path) -> Compared:
    return compare(Programs(ffmpeg=tools.ffmpeg, ffprobe=tools.ffprobe), source, proxy)


def _kinds(compared: Compared) -> Sequence[str]:
    return [each.what for each in compared.deviations]


def test_a_true_proxy_has_no_deviation(tools: EngineTools, source: Path, tmp_path: Path) -> None:
    compared = _compare(tools, source, _make(tools, tmp_path / "p.mov", picture="scale=160:90"))
    assert compared.deviations == ()
    assert (compared.frames, compared.sync_ms) == (50, 0.0)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (("trim=end_frame=49", "anull"), ["frames"]),
        (("setpts='PTS+if(gte(N,40),0.04/TB,0)'", "anull"), ["times"]),
        (("loop=loop=1:size=1:start=0,trim=end_frame=50,setpts=N/25/TB", "anull"), ["picture"]),
        (("negate=enable='eq(n,30)'", "anull"), ["picture"]),
        (("null", "adelay=10:all=1"), ["sync"]),
        (("null", "pan=stereo|c0=c0|c1=0*c1"), ["level"]),
        (("null", "pan=mono|c0=c0"), ["channels"]),
        (("setsar=2", "anull"), ["shape"]),
    ],
    ids=["frame lost", "hole", "shifted", "wrong", "late", "silent", "mono", "shape"],
)
def test_a_fault_is_found_and_nothing_else(
    filters: tuple[str, str], wanted: list[str], tools: EngineTools, source: Path, tmp_path: Path
) -> None:
    picture, sound = filters
    proxy = _make(tools, tmp_path / "proxy.mov", picture=picture, sound=sound)
    compared = _compare(tools, source, proxy)
    assert _kinds(compared) == wanted, compared


def test_sound_that_begins_where_the_picture_does_may_lack_what_was_before_it(
    tools: EngineTools, source: Path, tmp_path: Path
) -> None:
    """MXF has no room for sound before the first frame; the rest of it must stay in its place."""
    early = tmp_path / "early.mov"
    command = [tools.ffmpeg, "-v", "error", "-i", str(source), "-itsoffset", "0.8", "-i"]
    command += [str(source), "-map", "1:v", "-map", "0:a", "-c", "copy", str(early)]
    subprocess.run(command, check=True)
    cut = "atrim=start=0.8,asetpts=PTS-STARTPTS"
    compared = _compare(tools, early, _make(tools, tmp_path / "proxy.mov", sound=cut))
    assert compared.sync_ms is not None
    assert abs(compared.sync_ms) < 0.2


def test_a_lost_track_and_another_timecode_are_found(
    tools: EngineTools, source: Path, tmp_path: Path
) -> None:
    proxy = tmp_path / "proxy.mov"
    command = [tools.ffmpeg, "-v", "error", "-i", str(source), "-map", "0:v", "-c", "copy"]
    subprocess.run([*command, "-timecode", "10:00:00:01", str(proxy)], check=True)
    assert _kinds(_compare(tools, source, proxy)) == ["tracks", "timecode"]
