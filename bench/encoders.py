"""`make bench-encoders`: measures every FFmpeg profile's encoder against its alternatives.

Writes bench/results-encoders.json and docs/reference/encoders.md. One process at a time, at low
priority. Needs Linux.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any, Final

import encoder_identity
from attrs import asdict, evolve
from encoder_candidates import CONTESTS, INTRA_FRAMES, Candidate, Contest
from encoder_measure import Bench
from encoder_report import page
from encoder_sources import HEAVY_GRAIN, RECIPES, SECONDS, Recipe, make
from footage import fetch

from proxx_daemon.engines.ffmpeg.inspection import inspect
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.profiles.catalogue import profiles

_ROOT: Final = Path(__file__).parents[1]
_WORK: Final = _ROOT / ".bench" / "encoders"
RESULTS: Final = _ROOT / "bench" / "results-encoders.json"
PAGE: Final = _ROOT / "docs" / "reference" / "encoders.md"
#: the sources whose bytes are compared: 8 bit with noise, and 10 bit
_IDENTITY_SOURCES: Final = (HEAVY_GRAIN, "ten_bit")
_IDENTITY_FRAMES: Final = 14
#: `--only` this measures nothing else
_IDENTITY: Final = "identity"


def main() -> int:
    """Measure everything, or with --report write the page from the figures that are there."""
    parser = argparse.ArgumentParser(prog="make bench-encoders", description=__doc__)
    parser.add_argument(
        "--report", action="store_true", help="write the page again, measure nothing"
    )
    parser.add_argument(
        "--only",
        metavar="PROFILE",
        help="measure this one, keep the rest; `identity`: only compare bytes",
    )
    parser.add_argument("--frames", type=int, help="so few frames of everything: a trial, not kept")
    arguments = parser.parse_args()
    if not arguments.report:
        results = measure(arguments.frames, arguments.only)
        if arguments.only and not arguments.frames:
            results = _merged(json.loads(RESULTS.read_text("utf-8")), results)
        if arguments.frames:
            print(page(results))
            return 0
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(json.loads(RESULTS.read_text("utf-8"))), "utf-8")
    print(f"written: {RESULTS}, {PAGE}")
    return 0


def measure(frames: int | None, only: str | None) -> dict[str, Any]:
    """Measure every contest, or `only` one (`identity`: none); `frames` shortens a trial."""
    os.nice(10)
    engine = inspect(locate(os.environ.get("PROXX_FFMPEG"), {"PATH": ""}))
    _WORK.mkdir(parents=True, exist_ok=True)
    sources = {each.name: make(each, engine.tools.ffmpeg, _WORK) for each in RECIPES}
    contests, identity = [], []
    for contest in CONTESTS:
        if only not in {None, _IDENTITY, *contest.profiles}:
            continue
        profile = profiles()[contest.profiles[0]]
        recipe = profile.ffmpeg
        if recipe is None:
            raise RuntimeError(f"{profile.name} is not an FFmpeg profile")
        bench = Bench(
            tools=engine.tools,
            profile=profile,
            recipe=recipe,
            folder=_WORK,
            frames=frames or contest.frames,
        )
        chosen = _chosen(contest)
        if only != _IDENTITY:
            contests.append(_contest(bench, contest, sources, chosen))
        short = evolve(bench, frames=frames or _IDENTITY_FRAMES)
        identity += [
            {
                "profile": profile.name,
                "what": f"`{profile.name}`, `{name}`",
                "same": dict(encoder_identity.video(short, sources[name], chosen)),
            }
            for name in _IDENTITY_SOURCES
        ]
    sound = encoder_identity.audio(engine.tools.ffmpeg, fetch() / "bigbuckbunny.mp4", 2 * 96000)
    identity.append({"profile": "", "what": "AAC, 96 kb/s a channel", "same": dict(sound)})
    return {
        "engine": engine.version,
        "engine_sha256": engine.sha256,
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "seconds": SECONDS,
        "intra_frames": INTRA_FRAMES,
        "grain": HEAVY_GRAIN,
        "sources": [_source(recipe) for recipe in RECIPES],
        "contests": contests,
        "identity": identity,
    }


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Put the contests that were measured again in the place of their older figures."""
    again = {contest["profiles"][0]: contest for contest in new["contests"]}
    compared = {row["profile"] for row in new["identity"]}
    kept = [row for row in old["identity"] if row["profile"] not in compared]
    return {
        **new,
        "contests": [again.get(each["profiles"][0], each) for each in old["contests"]],
        "identity": kept + new["identity"],
    }


def _chosen(contest: Contest) -> Candidate:
    """Find the candidate that the profiles hold; raise RuntimeError when they hold another."""
    recipes = [profiles()[name].ffmpeg for name in contest.profiles]
    for candidate in contest.candidates:
        if all(
            recipe
            and (recipe.encoder, recipe.arguments) == (candidate.encoder, candidate.arguments)
            for recipe in recipes
        ):
            return candidate
    raise RuntimeError(f"the setting of {', '.join(contest.profiles)} is no candidate")


def _contest(
    bench: Bench, contest: Contest, sources: dict[str, Path], chosen: Candidate
) -> dict[str, Any]:
    rates = {recipe.name: recipe.rate for recipe in RECIPES}
    entries = []
    for candidate in contest.candidates:
        found = {}
        for name, source in sources.items():
            figures = bench.figures(source, candidate, contest)
            found[name] = {**asdict(figures), "target": contest.targets.get(rates[name])}
            print(
                time.strftime("%H:%M:%S"),
                bench.profile.name,
                candidate.name,
                name,
                figures,
                flush=True,
            )
        entries.append(
            {
                "name": candidate.name,
                "encoder": candidate.encoder,
                "arguments": list(candidate.arguments),
                "barred": candidate.barred,
                "chosen": candidate == chosen,
                "sources": found,
            }
        )
    return {"profiles": list(contest.profiles), "candidates": entries}


def _source(recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "stands_for": recipe.stands_for,
        "clip": recipe.clip,
        "noise": recipe.noise,
        "rate": f"{float(recipe.rate):.5g}",
        "filters": recipe.filters(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
