"""Checks by hash that a setting gives the same bytes on any number of cores and instruction set."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import evolve
from encoder_candidates import Candidate
from encoder_measure import Bench
from encoder_process import ask

#: FFmpeg's `-cpuflags` and x264's `asm`: from the least of x86-64 to what most machines have
_LEVELS: Final = (("sse2", "SSE2"), ("avx", "AVX"), ("avx2", "AVX2"))


def video(bench: Bench, source: Path, chosen: Candidate) -> Mapping[str, bool]:
    """Say for each circumstance whether the bytes are those of a plain run."""
    plain = bench.digest(source, chosen)
    same = {"again": bench.digest(source, chosen) == plain}
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        same["one core"] = bench.digest(source, chosen) == plain
    finally:
        os.sched_setaffinity(0, cores)
    for flags, assembler in _LEVELS:
        lowered = _with_assembler(chosen, assembler)
        same[f"cpuflags {flags}"] = bench.digest(source, lowered, "-cpuflags", flags) == plain
    return same


def _with_assembler(candidate: Candidate, level: str) -> Candidate:
    """Hold x264's own assembler to a level: FFmpeg's flags do not govern it."""
    if candidate.encoder != "libx264":
        return candidate
    arguments = tuple(
        f"{argument}:asm={level}" if argument == "cpu-independent=1" else argument
        for argument in candidate.arguments
    )
    return evolve(candidate, arguments=arguments)


def audio(ffmpeg: str, clip: Path, bits_per_second: int) -> Mapping[str, bool]:
    """Say for each instruction set whether AAC comes out as with all of them."""

    def digest(*flags: str) -> str:
        return ask(
            (
                *(ffmpeg, "-nostdin", "-v", "error", *flags, "-i", str(clip), "-map", "0:a:0"),
                *("-c:a", "aac", "-ar", "48000", "-b:a", str(bits_per_second)),
                *("-flags:a", "+bitexact", "-f", "hash", "-hash", "sha256", "-"),
            )
        )

    plain = digest()
    same = {"again": digest() == plain}
    for flags, _ in _LEVELS:
        same[f"cpuflags {flags}"] = digest("-cpuflags", flags) == plain
    return same
