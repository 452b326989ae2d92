"""The rules by which encoders are chosen, and that the profiles hold what was chosen by them."""

import json
from typing import Any

import pytest
from encoder_report import objections, page
from encoders import PAGE, RESULTS

from proxx_daemon.profiles.catalogue import profiles

RECORDED = json.loads(RESULTS.read_text("utf-8"))
_CONTESTS = {contest["profiles"][0]: contest for contest in RECORDED["contests"]}


def entry(
    *, rates: tuple[float, float] = (38.0, 38.0), psnr: float = 40.0, seek: float | None = None
) -> dict[str, Any]:
    """One candidate on two sources, `clean` and `grain`."""
    return {
        "barred": "",
        "sources": {
            name: {"rate": rate, "target": 38.0, "psnr": psnr, "seek_ms": seek}
            for name, rate in zip(("clean", "grain"), rates, strict=True)
        },
    }


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (entry(), []),
        (entry(rates=(22.8, 53.2)), []),
        (entry(rates=(19.0, 57.0)), ["1.50 times the rate on heavy grain"]),
        (entry(rates=(41.8, 41.8)), []),
        (entry(rates=(42.2, 42.2)), ["1.11 times the rate on average"]),
        (entry(rates=(33.8, 33.8)), ["0.89 times the rate on average"]),
        (entry(psnr=39.97), ["0.03 dB below the search"]),
        (entry(psnr=41.0), []),
        (entry(seek=15.0), []),
        (entry(seek=15.6), ["16 ms to a random frame"]),
        (entry() | {"barred": "not long GOP"}, ["not long GOP"]),
    ],
)
def test_a_candidate_that_breaks_a_rule_is_told_which(
    candidate: dict[str, Any], expected: list[str]
) -> None:
    assert objections(candidate, entry(), "grain") == expected


def test_the_page_is_that_of_the_recorded_figures() -> None:
    assert page(RECORDED) == PAGE.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "contest"),
    [(name, contest) for contest in RECORDED["contests"] for name in contest["profiles"]],
)
def test_every_measured_profile_holds_the_setting_that_was_chosen(
    name: str, contest: dict[str, Any]
) -> None:
    (chosen,) = (each for each in contest["candidates"] if each["chosen"])
    recipe = profiles()[name].ffmpeg
    assert recipe is not None
    assert (recipe.encoder, list(recipe.arguments)) == (chosen["encoder"], chosen["arguments"])
    assert objections(chosen, contest["candidates"][0], RECORDED["grain"]) == []


@pytest.mark.parametrize("name", ["proxy_prores_proxy", "proxy_prores_lt"])
def test_no_faster_setting_for_prores_keeps_the_rules(name: str) -> None:
    candidates = _CONTESTS[name]["candidates"]
    (chosen,) = (each for each in candidates if each["chosen"])
    for other in candidates:
        if _seconds(other) < _seconds(chosen):
            assert objections(other, candidates[0], RECORDED["grain"]), other["name"]


def _seconds(candidate: dict[str, Any]) -> float:
    return float(sum(figures["cpu_seconds"] for figures in candidate["sources"].values()))


def test_every_file_was_the_same_again_and_on_one_core() -> None:
    for row in RECORDED["identity"]:
        assert row["same"]["again"], row["what"]
        assert row["same"].get("one core", True), row["what"]


def test_every_picture_was_the_same_on_every_instruction_set() -> None:
    for row in RECORDED["identity"]:
        if not row["what"].startswith("AAC"):
            assert all(row["same"].values()), row["what"]
