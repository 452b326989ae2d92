"""A proxy is described by its index where it has one, and by its packets elsewhere."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from integration.clip_maker import describe, ffmpeg, picture, plain, tools

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.source import written
from proxx_daemon.source.packets import shown_times
from proxx_daemon.source.probe import Probe

#: frames that are decoded in another order than they are shown
_B_FRAMES = ("-c:v", "libx264", "-bf", "2", "-g", "5", "-pix_fmt", "yuv420p")
#: 12 frames at 25, then 12 that each last twice as long
_TWO_SPEEDS = (
    *("-vf", "setpts='if(lt(N,12),N,12+(N-12)*2)/25/TB'"),
    *("-fps_mode", "passthrough", "-enc_time_base", "1:1000"),
)
_CLIPS = {
    "b-frames.mp4": (*picture(frames=24), *_B_FRAMES),
    "two-speeds.mov": (*picture(frames=24), *_B_FRAMES, *_TWO_SPEEDS),
    "fragments.mp4": (*picture(frames=24), *_B_FRAMES, "-movflags", "frag_keyframe+empty_moov"),
    "intra.mov": (*picture(frames=24), "-c:v", "prores_ks", "-profile:v", "0"),
    "intra.mxf": (*picture(frames=24), "-c:v", "mpeg2video", "-g", "1"),
}


def _steps(times: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(times)]


def _probe() -> Probe:
    return Probe(tools().ffprobe, seconds=60.0)


@pytest.mark.parametrize("name", _CLIPS)
def test_every_frame_has_the_time_that_ffprobe_finds(tmp_path: Path, name: str) -> None:
    clip = tmp_path / name
    ffmpeg(*_CLIPS[name], clip)
    footage = written.describe(str(clip), _probe()).footage()
    assert footage is not None
    packets = _probe().packets(str(clip), footage.index)
    # The index counts from the first frame that is stored; only the differences mean something.
    assert _steps(footage.times or ()) == _steps(shown_times(packets))
    assert footage.counted_packets == len(packets) == 24


def test_nothing_is_counted_of_a_source(tmp_path: Path) -> None:
    footage = describe(plain(tmp_path / "clip.mov")).footage()
    assert footage is not None
    assert footage.counted_packets is None


@pytest.mark.parametrize("name", ["b-frames.mp4", "intra.mov", "intra.mxf"])
def test_a_proxy_whose_end_is_missing_is_not_described(tmp_path: Path, name: str) -> None:
    clip = tmp_path / name
    ffmpeg(*_CLIPS[name], "-movflags", "+faststart", clip)
    clip.write_bytes(clip.read_bytes()[:-1000])
    with pytest.raises(JobFailed) as caught:
        written.describe(str(clip), _probe())
    assert caught.value.failure.code is Code.SOURCE_TRUNCATED


def test_a_proxy_that_is_gone_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(JobFailed, match="No such file"):
        written.describe(str(tmp_path / "proxy.mov"), _probe())
