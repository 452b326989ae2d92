"""Measures one encoder on one source: processor time, data rate, quality, random access."""

import hashlib
import json
import re
import statistics
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final

from attrs import frozen
from encoder_candidates import Candidate, Contest
from encoder_process import ask, run
from encoder_sources import HEIGHT, WIDTH

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.profiles.profile import CanonicalProfile, FfmpegRecipe

#: positions per proxy, so many frames apart: with 5 they fall evenly on every place in groups of
#: 6, 8 and 12 frames, as random ones would if they were many
SEEKS: Final = 10
SEEK_STRIDE: Final = 5
#: how often one process makes the same seek
_REPEATS: Final = 12
#: each process runs so often and the least counts: the rest is other programs' noise
_TRIES: Final = 2


@frozen(kw_only=True)
class Figures:
    """What one candidate does with one source."""

    #: seconds of processor time for decoding, scaling and encoding
    cpu_seconds: float
    #: seconds on the clock
    wall_seconds: float
    #: Mb/s of the picture alone
    rate: float
    #: over all planes and frames, dB
    psnr: float
    #: over all planes and frames
    ssim: float
    #: luma, dB
    xpsnr: float
    #: milliseconds of processor time to reach a frame, median of positions; None where not measured
    seek_ms: float | None
    #: likewise, the slowest position
    seek_worst_ms: float | None


@frozen(kw_only=True)
class Bench:
    """The engine, the profile and the folder to work in."""

    tools: EngineTools
    profile: CanonicalProfile
    recipe: FfmpegRecipe
    folder: Path
    frames: int | None

    def encode(
        self, source: Path, candidate: Candidate, target: Path, *flags: str
    ) -> tuple[float, float]:
        """Make a proxy as the daemon would; `flags` come before everything else.

        Returns processor and clock seconds.
        """
        cost = run(
            (
                *(self.tools.ffmpeg, "-nostdin", "-v", "error", "-y", *flags),
                *("-threads:v", str(self.recipe.threads), "-i", str(source)),
                *("-map", "0:v:0", "-filter:v", self._filters(), "-fps_mode:v", "passthrough"),
                *self._limit(),
                *("-c:v", candidate.encoder, *candidate.arguments),
                *("-threads:v", str(self.recipe.threads)),
                *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
                *("-f", self.recipe.muxer, *self.recipe.muxer_arguments, str(target)),
            )
        )
        return cost.cpu_seconds, cost.wall_seconds

    def _limit(self) -> tuple[str, ...]:
        return ("-frames:v", str(self.frames)) if self.frames else ()

    def _filters(self) -> str:
        scaling = self.profile.scaling
        width, height = WIDTH // scaling.divisor, HEIGHT // scaling.divisor
        return (
            f"scale=w={width}:h={height}:flags={scaling.flags}:out_range=tv,"
            f"format=pix_fmts={self.recipe.pixel_format}"
        )

    def figures(self, source: Path, candidate: Candidate, contest: Contest) -> Figures:
        """Measure a candidate on a source."""
        target = self.folder / f"proxy.{self.recipe.muxer}"
        cpu, wall = self.encode(source, candidate, target)
        sizes, rate = self._packets(target)
        quality = self._quality(source, target)
        seeks = self._seeks(target, rate) if contest.seeks else ()
        return Figures(
            cpu_seconds=round(cpu, 2),
            wall_seconds=round(wall, 2),
            rate=round(sum(sizes) * 8 * float(rate) / len(sizes) / 1e6, 3),
            psnr=quality[0],
            ssim=quality[1],
            xpsnr=quality[2],
            seek_ms=round(statistics.median(seeks), 1) if seeks else None,
            seek_worst_ms=round(max(seeks), 1) if seeks else None,
        )

    def _packets(self, proxy: Path) -> tuple[Sequence[int], Fraction]:
        """Return the bytes of every packet, and the frame rate."""
        entries = "packet=size:stream=r_frame_rate"
        answer = json.loads(
            ask(
                (
                    *(self.tools.ffprobe, "-v", "error", "-select_streams", "v:0"),
                    *("-show_entries", entries, "-of", "json", str(proxy)),
                )
            )
        )
        rate = Fraction(answer["streams"][0]["r_frame_rate"])
        return [int(packet["size"]) for packet in answer["packets"]], rate

    def _quality(self, source: Path, proxy: Path) -> tuple[float, float, float]:
        """Compare a proxy with its source, scaled and converted the same way."""
        frames = self.frames or 10**6
        graph = (
            f"[0:v:0]trim=end_frame={frames},{self._filters()},settb=1/25,setpts=N,split=3"
            "[a][b][c];[1:v:0]settb=1/25,setpts=N,split=3[d][e][f];"
            "[d][a]psnr=shortest=1,nullsink;[e][b]ssim=shortest=1,nullsink;"
            "[f][c]xpsnr=shortest=1[out]"
        )
        log = run(
            (
                *(self.tools.ffmpeg, "-nostdin", "-v", "info", "-nostats"),
                *("-i", str(source), "-i", str(proxy), "-filter_complex", graph),
                *("-map", "[out]", "-f", "null", "-"),
            )
        ).log
        return (
            _found(r"PSNR .*average:([\d.]+)", log),
            _found(r"SSIM .*All:([\d.]+)", log),
            _found(r"XPSNR\s+y:\s*([\d.]+)", log),
        )

    def _seeks(self, proxy: Path, rate: Fraction) -> Sequence[float]:
        """Measure how long frames take to reach at random: milliseconds of one core each.

        One process makes the same seek many times over and decodes up to the frame each time;
        less a process that makes it once, divided by the difference. So nothing of starting a
        program is in it, only of opening the file again.
        """
        reached = []
        for position in range(0, SEEKS * SEEK_STRIDE, SEEK_STRIDE):
            once = self._repeated(proxy, position / rate, rate, 1)
            often = self._repeated(proxy, position / rate, rate, 1 + _REPEATS)
            reached.append(1000 * max(0.0, often - once) / _REPEATS)
        return reached

    def _repeated(self, proxy: Path, begin: Fraction, rate: Fraction, times: int) -> float:
        """Seek to a moment and decode its frame so many times; returns processor seconds."""
        end = begin + 1 / (2 * rate)
        entry = f"file '{proxy}'\ninpoint {float(begin):.6f}\noutpoint {float(end):.6f}\n"
        playlist = self.folder / "seeks.ffconcat"
        playlist.write_text("ffconcat version 1.0\n" + entry * times, "utf-8")
        command = (
            *(self.tools.ffmpeg, "-nostdin", "-v", "quiet", "-threads:v", "1"),
            *("-f", "concat", "-safe", "0", "-i", str(playlist)),
            *("-map", "0:v:0", "-fps_mode", "passthrough", "-f", "null", "-"),
        )
        return min(run(command).cpu_seconds for _ in range(_TRIES))

    def digest(self, source: Path, candidate: Candidate, *flags: str) -> str:
        """Return the SHA-256 (hex) of a proxy that is made with these flags before the command."""
        target = self.folder / f"identity.{self.recipe.muxer}"
        self.encode(source, candidate, target, *flags)
        return hashlib.sha256(target.read_bytes()).hexdigest()


def _found(pattern: str, log: str) -> float:
    found = re.findall(pattern, log)
    if not found:
        raise RuntimeError(f"nothing like {pattern} in:\n{log[-2000:]}")
    return round(float(found[-1]), 4)
