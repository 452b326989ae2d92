"""MOV and MP4 proxies end with their last frame, and all of their sound is in use."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import movie_tracks
import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

#: rate and start timecode of every clip
_CLIPS = (
    ("24000/1001", "10:00:00:00"),
    ("25", "10:00:00:00"),
    ("30000/1001", "01:00:59;20"),
    ("30000/1001", "01:00:59:20"),
    ("60000/1001", "23:59:50;50"),
)
#: more than one second, so that the end is not a whole number of milliseconds
_FRAMES = 37
_TRACKS = 4


def _clip(tools: EngineTools, path: Path, rate: str, timecode: str) -> Path:
    """Make a clip with four mono tracks of sound, as a camera with four microphones does."""
    picture = f"testsrc2=size=192x108:rate={rate},trim=end_frame={_FRAMES}"
    sound = f"sine=sample_rate=48000:duration={float(_FRAMES / Fraction(rate))}"
    argv = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    argv += ["-map", "0:v", *("-map", "1:a") * _TRACKS, "-timecode", timecode]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    subprocess.run([*argv, "-c:a", "pcm_s16le", str(path)], check=True)
    return path


@pytest.mark.parametrize("profile", ["proxy_h264_quarter", "proxy_prores_proxy"])
def test_tracks_end_with_the_last_frame_and_every_track_of_sound_is_in_use(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    sources = [
        _clip(tools, workplace.root / f"{number}.mov", rate, timecode)
        for number, (rate, timecode) in enumerate(_CLIPS)
    ]
    spec = workplace.spec(profile, sources=[str(each) for each in sources])
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 0, done.stdout
    for (rate, _), clip in zip(_CLIPS, json.loads(done.stdout)["clips"], strict=True):
        found = movie_tracks.tracks(Path(clip["resolved_output_path"]))
        assert [each.handler for each in found] == ["vide", *["soun"] * _TRACKS, "tmcd"]
        for each in (found[0], found[-1]):
            assert each.duration * Fraction(rate) == each.edited * Fraction(rate) == _FRAMES
        sound = found[1:-1]
        assert all(each.enabled for each in sound)
        # Group 0 has no alternatives.
        groups = [each.alternate_group for each in sound if each.alternate_group]
        assert len(set(groups)) == len(groups)
