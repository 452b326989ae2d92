"""A part of a picture that cannot be decoded: FFmpeg's exit code is 0, and each run differs."""

import json
import subprocess
from pathlib import Path

from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools


def _damaged(tools: EngineTools, path: Path) -> None:
    """Make Motion JPEG with wrong bits in three frames."""
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x192:r=25:d=0.48"]
    command += ["-vf", "noise=alls=20:allf=t+u:all_seed=1", "-c:v", "mjpeg", "-q:v", "4"]
    command += ["-bsf:v", "noise=amount='if(between(n,6,8),2000,0)'", str(path)]
    subprocess.run(command, check=True)


def test_a_picture_that_decodes_in_part_never_becomes_a_proxy(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "clip.mov"
    _damaged(tools, source)
    decode = [tools.ffmpeg, "-v", "quiet", "-xerror", "-i", str(source), "-f", "null", "-"]
    assert subprocess.run(decode, check=False).returncode == 0
    spec = workplace.spec("proxy_h264_low", sources=[str(source)])

    result = json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)

    assert result["failure"]["code"] == "ENGINE_FAILED"
    assert result["failure"]["message"].startswith("FFmpeg could not decode part of a picture")
    assert list(workplace.proxies.glob("*.mp4")) == []
