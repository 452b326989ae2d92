"""Makes small clips with the FFmpeg that Proxx itself would choose."""

import os
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.decoding import Decoder
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.source.measure import identify, measure
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.source.probe import Probe
from proxx_daemon.system import same_program


@cache
def tools() -> EngineTools:
    """Find the engine, once."""
    return FfmpegSelection(None, os.environ).tools()


def ffmpeg(*arguments: object) -> bytes:
    """Run ffmpeg and give its stdout; a failure fails the test with ffmpeg's own words."""
    argv = (tools().ffmpeg, "-v", "error", "-nostdin", "-y", *map(str, arguments))
    done = subprocess.run(argv, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout


def picture(*, frames: int = 12, rate: str = "25", size: str = "192x108") -> tuple[str, ...]:
    """Return the input of a moving test picture."""
    return ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate},trim=end_frame={frames}")


def stamped(times: str, ticks: int) -> tuple[str, ...]:
    """Return what gives frame N a time, in so many ticks a second, and no frame rate."""
    shown = ("-vf", f"settb=1/{ticks},setpts='{times}'", "-fps_mode", "passthrough")
    return (*shown, "-enc_time_base", f"1:{ticks}", "-video_track_timescale", str(ticks))


def tone(seconds: float | Fraction = 0.48) -> tuple[str, ...]:
    """Return the input of a tone."""
    return ("-f", "lavfi", "-i", f"sine=duration={float(seconds)}:sample_rate=48000")


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def plain(path: Path, *more: object, frames: int = 12, rate: str = "25") -> Path:
    """Make a plain H.264 clip with one mono track."""
    ffmpeg(
        *picture(frames=frames, rate=rate),
        *tone(),
        *("-map", "0:v", "-map", "1:a", *H264, "-c:a", "aac", *more, path),
    )
    return path


def describe(path: Path) -> MediaInfo:
    """Probe a clip."""
    return Probe(tools().ffprobe, seconds=60.0).describe(str(path))


#: a program is hashed once
_program = cache(same_program.hashed)


def measured(path: Path) -> Source:
    """Probe and measure a clip, as a job does."""
    probe = Probe(tools().ffprobe, seconds=60.0)
    decoder = Decoder(program=_program(tools().ffmpeg), threads=4, seconds=60.0)
    return measure(identify(str(path)), probe.describe(str(path)), probe, decoder.times)


def decoded_frames(path: Path) -> int:
    """Count the frames that FFmpeg makes of a clip: what a proxy of it would hold."""
    lines = ffmpeg(
        *("-i", path, "-map", "0:V:0", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    )
    return sum(not line.startswith(b"#") for line in lines.splitlines())
