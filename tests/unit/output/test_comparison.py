from fractions import Fraction
from typing import Any

import attrs
import pytest
from unit.records import FRAMES, RATE, UNEVEN, footage, media, source, spec, track

from proxx_daemon.output import comparison
from proxx_daemon.output.check import Check
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import Colour, MediaInfo

TIMES = tuple(range(0, FRAMES * 1001, 1001))
EXPECTED = expectation(spec(), profiles()["proxy_h264_low"], source())
VARIABLE = attrs.evolve(
    EXPECTED, rate=None, times=FrameTimes(TIMES, Fraction(1, 24000)), longest=None
)


def proxy(**changes: Any) -> MediaInfo:
    plain = {"counted_packets": FRAMES, "times": TIMES}
    picture = footage(width=960, height=540, **(plain | changes))
    return media(container="mp4", video=(picture,))


def wrong(info: MediaInfo, size: int = 1000, expected: Any = EXPECTED) -> list[str]:
    checks = comparison.compare(expected, info, size)
    assert len({check.name for check in checks}) == len(checks)
    return [check.name for check in checks if not check.passed]


def test_a_proxy_that_is_as_planned_passes_every_check() -> None:
    checks = comparison.compare(EXPECTED, proxy(), 1000)
    assert wrong(proxy()) == []
    assert comparison.failed(checks) == ""
    assert [check.name for check in checks] == [
        "size_bytes",
        "container",
        "video_streams",
        "attached_pictures",
        "codec",
        "width",
        "height",
        "frame_count",
        "duration_seconds",
        "frame_times",
        "codec_profile",
        "pixel_format",
        "frame_rate",
        "pixel_aspect",
        "rotation",
        "field_order",
        "colour_primaries",
        "colour_transfer",
        "colour_matrix",
        "colour_range",
        "timecode",
        "audio_channels",
        "audio_codecs",
        "audio_rates",
        "audio_languages",
        "audio_starts",
    ]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"codec_name": "hevc"}, "codec"),
        ({"width": 962}, "width"),
        ({"height": 538}, "height"),
        ({"counted_packets": FRAMES - 1}, "frame_count"),
        ({"counted_packets": None}, "frame_count"),
        ({"profile": "Main"}, "codec_profile"),
        ({"pixel_format": "yuv422p"}, "pixel_format"),
        ({"rate": Fraction(24)}, "frame_rate"),
        ({"rate": None}, "frame_rate"),
        ({"sample_aspect_ratio": Fraction(4, 3)}, "pixel_aspect"),
        ({"rotation": 90}, "rotation"),
        ({"field_order": "tt"}, "field_order"),
        ({"colour": Colour("bt2020", "bt709", "bt709", "tv")}, "colour_primaries"),
        ({"colour": Colour("bt709", "arib-std-b67", "bt709", "tv")}, "colour_transfer"),
        ({"colour": Colour("bt709", "bt709", "", "tv")}, "colour_matrix"),
        ({"colour": Colour("bt709", "bt709", "bt709", "pc")}, "colour_range"),
        ({"duration": None}, "duration_seconds"),
        ({"times": None}, "frame_times"),
        ({"times": (*TIMES[:-1], TIMES[-1] - 960)}, "frame_times"),
        ({"times": (*TIMES[:100], *(tick + 1001 for tick in TIMES[100:]))}, "frame_times"),
        ({"duration": (FRAMES + 1) / RATE}, "duration_seconds"),
    ],
)
def test_each_property_of_the_picture_is_checked(changes: dict[str, Any], name: str) -> None:
    info = proxy()
    changed = attrs.evolve(info, video=(attrs.evolve(info.video[0], **changes),))
    assert wrong(changed) == [name]


@pytest.mark.parametrize("offset", [Fraction(1, 2), Fraction(-1, 2)])
def test_a_duration_may_be_off_by_half_a_frame(offset: Fraction) -> None:
    assert wrong(proxy(duration=(FRAMES + offset) / RATE)) == []
    more = offset * Fraction(101, 100)
    assert wrong(proxy(duration=(FRAMES + more) / RATE)) == ["duration_seconds"]


def test_a_last_frame_may_last_as_long_as_that_of_the_source() -> None:
    longer = source(duration=(FRAMES + 4) / RATE)
    expected = expectation(spec(), profiles()["proxy_h264_low"], longer)
    for frames in (FRAMES, FRAMES + 4):
        assert wrong(proxy(duration=frames / RATE), expected=expected) == []
    assert wrong(proxy(duration=(FRAMES + 5) / RATE), expected=expected) == ["duration_seconds"]


def test_the_first_frame_at_another_time_is_named() -> None:
    late = (*TIMES[:7], TIMES[7] + 480, *TIMES[8:])
    checks = comparison.compare(EXPECTED, proxy(times=late), 1000)
    assert comparison.failed(checks) == (
        "frame_times is frame 7 (the first is 0) at 0.311958 s instead of 0.291958 s, "
        "expected every frame at n / (24000/1001) s"
    )


