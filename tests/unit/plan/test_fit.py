from fractions import Fraction
from typing import Any

import pytest
from unit.records import VARIABLE, explicit, footage, media, source, spec, track

from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import ffmpeg_command, fit, sound_fit, tracks
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.media import FieldOrder, Source

FFMPEG_PROFILES = [name for name, profile in profiles().items() if profile.ffmpeg]


def problems(name: str, info: Source, job: JobSpec | None = None) -> list[tuple[Code, str]]:
    found = fit.check(job or spec(), profiles()[name], info, "sources[1]")
    assert all(problem.path == "sources[1]" for problem in found)
    return [(problem.code, problem.message) for problem in found]


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
def test_a_plain_clip_suits_every_profile(name: str) -> None:
    assert problems(name, source()) == []


@pytest.mark.parametrize("rate", ["24000/1001", 24, 25, "30000/1001", 30, 48, 50, "60000/1001", 60])
def test_mxf_takes_the_rates_of_its_standard(rate: Any) -> None:
    clip = source(rate=Fraction(rate))
    assert problems("proxy_dnxhr_lb", clip) == []


@pytest.mark.parametrize("rate", [12, 15, 23, 100, 120, "12000/1001", "23976/1000"])
def test_mxf_refuses_other_rates_and_lists_its_own(rate: Any) -> None:
    ((code, message),) = problems("proxy_dnxhr_lb", source(rate=Fraction(rate)))
    assert code is Code.SOURCE_RATE_UNSUPPORTED
    assert (
        "MXF holds 23.976 (24000/1001), 24, 25, 29.97 (30000/1001), 30, 47.952 (48000/1001), 48, "
        "50, 59.94 (60000/1001), 60." in message
    )


def test_a_rate_with_the_name_of_another_one_is_told_as_a_fraction() -> None:
    ((code, message),) = problems("proxy_dnxhr_lb", source(rate=Fraction(2997, 100)))
    assert code is Code.SOURCE_RATE_UNSUPPORTED
    assert "would run at 29.97 (2997/100) frames" in message


def test_mxf_refuses_a_variable_rate_unless_it_is_conformed() -> None:
    ((code, message),) = problems("proxy_dnxhr_lb", VARIABLE)
    assert code is Code.SOURCE_VARIABLE_RATE
    assert "(about 22.625)" in message
    assert problems("proxy_dnxhr_lb", VARIABLE, explicit(24)) == []
    assert problems("proxy_dnxhr_lb", VARIABLE, explicit(12))[0][0] is Code.SOURCE_RATE_UNSUPPORTED


@pytest.mark.parametrize("name", [name for name in FFMPEG_PROFILES if name != "proxy_dnxhr_lb"])
@pytest.mark.parametrize("clip", [VARIABLE, source(rate=Fraction(12))], ids=["variable", "12"])
def test_mov_and_mp4_take_every_rate(name: str, clip: Source) -> None:
    assert problems(name, clip) == []


@pytest.mark.parametrize(
    ("size", "fits"), [((256, 120), True), ((254, 120), False), ((256, 118), False)]
)
def test_dnxhr_has_a_smallest_size(size: tuple[int, int], fits: bool) -> None:  # noqa: FBT001
    small = source(media(video=(footage(width=size[0], height=size[1]),)))
    found = problems("proxy_dnxhr_lb", small)
    assert [code for code, _ in found] == ([] if fits else [Code.SOURCE_SIZE_UNSUPPORTED])
    if not fits:
        assert f"would be {size[0]}x{size[1]}; dnxhr needs at least 256x120" in found[0][1]


@pytest.mark.parametrize(
    "codec",
    ["aac", "ac3", "eac3", "mp3", "alac", "pcm_s16le", "pcm_s24be", "pcm_f32le", "pcm_alaw"],
)
def test_codecs_that_mov_carries_are_copied(codec: str) -> None:
    assert problems("proxy_prores_lt", source(media(audio=(track(codec_name=codec),)))) == []


@pytest.mark.parametrize(
    "codec", ["opus", "vorbis", "flac", "dts", "truehd", "pcm_bluray", "pcm_dvd", "pcm_s24daud"]
)
def test_codecs_that_mov_does_not_carry_are_refused(codec: str) -> None:
    clip = source(media(audio=(track(), track(codec_name=codec))))
    ((code, message),) = problems("proxy_prores_proxy", clip)
    assert code is Code.AUDIO_UNSUPPORTED
    assert message.startswith("Audio track 2: ")
    assert message.endswith("cannot be copied into mov.")
    assert problems("proxy_h264_low", clip) == []


