"""A click and a flash at one moment, and how far apart they are: nothing here is Proxx's."""

import json
import subprocess
from array import array
from pathlib import Path
from typing import Any, Final

from proxx_daemon.engines.engine import EngineTools

_FRAME: Final = 6
_RATE: Final = 25
#: seconds from the first frame to the flash
_MOMENT: Final = _FRAME / _RATE
_SECONDS: Final = 0.6


def clip(tools: EngineTools, path: Path, coding: str, *, lead: float = 0) -> None:
    """Make a clip; the sound begins `lead` seconds before the picture, or after it."""
    flash = f"drawbox=t=fill:color=white:enable=eq(n\\,{_FRAME})"
    click = f"0.9*exp(-(t-{_MOMENT})*(t-{_MOMENT})*4e7)"
    together = path.with_name(f"together-{path.name}") if lead else path
    _run(
        tools.ffmpeg,
        *("-f", "lavfi", "-i", f"color=black:s=256x144:r={_RATE}:d={_SECONDS},{flash}"),
        *("-f", "lavfi", "-i", f"aevalsrc={click}:s=48000:d={_SECONDS}"),
        *(*coding.split(), "-pix_fmt", "yuv420p", together),
    )
    if lead:
        picture, sound = (max(0, lead), max(0, -lead))
        _run(
            tools.ffmpeg,
            *("-itsoffset", picture, "-i", together, "-itsoffset", sound, "-i", together),
            *("-map", "0:v", "-map", "1:a", "-c", "copy", path),
        )


def apart(tools: EngineTools, path: Path) -> float:
    """Return the milliseconds from the flash to the click, as a player shows and plays them."""
    return (_click(tools, path) - _flash(tools, path)) * 1000


def _flash(tools: EngineTools, path: Path) -> float:
    frames = _frames(tools, path, "v:0")
    raw = ("-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    pixels = _run(tools.ffmpeg, "-i", path, "-map", "0:v", "-vf", "scale=1:1", *raw)
    assert len(pixels) == len(frames)
    return float(frames[pixels.index(max(pixels))]["pts_time"])


def _click(tools: EngineTools, path: Path) -> float:
    raw = ("-ac", "1", "-ar", "48000", "-c:a", "pcm_f32le", "-f", "f32le", "-")
    samples = array("f", _run(tools.ffmpeg, "-i", path, "-map", "0:a", *raw))
    loudest = max(range(len(samples)), key=lambda each: abs(samples[each]))
    return float(_frames(tools, path, "a:0")[0]["pts_time"]) + loudest / 48000


def _frames(tools: EngineTools, path: Path, stream: str) -> list[dict[str, Any]]:
    asked = ("-select_streams", stream, "-show_entries", "frame=pts_time", "-of", "json")
    frames: list[dict[str, Any]] = json.loads(_run(tools.ffprobe, *asked, path))["frames"]
    return frames


def _run(program: str, *arguments: object) -> bytes:
    command = [program, "-v", "error", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout
