from fractions import Fraction
from typing import Any

import pytest
from unit.records import FRAMES, RATE, footage, media, source, spec, track

from proxx_daemon.catalogue.canonical import profiles
from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.jobspec import FpsMode, JobSpec
from proxx_daemon.model.media import Source
from proxx_daemon.model.plan import Expectation
from proxx_daemon.rules import ffmpeg_plan

TWO_TRACKS = (track(index=1, channels=2), track(index=3, channels=1, codec_name="pcm_s16le"))
H264 = (
    "-c:v libx264 -preset veryfast -tune fastdecode -crf 23 -g 8 -keyint_min 8 -sc_threshold 0 "
    "-bf 0 -profile:v high -x264-params cpu-independent=1 -threads:v 4"
)
GLOBAL = (
    "-hide_banner -nostdin -loglevel level+info -nostats -stats_period 0.5 -progress pipe:1 -n "
    "-xerror -protocol_whitelist file"
)
BIT_EXACT = "-fflags +bitexact -flags:v +bitexact -flags:a +bitexact"


def command(name: str, info: Source, job: JobSpec | None = None) -> tuple[str, ...]:
    return ffmpeg_plan.command(
        job or spec(),
        profiles()[name],
        info,
        program="/opt/ffmpeg",
        partial_path="/proxies/.partial x.mov",
    )


def whole(video: str, audio: str, muxer: str) -> tuple[str, ...]:
    words = f"""
        /opt/ffmpeg {GLOBAL} -f mov -threads:v 4 -i SOURCE
        -map 0:0 -map 0:1 -map 0:3 -dn -sn -map_chapters -1
        {video} {audio} {BIT_EXACT} {muxer} PARTIAL
    """.split()
    paths = {"SOURCE": "file:/media/day 1/A.mov", "PARTIAL": "file:/proxies/.partial x.mov"}
    return tuple(paths.get(word, word) for word in words)


def video(filters: str, encoder: str) -> str:
    exact = "settb=expr=1001/24000,setpts=expr=STARTPTS+N"
    return (
        f"-filter:v {exact},{filters} -fps_mode:v passthrough -enc_time_base:v 1001:24000 {encoder}"
    )