def test_each_frame_of_a_varying_rate_has_its_own_time() -> None:
    expected = expectation(spec(), profiles()["proxy_h264_low"], source(times=UNEVEN))
    assert wrong(proxy(times=tuple(UNEVEN.ticks)), expected=expected) == []
    # In finer ticks it is the same time; one tick later it is not.
    fine = {"time_base": Fraction(1, 48000)}
    same = [2 * each for each in UNEVEN.ticks]
    assert wrong(proxy(times=tuple(same), **fine), expected=expected) == []
    same[9] += 1
    assert wrong(proxy(times=tuple(same), **fine), expected=expected) == ["frame_times"]


def test_a_declared_count_is_never_taken_for_a_counted_one() -> None:
    info = proxy(declared_frames=FRAMES)
    uncounted = attrs.evolve(info, video=(attrs.evolve(info.video[0], counted_packets=None),))
    assert wrong(uncounted) == ["frame_count"]


def test_an_empty_file_fails() -> None:
    assert wrong(proxy(), size=0) == ["size_bytes"]


def test_another_container_fails() -> None:
    assert wrong(attrs.evolve(proxy(), container="mov")) == ["container"]


def test_a_proxy_without_footage_fails() -> None:
    assert wrong(attrs.evolve(proxy(), video=())) == ["video_streams"]


def test_cover_art_is_no_footage() -> None:
    cover = footage(attached_picture=True)
    assert wrong(attrs.evolve(proxy(), video=(cover,))) == ["video_streams", "attached_pictures"]
    both = attrs.evolve(proxy(), video=(*proxy().video, cover))
    assert wrong(both) == ["attached_pictures"]


@pytest.mark.parametrize(
    ("audio", "names"),
    [
        ((), ["audio_channels", "audio_codecs"]),
        ((track(), track()), ["audio_channels", "audio_codecs"]),
        ((track(channels=1),), ["audio_channels"]),
        ((track(codec_name="mp3"),), ["audio_codecs"]),
        ((track(sample_rate=44100),), ["audio_rates"]),
        ((track(language="ger"),), ["audio_languages"]),
        ((track(start=Fraction(1, 20)),), ["audio_starts"]),
        ((track(start=Fraction(21, 10000)),), ["audio_starts"]),
        ((track(start=Fraction(19, 10000)),), []),
    ],
)
def test_every_track_has_its_channels_and_codec(audio: Any, names: list[str]) -> None:
    assert wrong(attrs.evolve(proxy(), audio=audio)) == names


def test_unlabelled_range_is_limited_range_and_no_shape_is_a_square() -> None:
    plain = Colour("bt709", "bt709", "bt709", "")
    assert wrong(proxy(colour=plain, sample_aspect_ratio=None)) == []


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        ("01:00:59;29", "01:00:59;29", True),
        ("01:00:59;29", "01:00:59.29", True),
        ("01:00:59;29", "01:00:59:29", False),
        ("01:00:59:99", "01:00:59:099", True),
        ("01:00:59:12", "01:00:59:13", False),
        ("01:00:59:12", None, False),
        (None, "00:00:00:00", False),
        (None, None, True),
    ],
)
def test_the_address_of_the_first_frame_is_checked(
    wanted: str | None,
    found: str | None,
    same: bool,  # noqa: FBT001
) -> None:
    expected = attrs.evolve(EXPECTED, timecode=wanted)
    info = attrs.evolve(proxy(), timecode=found)
    assert wrong(info, expected=expected) == ([] if same else ["timecode"])


def test_the_reel_is_checked_where_there_is_one() -> None:
    expected = attrs.evolve(EXPECTED, reel="A001")
    assert wrong(proxy(), expected=expected) == ["reel"]
    assert wrong(attrs.evolve(proxy(), reel="A001"), expected=expected) == []


def test_layouts_are_checked_where_the_profile_keeps_them() -> None:
    expected = attrs.evolve(EXPECTED, audio_layouts=("5.1",))
    assert wrong(proxy(), expected=expected) == ["audio_layouts"]


def test_a_proxy_of_variable_rate_has_no_rate_to_check() -> None:
    assert wrong(proxy(rate=Fraction(90000)), expected=VARIABLE) == []


def test_the_last_frame_of_a_varying_rate_may_have_any_length() -> None:
    for frames in (FRAMES - 1, FRAMES + 1):
        assert wrong(proxy(duration=frames / RATE), expected=VARIABLE) == []
    assert wrong(proxy(duration=(FRAMES - 2) / RATE), expected=VARIABLE) == ["duration_seconds"]


def test_what_a_profile_does_not_say_is_not_checked() -> None:
    open_ended = attrs.evolve(EXPECTED, codec_profile=None, pixel_format=None)
    assert wrong(proxy(profile="Main", pixel_format="nv12"), expected=open_ended) == []


def test_failed_checks_are_named_in_one_sentence() -> None:
    checks = (
        Check(name="width", expected=960, found=962, passed=False),
        Check(name="height", expected=540, found=540, passed=True),
        Check(name="codec", expected="h264", found="hevc", passed=False),
    )
    assert comparison.failed(checks) == "width is 962, expected 960; codec is hevc, expected h264"
