"""The space that a job is likely to need."""

from fractions import Fraction

import attrs
from hypothesis import given
from hypothesis import strategies as st
from unit import records

from proxx_daemon.failures.codes import Code
from proxx_daemon.plan import space
from proxx_daemon.plan.plan import ClipPlan, Expectation
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import SpaceEstimate

_ESTIMATE = SpaceEstimate(bits_per_pixel=0.8, audio_bits_per_channel=1_152_000)
_WANTED = Expectation(
    container="mxf",
    codec_name="dnxhd",
    codec_profile="DNXHR LB",
    width=1920,
    height=1080,
    pixel_format="yuv422p",
    frame_count=240,
    rate=Fraction(24),
    duration=Fraction(10),
    audio_channels=(1, 1),
    audio_codecs=("pcm_s24le", "pcm_s24le"),
)
_CLIP = ClipPlan(
    index=0,
    source=records.source(),
    output_path="/proxies/a.mxf",
    partial_path="/proxies/.a",
    resolved_tokens={},
    argv=(),
    expectation=_WANTED,
    transformation="a" * 64,
)


def test_picture_and_audio_are_added() -> None:
    picture = 1920 * 1080 * 240 * 0.8 / 8
    audio = 2 * 1_152_000 * 10 / 8
    assert space.likely_size(_CLIP.expectation, _ESTIMATE) == picture + audio


def test_exactly_enough_is_enough_and_one_byte_less_is_not() -> None:
    needed = 2 * space.likely_size(_CLIP.expectation, _ESTIMATE)
    assert space.check((_CLIP, _CLIP), _ESTIMATE, needed) == ()
    (problem,) = space.check((_CLIP, _CLIP), _ESTIMATE, needed - 1)
    assert problem.code is Code.OUTPUT_NO_SPACE
    assert problem.path == "output_directory"


@given(frames=st.integers(1, 100_000))
def test_a_longer_clip_never_needs_less(frames: int) -> None:
    longer = attrs.evolve(_CLIP, expectation=attrs.evolve(_WANTED, frame_count=frames + 1))
    shorter = attrs.evolve(_CLIP, expectation=attrs.evolve(_WANTED, frame_count=frames))
    estimates = (space.likely_size(clip.expectation, _ESTIMATE) for clip in (shorter, longer))
    less, more = estimates
    assert less < more


def test_the_estimates_of_the_profiles_cover_the_published_rates() -> None:
    # Mb/s at 1080p 24 (ProRes) and MB/s at UHD 25 (DNxHR), from Apple's and Avid's tables.
    pixels = 1920 * 1080 * 24
    for name, published in (("proxy_prores_proxy", 36e6), ("proxy_prores_lt", 82e6)):
        assert profiles()[name].space.bits_per_pixel * pixels > published
    uhd = 3840 * 2160 * 25
    for name, published in (("proxy_dnxhr_lb", 17.87e6), ("proxy_dnxhr_sq_resolve", 57.42e6)):
        assert profiles()[name].space.bits_per_pixel * uhd > published * 8
