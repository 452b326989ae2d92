"""The pictures that encoders are measured on: made from real clips, the same bytes every time.

The clips are those that `demo/footage.py` fetches. They are smaller than HD: each is enlarged to
1920x1080 and then given the noise of a sensor, pixel by pixel, which is what an encoder spends
its bits on. Everything that could vary is pinned: seeds, threads, scaler, instruction sets.
"""

from fractions import Fraction
from pathlib import Path
from typing import Final

from attrs import frozen
from encoder_process import run
from footage import fetch

#: seconds of every source
SECONDS: Final = 2
WIDTH: Final = 1920
HEIGHT: Final = 1080
_SEED: Final = 20260101
_ENLARGE: Final = f"scale={WIDTH}:{HEIGHT}:flags=lanczos+accurate_rnd+bitexact"
#: high-rate 8-bit H.264, as cameras write it: closed groups of half a second
_CAMERA_H264: Final = (
    *("-c:v", "libx264", "-preset", "superfast", "-crf", "12", "-g", "12", "-bf", "0"),
    *("-pix_fmt", "yuv420p", "-x264-params", "cpu-independent=1"),
)
#: 10-bit 4:2:2, as cameras and recorders write it
_CAMERA_PRORES: Final = ("-c:v", "prores_aw", "-profile:v", "3", "-pix_fmt", "yuv422p10le")


@frozen(kw_only=True)
class Recipe:
    """How one source is made."""

    #: name in tables and of the file
    name: str
    #: what it stands for
    stands_for: str
    #: file name of the real clip
    clip: str
    #: seconds into the clip
    start: Fraction
    #: frames per second of the clip, which the source keeps
    rate: Fraction
    #: FFmpeg filters before the enlargement; empty for none
    before: str
    #: strength of the noise on every plane and every frame (the `noise` filter's `alls`); 0 none
    noise: int
    #: encoder of the source
    encoder: tuple[str, ...]

    def filters(self) -> str:
        """Return the filter chain that makes the pictures."""
        noise = f"noise=all_seed={_SEED}:alls={self.noise}:allf=t" if self.noise else ""
        return ",".join(part for part in (self.before, _ENLARGE, noise) if part)


RECIPES: Final = (
    Recipe(
        name="talking_head",
        stands_for="one person speaking before a plain background, clean sensor",
        clip="carphone_pristine.mp4",
        start=Fraction(0),
        rate=Fraction(30000, 1001),
        before="crop=176:98:0:24",
        noise=3,
        encoder=_CAMERA_H264,
    ),
    Recipe(
        name="motion",
        stands_for="traffic, soft moving edges, cuts, some sensor noise",
        clip="bikes.mp4",
        start=Fraction(6),
        rate=Fraction(25),
        before="crop=484:272",
        noise=4,
        encoder=_CAMERA_H264,
    ),
    Recipe(
        name="detail",
        stands_for="grass and foliage, nearly no noise (animation)",
        clip="bigbuckbunny.mp4",
        start=Fraction(2),
        rate=Fraction(25),
        before="",
        noise=2,
        encoder=_CAMERA_H264,
    ),
    Recipe(
        name="heavy_grain",
        stands_for="a night shoot at high sensitivity: heavy noise in luma and chroma",
        clip="bikes.mp4",
        start=Fraction(2),
        rate=Fraction(25),
        before="crop=484:272",
        noise=16,
        encoder=_CAMERA_H264,
    ),
    Recipe(
        name="ten_bit",
        stands_for="10-bit 4:2:2 ProRes HQ without noise",
        clip="bigbuckbunny.mp4",
        start=Fraction(1),
        rate=Fraction(25),
        before="format=yuv422p10le",
        noise=0,
        encoder=_CAMERA_PRORES,
    ),
)
#: the source that the bound of the ProRes data rate is held against
HEAVY_GRAIN: Final = "heavy_grain"


def make(recipe: Recipe, ffmpeg: str, folder: Path) -> Path:
    """Make a source unless it is there already; returns its path.

    The file's name carries what it is made of, so that a changed recipe makes a new one. Raises
    RuntimeError when FFmpeg fails.
    """
    target = folder / f"{recipe.name}-{recipe.start}-{recipe.noise}-{SECONDS}s.mov"
    if target.is_file():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    run(
        (
            *(ffmpeg, "-nostdin", "-v", "error", "-y", "-ss", str(float(recipe.start))),
            *("-i", str(fetch() / recipe.clip), "-t", str(SECONDS), "-map", "0:v:0"),
            *("-filter:v", recipe.filters(), *recipe.encoder, "-threads:v", "4"),
            *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "mov", str(partial)),
        )
    )
    partial.replace(target)
    return target
