from fractions import Fraction

import attrs
import pytest

from proxx_daemon.engines.resolve.document import plan_bytes, read_plan
from proxx_daemon.plan import resolve
from proxx_daemon.plan.resolve_session import (
    ClipFacts,
    RenderOrder,
    ResolveInstallation,
    ResolveOrigin,
    SessionPlan,
    SessionTask,
)
from proxx_daemon.plan.resolve_source import described
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.raw import RawSource

PROPERTIES = {
    "FPS": "23.976",
    "Frames": "240",
    "Start TC": "10:00:00:00",
    "Resolution": "4096x2160",
    "Audio Ch": "2",
    "Reel Name": "",
}
FACTS = ClipFacts(
    frames=240,
    rate=Fraction(24000, 1001),
    timecode="10:00:00:00",
    width=4096,
    height=2160,
    channels=2,
    reel=None,
)
RAW = RawSource(
    path="/raw/A001.braw",
    folder="/raw",
    frames=None,
    is_folder=False,
    identity="i",
    fingerprint="f",
)
ORDER = RenderOrder(
    project="proxx-session-a-1",
    media="/raw/A_%06d.dng",
    first=1,
    last=240,
    rate=Fraction(24000, 1001),
    preset="ProRes Proxy",
    folder="/proxies/.x",
    name="A_proxy",
    divisor=1,
    poll_seconds=0.5,
)


def test_the_properties_of_a_clip_become_exact_facts() -> None:
    assert resolve.clip_facts(PROPERTIES) == FACTS


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        (23.976, Fraction(24000, 1001)),
        (24.0, Fraction(24)),
        ("29.97", Fraction(30000, 1001)),
        ("59.940", Fraction(60000, 1001)),
        ("25", Fraction(25)),
        (119.88, Fraction(120000, 1001)),
    ],
)
def test_rates_come_as_numbers_or_texts(said: object, rate: Fraction) -> None:
    assert resolve.clip_facts(PROPERTIES | {"FPS": said}).rate == rate


@pytest.mark.parametrize("silent", ["", None, "0"])
def test_a_clip_without_sound_may_say_nothing_about_it(silent: object) -> None:
    assert resolve.clip_facts(PROPERTIES | {"Audio Ch": silent}).channels == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FPS", ""),
        ("FPS", None),
        ("FPS", "24 fps"),
        ("FPS", "0"),
        ("FPS", "1e3"),
        ("Frames", "0"),
        ("Frames", "-1"),
        ("Frames", "many"),
        ("Frames", "²"),
        ("Start TC", "10:00:00"),
        ("Resolution", "4096"),
        ("Resolution", "0x0"),
        ("Audio Ch", "two"),
    ],
)
def test_a_property_that_makes_no_sense_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"'{name}'"):
        resolve.clip_facts(PROPERTIES | {name: value})


@pytest.mark.parametrize(
    ("rate", "timecode", "setting"),
    [
        (Fraction(24), "01:00:00:00", "24"),
        (Fraction(24000, 1001), "01:00:00:00", "23.976"),
        (Fraction(30000, 1001), "01:00:00:00", "29.97"),
        (Fraction(30000, 1001), "01:00:00;00", "29.97 DF"),
        (Fraction(60000, 1001), "01:00:00;00", "59.94 DF"),
        (Fraction(48000, 1001), "01:00:00:00", "47.952"),
    ],
)
def test_drop_frame_is_part_of_the_rate_as_resolve_writes_it(
    rate: Fraction, timecode: str, setting: str
) -> None:
    facts = attrs.evolve(FACTS, rate=rate, timecode=timecode)
    assert resolve.project_settings(facts) == (
        ("timelineFrameRate", setting),
        ("timelineResolutionWidth", "4096"),
        ("timelineResolutionHeight", "2160"),
    )


def test_the_render_settings_are_the_readme_s_keys() -> None:
    assert resolve.render_settings(ORDER, FACTS) == {
        "SelectAllFrames": True,
        "TargetDir": "/proxies/.x",
        "CustomName": "A_proxy",
        "ExportVideo": True,
        "ExportAudio": True,
        "FormatWidth": 4096,
        "FormatHeight": 2160,
    }
    silent = attrs.evolve(FACTS, channels=0, width=1999)
    settings = resolve.render_settings(ORDER, silent)
    assert (settings["ExportAudio"], settings["FormatWidth"]) == (False, 2000)


def test_tracks_are_counted_by_their_kind() -> None:
    kinds = ["mono", "Stereo", "5.1", "7.1film", "adaptive16"]
    assert resolve.track_channels(kinds) == (1, 2, 6, 8, 16)
    with pytest.raises(ValueError, match="octagon"):
        resolve.track_channels(["octagon"])


@pytest.mark.parametrize(
    ("profile", "container", "codec", "kind"),
    [
        ("proxy_prores_proxy_resolve", "mov", "prores", "Proxy"),
        ("proxy_prores_hq_resolve", "mov", "prores", "HQ"),
        ("proxy_dnxhr_sq_resolve", "mxf", "dnxhd", "DNXHR SQ"),
    ],
)
def test_what_must_come_out_is_what_resolve_says_of_the_clip(
    profile: str, container: str, codec: str, kind: str
) -> None:
    expected = resolve.expectation(profiles()[profile], FACTS, (1, 1))
    assert (expected.container, expected.codec_name, expected.codec_profile) == (
        container,
        codec,
        kind,
    )
    assert (expected.width, expected.height, expected.frame_count) == (4096, 2160, 240)
    assert (expected.rate, expected.duration) == (FACTS.rate, 240 / FACTS.rate)
    assert expected.audio_channels == (1, 1)
    assert expected.audio_codecs == ("pcm_s24le", "pcm_s24le")


def test_the_timecode_is_compared_with_the_clip_s() -> None:
    expected = resolve.expectation(profiles()["proxy_dnxhr_lb_resolve"], FACTS, ())
    assert (expected.compare_timecode, expected.timecode) == (True, "10:00:00:00")


def test_a_clip_is_described_by_what_resolve_said() -> None:
    facts = attrs.evolve(FACTS, reel="A001")
    source = described(RAW, facts, (1, 1))
    assert (source.frame_count, source.rate, source.duration) == (240, FACTS.rate, 240 / FACTS.rate)
    assert source.footage.upright_size() == (4096, 2160)
    assert (source.media.timecode, source.media.reel) == ("10:00:00:00", "A001")
    assert [stream.channels for stream in source.media.audio] == [1, 1]
    assert (source.path, source.fingerprint) == (RAW.path, RAW.fingerprint)


def test_names_of_our_projects_tell_machines_apart() -> None:
    assert resolve.project_prefix("edit-7.local") == "proxx-session-edit-7.local-"
    assert resolve.project_prefix("Größe 1/2") == "proxx-session-Gr--e-1-2-"


@pytest.mark.parametrize("order", [ORDER, attrs.evolve(ORDER, rate=None, first=None), None])
def test_a_plan_comes_back_as_it_was(order: RenderOrder | None) -> None:
    place = ResolveInstallation(modules="/m", script_library="/l", origin=ResolveOrigin.DOCUMENTED)
    task = SessionTask.CHECK if order is None else SessionTask.RENDER
    plan = SessionPlan(task=task, installation=place, prefix="p", render=order)
    assert read_plan(plan_bytes(plan)) == plan
