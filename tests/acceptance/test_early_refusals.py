"""What the header of a source decides is refused before a whole file is read.

Matroska counts no frames in its header: how many there are, only its packets tell.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

_SOUND = ("-f", "lavfi", "-i", "anoisesrc=d=2", "-c:a", "pcm_s16le", "-ac", "16")
_WRAPPER = """#!{python}
import os, sys
with open({notes!r}, "a") as notes:
    print(" ".join(sys.argv[1:]), file=notes)
os.execv({real!r}, [{real!r}, *sys.argv[1:]])
"""


def _picture(rate: str) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=d=2:size=640x360:r={rate}")


def _noting_engine(workplace: Workplace, tools: EngineTools) -> tuple[dict[str, str], Path]:
    """Make an ffprobe that notes what it is asked; give the environment and the notes."""
    folder, notes = workplace.root / "engine", workplace.root / "asked"
    folder.mkdir()
    (folder / "ffmpeg").symlink_to(tools.ffmpeg)
    ffprobe = folder / "ffprobe"
    values = {"python": sys.executable, "notes": str(notes), "real": tools.ffprobe}
    ffprobe.write_text(_WRAPPER.format(**values))
    ffprobe.chmod(0o755)
    return {"PROXX_FFMPEG": str(folder / "ffmpeg")}, notes


@pytest.mark.parametrize(
    ("inputs", "profile", "code"),
    [
        (_picture("12"), "proxy_dnxhr_lb", "SOURCE_RATE_UNSUPPORTED"),
        ((*_picture("25"), *_SOUND), "proxy_h264_low", "AUDIO_UNSUPPORTED"),
        (_picture("25"), "proxy_h264_low", None),
    ],
)
def test_a_file_is_not_read_whole_to_be_refused_for_what_its_header_says(
    workplace: Workplace,
    tools: EngineTools,
    inputs: tuple[str, ...],
    profile: str,
    code: str | None,
) -> None:
    source = workplace.root / "clip.mkv"
    coding = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
    subprocess.run([tools.ffmpeg, "-v", "error", *inputs, *coding, source], check=True)
    environment, notes = _noting_engine(workplace, tools)
    spec = workplace.write_spec("job.json", workplace.spec(profile, sources=[str(source)]))

    done = proxx("validate", spec, environment=environment)

    if code is not None:
        assert code in done.stdout + done.stderr
    read_whole = "packet=pts" in notes.read_text()
    assert (done.returncode, read_whole) == ((0, True) if code is None else (1, False))
