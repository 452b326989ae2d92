"""What the editing systems' documentation makes of a source and its proxy."""

from fractions import Fraction
from typing import Any

import attrs
import pytest
from unit.records import FRAMES, RATE, UNEVEN, footage, media, source, track

from proxx_daemon.output import relink
from proxx_daemon.output.check import EditorVerdict
from proxx_daemon.source.media import FieldOrder, MediaInfo, Source

SOURCE = source(media(timecode="10:00:00:12", reel="A001"))
OUTPUT = "/proxies/A001_C001_proxy.mov"
PREMIERE, RESOLVE, AVID = "Adobe Premiere Pro", "DaVinci Resolve", "Avid Media Composer"


def proxy(picture: Any = None, **changes: Any) -> MediaInfo:
    whole = footage(width=960, height=540, counted_packets=FRAMES)
    plain = media(timecode="10:00:00:12", reel="A001", video=(picture or whole,))
    return attrs.evolve(plain, **changes)


def judged(
    info: MediaInfo, clip: Source = SOURCE, output: str = OUTPUT
) -> dict[str, EditorVerdict]:
    return {verdict.editor: verdict for verdict in relink.verdicts(clip, info, output)}


def failing(verdict: EditorVerdict) -> list[str]:
    return [condition.name for condition in verdict.conditions if not condition.holds]


def test_a_proxy_of_the_same_timecode_reel_rate_and_sound_attaches_everywhere() -> None:
    found = judged(proxy())
    assert list(found) == [PREMIERE, RESOLVE, AVID]
    for verdict in found.values():
        assert verdict.attaches
        assert failing(verdict) == []
        assert verdict.source.startswith("docs/reference/relink.md#")


def test_a_file_without_picture_has_no_verdict() -> None:
    assert judged(proxy(video=())) == {}


@pytest.mark.parametrize(
    ("changes", "name", "refusing"),
    [
        ({"timecode": "10:00:00;12"}, "start_timecode", {RESOLVE, AVID}),
        ({"timecode": None}, "start_timecode", {RESOLVE, AVID}),
        ({"reel": None}, "reel", {AVID}),
        ({"audio": (track(), track())}, "audio_channels", {PREMIERE}),
        ({"audio": (track(channels=1),)}, "audio_channels", {PREMIERE}),
    ],
)
def test_what_blocks_is_what_each_system_documents(
    changes: dict[str, Any], name: str, refusing: set[str]
) -> None:
    found = judged(proxy(**changes))
    assert {editor for editor, verdict in found.items() if not verdict.attaches} == refusing
    for editor in refusing:
        assert failing(found[editor]) == [name]


@pytest.mark.parametrize(
    ("picture", "editor", "name"),
    [
        ({"counted_packets": FRAMES - 1}, AVID, "frame_count"),
        ({"rate": Fraction(24)}, RESOLVE, "frame_rate"),
        ({"field_order": "tb"}, PREMIERE, "field_order"),
        ({"width": 962}, PREMIERE, "frame_size"),
        ({"height": 1080}, PREMIERE, "frame_size"),
        ({"sample_aspect_ratio": Fraction(4, 3)}, PREMIERE, "frame_size"),
    ],
)
def test_what_does_not_hold_is_named(picture: dict[str, Any], editor: str, name: str) -> None:
    plain = footage(width=960, height=540, counted_packets=FRAMES)
    assert failing(judged(proxy(attrs.evolve(plain, **picture)))[editor]) == [name]


def rate_of(info: MediaInfo, clip: Source) -> tuple[bool, str]:
    (rate,) = (
        each for each in judged(info, clip)[PREMIERE].conditions if each.name == "frame_rate"
    )
    return rate.holds, rate.detail


def test_a_varying_rate_holds_if_every_frame_has_its_own_time() -> None:
    varying = attrs.evolve(SOURCE, times=UNEVEN)
    # What ffprobe finds in such a proxy is the rate of its ticks.
    kept = footage(rate=Fraction(90000), average_rate=RATE, times=tuple(UNEVEN.ticks))
    holds, detail = rate_of(proxy(kept), varying)
    assert holds
    assert detail == "source varying (about 23.976), proxy the same time for every frame"
    moved = attrs.evolve(kept, times=(*UNEVEN.ticks[:-1], UNEVEN.ticks[-1] + 1))
    assert rate_of(proxy(moved), varying) == (
        False,
        "source varying (about 23.976), proxy other times",
    )
    fewer = attrs.evolve(kept, times=tuple(UNEVEN.ticks[:-1]))
    assert not rate_of(proxy(fewer), varying)[0]


def test_a_varying_rate_does_not_hold_in_a_proxy_of_constant_rate() -> None:
    varying = attrs.evolve(SOURCE, times=UNEVEN)
    even = footage(
        width=960, height=540, counted_packets=FRAMES, times=tuple(range(0, FRAMES * 1001, 1001))
    )
    verdict = judged(proxy(even), varying)[PREMIERE]
    assert failing(verdict) == ["frame_rate"]
    assert verdict.attaches
    assert rate_of(proxy(even), varying)[1].endswith("proxy 24000/1001")


def test_fields_that_stay_fields_hold() -> None:
    fields = attrs.evolve(SOURCE, field_order=FieldOrder.TOP_FIRST)
    picture = footage(counted_packets=FRAMES, field_order="tb")
    assert failing(judged(proxy(picture), fields)[PREMIERE]) == []


def test_no_timecode_counts_from_midnight() -> None:
    untimed = source(media(reel="A001"))
    assert judged(proxy(timecode="00:00:00:00"), untimed)[RESOLVE].attaches


def test_another_name_is_pointed_out() -> None:
    verdict = judged(proxy(), output="/proxies/job-7_000.mov")[RESOLVE]
    assert failing(verdict) == ["file_name"]
    assert verdict.attaches
