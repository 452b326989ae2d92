from fractions import Fraction

import pytest
from specified_profiles import specified
from unit.records import footage, media, source, spec, track

from proxx_daemon.plan import ffmpeg_command, sync
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.media import Source

FFMPEG_PROFILES = [name for name, each in specified().items() if each.ffmpeg]
MP4_AND_MOV = [name for name in FFMPEG_PROFILES if name != "proxy_dnxhr_lb"]
ZERO = Fraction(0)
#: seconds of AAC that its encoder puts in front
PRIMING = Fraction(1024, 48000)


def clip(picture: str, *sound: str, container: str = "mov") -> Source:
    """A source whose picture and tracks begin at these seconds."""
    tracks = tuple(
        track(index=number, start=Fraction(start)) for number, start in enumerate(sound, start=1)
    )
    info = media(video=(footage(start=Fraction(picture)),), audio=tracks, container=container)
    return source(info)


def offsets(name: str, info: Source) -> tuple[str | None, str | None]:
    """Return what the command shifts: everything that is read, and everything that is written."""
    argv = ffmpeg_command.command(
        spec(), profiles()[name], info, program="ffmpeg", partial_path="/p"
    )
    words = ("-itsoffset", "-output_ts_offset")
    found = tuple(argv[argv.index(word) + 1] if word in argv else None for word in words)
    if words[0] in argv:
        assert argv.index(words[0]) < argv.index("-i")
    return found[0], found[1]


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
@pytest.mark.parametrize(
    "info", [clip("0", "0"), clip("0", "0.2", "0"), clip("0")], ids=["both", "late", "silent"]
)
def test_a_picture_that_begins_first_is_not_shifted(name: str, info: Source) -> None:
    assert offsets(name, info) == (None, None)


@pytest.mark.parametrize("name", MP4_AND_MOV)
def test_a_picture_behind_its_sound_stays_behind_it_exactly(name: str) -> None:
    info = clip("0.010911", "0", "0.3")
    assert offsets(name, info) == ("-0.010911", "0.010911")
    assert sync.audio_starts(profiles()[name], info)[0] == Fraction("-0.010911")


def test_mxf_begins_with_the_picture_whatever_the_sound_does() -> None:
    info = clip("0.010911", "0", "0.3")
    assert offsets("proxy_dnxhr_lb", info) == ("-0.010911", None)
    assert sync.audio_starts(profiles()["proxy_dnxhr_lb"], info) == (ZERO, ZERO)


@pytest.mark.parametrize("name", MP4_AND_MOV)
def test_what_a_proxy_does_not_get_does_not_delay_it(name: str) -> None:
    """A data stream begins first. FFmpeg counts from it, except in a transport stream."""
    assert offsets(name, clip("0.733367", "0.722456")) == ("-0.733367", "0.010911")
    recorder = clip("0.733367", "0.722456", container="ts")
    assert offsets(name, recorder) == ("-0.010911", "0.010911")
    assert offsets(name, clip("0.7", container="ts")) == (None, None)


def test_a_late_track_of_aac_begins_with_what_its_encoder_puts_in_front() -> None:
    found = sync.audio_starts(profiles()["proxy_h264_low"], clip("0", "0", "0.011", "0.2"))
    assert found == (ZERO, ZERO, Fraction("0.2") - PRIMING)
    behind = sync.audio_starts(profiles()["proxy_h264_low"], clip("0.1", "0", "0.2"))
    assert behind == (Fraction("-0.1"), Fraction("0.1") - PRIMING)


def test_a_late_track_that_is_copied_begins_with_what_it_hid() -> None:
    hidden = Fraction("0.021")
    tracks = (
        track(index=1, hidden=hidden),
        track(index=2, start=Fraction("0.2"), hidden=hidden),
        track(index=3, start=Fraction("0.2"), codec_name="pcm_s16le"),
    )
    found = sync.audio_starts(profiles()["proxy_prores_lt"], source(media(audio=tracks)))
    assert found == (ZERO, Fraction("0.179"), Fraction("0.2"))