COMMANDS = {
    "proxy_h264_low": whole(
        video(
            "scale=w=960:h=540:flags=bicubic+accurate_rnd+bitexact:out_range=tv,setsar=sar=1/1:max=100000,"
            "format=pix_fmts=yuv420p",
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        "-f mp4 -movflags +faststart",
    ),
    "proxy_h264_quarter": whole(
        video(
            "scale=w=480:h=270:flags=bicubic+accurate_rnd+bitexact:out_range=tv,setsar=sar=1/1:max=100000,"
            "format=pix_fmts=yuv420p",
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        "-f mp4 -movflags +faststart",
    ),
    "proxy_prores_proxy": whole(
        video(
            "scale=w=1920:h=1080:flags=bicubic+accurate_rnd+bitexact:out_range=tv,setsar=sar=1/1:max=100000,"
            "format=pix_fmts=yuv422p10le",
            "-c:v prores_ks -profile:v proxy -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        "-f mov",
    ),
    "proxy_prores_lt": whole(
        video(
            "scale=w=1920:h=1080:flags=bicubic+accurate_rnd+bitexact:out_range=tv,setsar=sar=1/1:max=100000,"
            "format=pix_fmts=yuv422p10le",
            "-c:v prores_ks -profile:v lt -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        "-f mov",
    ),
    "proxy_dnxhr_lb": whole(
        video(
            "scale=w=1920:h=1080:flags=bicubic+accurate_rnd+bitexact:out_range=tv,setsar=sar=1/1:max=100000,"
            "format=pix_fmts=yuv422p",
            "-c:v dnxhd -profile:v dnxhr_lb -threads:v 4",
        ),
        "-c:a pcm_s24le -ar 48000 -filter:a "
        # 240 frames at 24000/1001 are exactly 480,480 samples at 48 kHz.
        "aresample=48000:async=1:first_pts=0,apad=whole_len=480480,atrim=end_sample=480480",
        "-f mxf",
    ),
}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_whole_command_of_each_profile_is_as_written_here(name: str) -> None:
    clip = source(media(path="/media/day 1/A.mov", audio=TWO_TRACKS))
    assert command(name, clip) == COMMANDS[name]


def test_every_ffmpeg_profile_has_its_command_here() -> None:
    assert {name for name, each in profiles().items() if each.ffmpeg} == set(COMMANDS)


@pytest.mark.parametrize("name", [name for name, each in profiles().items() if not each.ffmpeg])
def test_a_resolve_profile_has_no_ffmpeg_command(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        command(name, source())


@pytest.mark.parametrize(
    ("container", "demuxer"),
    [
        ("mov", "mov"),
        ("mp4", "mov"),
        ("mkv", "matroska"),
        ("webm", "matroska"),
        ("mxf", "mxf"),
        ("ts", "mpegts"),
        ("avi", "avi"),
    ],
)
def test_the_engine_gets_the_demuxer_that_the_probe_established(
    container: str, demuxer: str
) -> None:
    argv = command("proxy_h264_low", source(media(container=container)))
    place = argv.index("-i")
    assert argv[argv.index("-f") : place][:2] == ("-f", demuxer)
    assert argv[argv.index("-protocol_whitelist") :][:2] == ("-protocol_whitelist", "file")


def test_a_clip_without_sound_gives_a_proxy_without_sound() -> None:
    argv = command("proxy_dnxhr_lb", source(media(audio=())))
    assert "-an" in argv
    assert "-c:a" not in argv
    assert "-filter:a" not in argv


def test_sound_in_mxf_starts_with_the_picture() -> None:
    late = source(media(video=(footage(start=Fraction(1, 2)),)))
    argv = command("proxy_dnxhr_lb", late)
    assert argv[argv.index("-filter:a") + 1].startswith("asetpts=expr=PTS-1/2/TB,aresample=48000:")


def test_the_footage_is_mapped_and_the_cover_is_not() -> None:
    picture = footage(index=2)
    info = media(video=(footage(attached_picture=True), picture), audio=())
    argv = command("proxy_h264_low", source(info, footage=picture))
    assert [argv[at + 1] for at, word in enumerate(argv) if word == "-map"] == ["0:2"]


def filters(info: Source, job: JobSpec | None = None) -> str:
    argv = command("proxy_h264_low", info, job)
    return argv[argv.index("-filter:v") + 1]


def time_base(info: Source, job: JobSpec | None = None) -> str | None:
    argv = command("proxy_h264_low", info, job)
    return argv[argv.index("-enc_time_base:v") + 1] if "-enc_time_base:v" in argv else None


def explicit(rate: Any) -> JobSpec:
    return spec(fps_mode=FpsMode.EXPLICIT, fps_explicit=Fraction(rate))


VARIABLE = source(constant_rate=False, rate=Fraction(181, 8), duration=Fraction(10))


def test_the_source_s_own_rate_is_kept_without_a_filter() -> None:
    for job in (spec(), explicit(RATE)):
        assert ffmpeg_plan.timing(job, source()) == ffmpeg_plan.Timing(
            frames=FRAMES, rate=RATE, duration=FRAMES / RATE
        )
        assert filters(source(), job).startswith("settb=expr=1001/24000,setpts=expr=STARTPTS+N,")
        assert time_base(source(), job) == "1001:24000"


def test_another_rate_keeps_the_duration_and_changes_the_count() -> None:
    assert ffmpeg_plan.timing(explicit(25), source()) == ffmpeg_plan.Timing(
        frames=250, rate=Fraction(25), duration=Fraction(10)
    )
    assert filters(source(), explicit(25)).startswith("fps=fps=25/1:round=near,scale=")
    assert time_base(source(), explicit(25)) == "1:25"


def test_half_a_frame_is_rounded_up() -> None:
    clip = source(frame_count=5, rate=Fraction(50), duration=Fraction(1, 10))
    assert ffmpeg_plan.timing(explicit(25), clip).frames == 3


def test_a_proxy_has_at_least_one_frame() -> None:
    clip = source(frame_count=1, rate=Fraction(60), duration=Fraction(1, 60))
    assert ffmpeg_plan.timing(explicit(1), clip).frames == 1


def test_a_variable_rate_keeps_every_frame_and_its_time() -> None:
    assert ffmpeg_plan.timing(spec(), VARIABLE) == ffmpeg_plan.Timing(
        frames=FRAMES, rate=None, duration=Fraction(10)
    )
    assert filters(VARIABLE).startswith("scale=")
    assert time_base(VARIABLE) == "1:24000"


def test_a_variable_rate_is_conformed_even_to_its_average() -> None:
    assert ffmpeg_plan.timing(explicit(VARIABLE.rate), VARIABLE).rate == VARIABLE.rate
    assert filters(VARIABLE, explicit(VARIABLE.rate)).startswith("fps=fps=181/8:round=near,")


def test_pixels_keep_their_shape_and_unknown_ones_are_left_alone() -> None:
    wide = footage(sample_aspect_ratio=Fraction(64, 45))
    assert "setsar=sar=64/45:max=100000" in filters(source(media(video=(wide,))))
    unknown = footage(sample_aspect_ratio=None)
    assert "setsar" not in filters(source(media(video=(unknown,))))


def test_a_turned_clip_gets_the_size_of_the_upright_picture() -> None:
    turned = footage(rotation=90)
    assert "scale=w=540:h=960:" in filters(source(media(video=(turned,))))


def problems(name: str, info: Source, job: JobSpec | None = None) -> list[tuple[Code, str]]:
    found = ffmpeg_plan.check(job or spec(), profiles()[name], info, "sources[1]")
    assert all(problem.path == "sources[1]" for problem in found)
    return [(problem.code, problem.message) for problem in found]


@pytest.mark.parametrize("name", list(COMMANDS))
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
    assert "MXF holds 23.976, 24, 25, 29.97, 30, 47.952, 48, 50, 59.94, 60." in message


def test_mxf_refuses_a_variable_rate_unless_it_is_conformed() -> None:
    ((code, message),) = problems("proxy_dnxhr_lb", VARIABLE)
    assert code is Code.SOURCE_VARIABLE_RATE
    assert "(about 22.625)" in message
    assert problems("proxy_dnxhr_lb", VARIABLE, explicit(24)) == []
    assert problems("proxy_dnxhr_lb", VARIABLE, explicit(12))[0][0] is Code.SOURCE_RATE_UNSUPPORTED


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "proxy_dnxhr_lb"])
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
    "codec", ["opus", "vorbis", "flac", "dts", "truehd", "pcm_bluray", "pcm_dvd", "pcm_s24daud", ""]
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
    for channels in (0, 9, 16):
        ((code, message),) = problems(
            "proxy_h264_low", source(media(audio=(track(channels=channels),)))
        )
        assert code is Code.AUDIO_UNSUPPORTED
        assert message == f"Audio track 1: AAC holds 1 to 8 channels, not {channels}."


def test_everything_that_a_profile_cannot_do_is_reported_together() -> None:
    clip = source(media(video=(footage(width=64, height=64),)), rate=Fraction(12))
    codes = [code for code, _ in problems("proxy_dnxhr_lb", clip)]
    assert codes == [Code.SOURCE_RATE_UNSUPPORTED, Code.SOURCE_SIZE_UNSUPPORTED]


def test_the_expectation_of_an_encoded_proxy_is_that_of_its_profile() -> None:
    expected = ffmpeg_plan.expectation(
        spec(), profiles()["proxy_h264_low"], source(media(audio=TWO_TRACKS))
    )
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
        audio_channels=(2, 1),
        audio_codecs=("aac", "aac"),
    )


def test_copied_sound_is_expected_as_it_was_and_pcm_as_pcm() -> None:
    clip = source(media(audio=TWO_TRACKS))
    copied = ffmpeg_plan.expectation(spec(), profiles()["proxy_prores_lt"], clip)
    assert copied.audio_codecs == ("aac", "pcm_s16le")
    encoded = ffmpeg_plan.expectation(spec(), profiles()["proxy_dnxhr_lb"], clip)
    assert encoded.audio_codecs == ("pcm_s24le", "pcm_s24le")
    assert encoded.audio_channels == (2, 1)


def test_a_conformed_proxy_is_expected_at_the_new_rate() -> None:
    expected = ffmpeg_plan.expectation(explicit(25), profiles()["proxy_h264_low"], source())
    assert (expected.rate, expected.frame_count) == (Fraction(25), 250)
    assert expected.duration == Fraction(10)


def test_a_proxy_of_variable_rate_is_expected_at_none() -> None:
    expected = ffmpeg_plan.expectation(spec(), profiles()["proxy_h264_low"], VARIABLE)
    assert (expected.rate, expected.frame_count) == (None, FRAMES)
