from fractions import Fraction

from unit.records import FRAMES, RATE, TWO_TRACKS, VARIABLE, explicit, media, source, spec

from proxx_daemon.plan.expectation import expectation
from proxx_daemon.plan.plan import Expectation
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.media import Colour


def test_the_expectation_of_an_encoded_proxy_is_that_of_its_profile() -> None:
    expected = expectation(spec(), profiles()["proxy_h264_low"], source(media(audio=TWO_TRACKS)))
    assert expected == Expectation(
        container="mp4",
        codec_name="h264",
        codec_profile="High",
        width=960,
        height=540,
        pixel_format="yuv420p",
        frame_count=FRAMES,
        rate=RATE,
        duration=FRAMES / RATE,
        longest=FRAMES / RATE,
        audio_channels=(2, 1),
        audio_codecs=("aac", "aac"),
        sample_aspect_ratio=Fraction(1),
        rotation=0,
        field_order="progressive",
        colour=Colour("bt709", "bt709", "bt709", "tv"),
        compare_timecode=True,
        timecode=None,
        reel=None,
        audio_rates=(48000, 48000),
        audio_layouts=None,
        audio_languages=("", ""),
        audio_starts=(Fraction(0), Fraction(0)),
    )


def test_copied_sound_is_expected_as_it_was_and_pcm_as_pcm() -> None:
    clip = source(media(audio=TWO_TRACKS))
    copied = expectation(spec(), profiles()["proxy_prores_lt"], clip)
    assert copied.audio_codecs == ("aac", "pcm_s16le")
    encoded = expectation(spec(), profiles()["proxy_dnxhr_lb"], clip)
    assert encoded.audio_codecs == ("pcm_s24le", "pcm_s24le")
    assert encoded.audio_channels == (2, 1)


def test_a_conformed_proxy_is_expected_at_the_new_rate() -> None:
    expected = expectation(explicit(25), profiles()["proxy_h264_low"], source())
    assert (expected.rate, expected.frame_count) == (Fraction(25), 250)
    assert expected.duration == Fraction(10)


def test_a_proxy_of_variable_rate_is_expected_at_none() -> None:
    expected = expectation(spec(), profiles()["proxy_h264_low"], VARIABLE)
    assert (expected.rate, expected.frame_count) == (None, FRAMES)