def test_aac_holds_one_to_eight_channels() -> None:
    for channels in (1, 2, 8):
        assert problems("proxy_h264_low", source(media(audio=(track(channels=channels),)))) == []
    for channels in (9, 16):
        ((code, message),) = problems(
            "proxy_h264_low", source(media(audio=(track(channels=channels),)))
        )
        assert code is Code.AUDIO_UNSUPPORTED
        assert message == f"Audio track 1: AAC holds 1 to 8 channels, not {channels}."


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
@pytest.mark.parametrize("dead", [{"channels": 0}, {"sample_rate": 0}], ids=str)
def test_a_track_without_channels_or_rate_is_dead_for_every_profile(
    name: str, dead: dict[str, int]
) -> None:
    clip = source(media(audio=(track(), track(index=5, codec_name="mp3", **dead))))
    (problem,) = fit.check(spec(), profiles()[name], clip, "sources[1]")
    assert problem.code is Code.SOURCE_AUDIO_UNDECODABLE
    assert problem.message.startswith("Audio track 2 (mp3) has no sound that can be decoded")
    assert "-map -0:5 -c copy COPY" in problem.advice()


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
@pytest.mark.parametrize("codec", ["", "unknown", "none"])
def test_a_codec_without_a_name_is_refused_with_its_tag(name: str, codec: str) -> None:
    stranger = track(index=2, codec_name=codec, codec_tag="xyz1", channels=0, sample_rate=0)
    (problem,) = fit.check(
        spec(), profiles()[name], source(media(audio=(track(), stranger))), "sources[1]"
    )
    assert problem.code is Code.AUDIO_UNSUPPORTED
    assert "'xyz1'" in problem.message
    assert "-map -0:2 -c copy COPY" in problem.advice()


@pytest.mark.parametrize("name", FFMPEG_PROFILES)
def test_spatial_audio_is_left_out_by_rule_and_named(name: str) -> None:
    spatial = track(index=2, codec_name="unknown", codec_tag="apac", channels=4)
    info = media(audio=(track(), spatial, track(index=3)))
    profile = profiles()[name]
    assert problems(name, source(info)) == []
    assert [stream.index for stream in tracks.carried(profile, info)] == [1, 3]
    assert tracks.left_out(profile, info) == ("audio track 2: spatial audio (apac, 4 channels)",)
    argv = ffmpeg_command.command(
        spec(), profile, source(info), program="ffmpeg", partial_path="/p"
    )
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-map"] == ["0:0", "0:1", "0:3"]
    assert expectation(spec(), profile, source(info)).audio_channels == (2, 2)


def test_only_sound_that_is_encoded_needs_a_decoder_of_the_engine_that_runs() -> None:
    info = media(audio=(track(), track(index=4, codec_name="ac4")))
    found = {
        name: list(sound_fit.check_decoders(profiles()[name], info, {"aac"}, "FFmpeg 8", "s"))
        for name in FFMPEG_PROFILES
    }
    assert {name: [each.code for each in those] for name, those in found.items()} == {
        "proxy_dnxhr_lb": [Code.ENGINE_LACKS_DECODER],
        "proxy_h264_low": [Code.ENGINE_LACKS_DECODER],
        "proxy_h264_quarter": [Code.ENGINE_LACKS_DECODER],
        "proxy_prores_lt": [],
        "proxy_prores_proxy": [],
    }
    (problem,) = found["proxy_h264_low"]
    assert problem.message.startswith("FFmpeg 8 has no decoder for audio track 2 (ac4)")


def test_everything_that_a_profile_cannot_do_is_reported_together() -> None:
    clip = source(media(video=(footage(width=64, height=64),)), rate=Fraction(12))
    codes = [code for code, _ in problems("proxy_dnxhr_lb", clip)]
    assert codes == [Code.SOURCE_RATE_UNSUPPORTED, Code.SOURCE_SIZE_UNSUPPORTED]


@pytest.mark.parametrize(
    ("rate", "code", "reason"),
    [
        (25, "10:00:00:25", "a second has the frames 0 to 24"),
        (24, "10:00:00;12", "drop-frame exists at 29.97, 59.94 and 119.88"),
        ("30000/1001", "10:01:00;01", "leaves out the first 2 numbers of this minute"),
        (25, "24:00:00:00", "it is beyond 23:59:59"),
        (25, "soon", "it is not a timecode"),
    ],
)
def test_a_timecode_that_does_not_exist_is_refused(rate: Any, code: str, reason: str) -> None:
    clip = source(media(timecode=code), rate=Fraction(rate))
    ((found, message),) = problems("proxy_h264_low", clip)
    assert found is Code.SOURCE_TIMECODE_INVALID
    assert f"'{code}'" in message
    assert reason in message


@pytest.mark.parametrize(
    ("rotation", "order", "fits"),
    [
        (90, FieldOrder.PROGRESSIVE, True),
        (180, FieldOrder.TOP_FIRST, False),
        (0, FieldOrder.TOP_FIRST, True),
        (45, FieldOrder.PROGRESSIVE, False),
    ],
)
def test_what_cannot_be_turned_upright_exactly_is_refused(
    rotation: int,
    order: FieldOrder,
    fits: bool,  # noqa: FBT001
) -> None:
    clip = source(media(video=(footage(rotation=rotation),)), field_order=order)
    codes = [code for code, _ in problems("proxy_h264_low", clip)]
    assert codes == ([] if fits else [Code.SOURCE_ROTATION_UNSUPPORTED])
