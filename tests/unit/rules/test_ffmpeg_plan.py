from fractions import Fraction
from typing import Any

import pytest
from unit.records import FRAMES, RATE, footage, media, source, spec, track

from proxx_daemon.catalogue.canonical import profiles
from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.jobspec import FpsMode, JobSpec
from proxx_daemon.model.media import Colour, FieldOrder, Source
from proxx_daemon.model.plan import Expectation
from proxx_daemon.rules import ffmpeg_plan, source_fit
from proxx_daemon.rules.expectation import expectation
from proxx_daemon.rules.timing import Timing, timing

TWO_TRACKS = (track(index=1, channels=2), track(index=3, channels=1, codec_name="pcm_s16le"))
H264 = (
    "-c:v libx264 -preset veryfast -tune fastdecode -crf 23 -g 8 -keyint_min 8 -sc_threshold 0 "
    "-bf 0 -profile:v high -x264-params cpu-independent=1 -threads:v 4"
)
GLOBAL = (
    "-hide_banner -nostdin -loglevel level+info -nostats -stats_period 0.5 -progress pipe:1 -n "
    "-xerror -max_alloc 1073741824 -protocol_whitelist file"
)
BOUNDED = "-enable_drefs 0 -use_absolute_path 0 -max_pixels 134217728"
METADATA = "-map_metadata -1"
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
        /opt/ffmpeg {GLOBAL} -f mov {BOUNDED} -threads:v 4 -i SOURCE
        -map 0:0 -map 0:1 -map 0:3 -dn -sn -map_chapters -1
        {video} {audio} {METADATA} {BIT_EXACT} {muxer} PARTIAL
    """.split()
    paths = {"SOURCE": "file:/media/day 1/A.mov", "PARTIAL": "file:/proxies/.partial x.mov"}
    return tuple(paths.get(word, word) for word in words)


def video(filters: str, encoder: str) -> str:
    exact = "settb=expr=1001/24000,setpts=expr=STARTPTS+N"
    return (
        f"-filter:v {exact},{filters} -fps_mode:v passthrough -enc_time_base:v 1001:24000 {encoder}"
    )


def picture(size: str, pixels: str) -> str:
    unlabelled = "color_primaries=unknown:color_trc=unknown:colorspace=unknown"
    labelled = "color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    return (
        f"setparams={unlabelled},"
        f"scale={size}:flags=bicubic+accurate_rnd+bitexact:out_range=tv,"
        f"setsar=sar=1/1:max=100000,format=pix_fmts={pixels},setparams={labelled},setfield=prog"
    )


COMMANDS = {
    "proxy_h264_low": whole(
        video(
            picture("w=960:h=540", "yuv420p"),
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        "-f mp4 -movflags +faststart",
    ),
    "proxy_h264_quarter": whole(
        video(
            picture("w=480:h=270", "yuv420p"),
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        "-f mp4 -movflags +faststart",
    ),
    "proxy_prores_proxy": whole(
        video(
            picture("w=1920:h=1080", "yuv422p10le"),
            "-c:v prores_ks -profile:v proxy -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        "-f mov",
    ),
    "proxy_prores_lt": whole(
        video(
            picture("w=1920:h=1080", "yuv422p10le"),
            "-c:v prores_ks -profile:v lt -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        "-f mov",
    ),
    "proxy_dnxhr_lb": whole(
        video(
            picture("w=1920:h=1080", "yuv422p"),
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
        assert timing(job, source()) == Timing(frames=FRAMES, rate=RATE, duration=FRAMES / RATE)
        assert filters(source(), job).startswith("settb=expr=1001/24000,setpts=expr=STARTPTS+N,")
        assert time_base(source(), job) == "1001:24000"


def test_another_rate_keeps_the_duration_and_changes_the_count() -> None:
    assert timing(explicit(25), source()) == Timing(
        frames=250, rate=Fraction(25), duration=Fraction(10)
    )
    assert filters(source(), explicit(25)).startswith("fps=fps=25/1:round=near,setparams=")
    assert time_base(source(), explicit(25)) == "1:25"


def test_half_a_frame_is_rounded_up() -> None:
    clip = source(frame_count=5, rate=Fraction(50), duration=Fraction(1, 10))
    assert timing(explicit(25), clip).frames == 3


def test_a_proxy_has_at_least_one_frame() -> None:
    clip = source(frame_count=1, rate=Fraction(60), duration=Fraction(1, 60))
    assert timing(explicit(1), clip).frames == 1


def test_a_variable_rate_keeps_every_frame_and_its_time() -> None:
    assert timing(spec(), VARIABLE) == Timing(frames=FRAMES, rate=None, duration=Fraction(10))
    assert filters(VARIABLE).startswith("setparams=")
    assert time_base(VARIABLE) == "1:24000"


def test_a_variable_rate_is_conformed_even_to_its_average() -> None:
    assert timing(explicit(VARIABLE.rate), VARIABLE).rate == VARIABLE.rate
    assert filters(VARIABLE, explicit(VARIABLE.rate)).startswith("fps=fps=181/8:round=near,")


def test_pixels_keep_their_shape_and_unknown_ones_are_left_alone() -> None:
    wide = footage(sample_aspect_ratio=Fraction(64, 45))
    assert "setsar=sar=64/45:max=100000" in filters(source(media(video=(wide,))))
    unknown = footage(sample_aspect_ratio=None)
    assert "setsar" not in filters(source(media(video=(unknown,))))


def test_a_turned_clip_gets_the_size_of_the_upright_picture() -> None:
    turned = footage(rotation=90)
    assert "scale=w=540:h=960:" in filters(source(media(video=(turned,))))


def test_a_turned_clip_has_its_pixels_turned_too() -> None:
    turned = footage(rotation=270, sample_aspect_ratio=Fraction(4, 3))
    assert "setsar=sar=3/4:" in filters(source(media(video=(turned,))))


TOP = source(field_order=FieldOrder.TOP_FIRST)
BOTTOM = source(field_order=FieldOrder.BOTTOM_FIRST)


@pytest.mark.parametrize(("clip", "parity"), [(TOP, "tff"), (BOTTOM, "bff")])
def test_fields_that_are_scaled_become_frames_and_others_stay_fields(
    clip: Source, parity: str
) -> None:
    deinterlaced = f"setfield={parity},bwdif=mode=send_frame:parity={parity}:deint=all,settb="
    for name in ("proxy_h264_low", "proxy_h264_quarter", "proxy_dnxhr_lb"):
        argv = command(name, clip)
        chain = argv[argv.index("-filter:v") + 1]
        assert chain.startswith(deinterlaced)
        assert chain.endswith("setfield=prog")
        assert "interl" not in chain
        assert argv[argv.index("-flags:v") + 1] == "+bitexact"
    argv = command("proxy_prores_lt", clip)
    chain = argv[argv.index("-filter:v") + 1]
    assert "bwdif" not in chain
    assert ":interl=1:" in chain
    assert chain.endswith(f"setfield={parity}")
    assert argv[argv.index("-flags:v") + 1] == "+bitexact+ildct"


def test_rgb_becomes_bt_709() -> None:
    picture = footage(colour=Colour("bt709", "bt709", "gbr", "pc"), pixel_format="gbrp")
    chain = filters(source(media(video=(picture,))))
    assert ":out_color_matrix=bt709" in chain
    assert "colorspace=bt709:range=tv" in chain
    assert "unknown" not in chain


def words(name: str, info: Source, job: JobSpec | None = None) -> list[str]:
    argv = command(name, info, job)
    start, end = argv.index("-map_metadata"), argv.index("-fflags")
    return list(argv[start + 2 : end])


def test_timecode_reel_and_languages_go_where_the_container_has_a_place() -> None:
    tracks = (track(language="ger"), track(), track(language="eng"))
    clip = source(media(timecode="10:00:00:12", reel="A001 R1", audio=tracks))
    code = ["-timecode", "10:00:00:12"]
    languages = ["-metadata:s:a:0", "language=ger", "-metadata:s:a:2", "language=eng"]
    assert words("proxy_h264_low", clip) == code + languages
    reel = ["-metadata:s:v:0", "reel_name=A001 R1"]
    assert words("proxy_prores_proxy", clip) == code + reel + languages
    assert words("proxy_dnxhr_lb", clip) == [*code, "-metadata", "reel_name=A001 R1"]


def test_a_timecode_is_carried_over_to_another_rate() -> None:
    clip = source(media(timecode="10:00:00:12"))
    assert words("proxy_dnxhr_lb", clip, explicit(50)) == ["-timecode", "10:00:00:25"]
    expected = expectation(explicit(50), profiles()["proxy_dnxhr_lb"], clip)
    assert expected.timecode == "10:00:00:25"


def test_mxf_without_a_timecode_starts_at_midnight_and_others_have_none() -> None:
    found = {name: expectation(spec(), profiles()[name], source()).timecode for name in COMMANDS}
    assert found == dict.fromkeys(COMMANDS) | {"proxy_dnxhr_lb": "00:00:00:00"}


@pytest.mark.parametrize(
    ("rate", "code", "reason"),
    [
        (25, "10:00:00:25", "a second has the frames 0 to 24"),
        (24, "10:00:00;12", "drop-frame exists at 29.97, 59.94 and 119.88"),
        ("30000/1001", "10:01:00;01", "leaves out the first 2 numbers of this minute"),
        (25, "24:00:00:00", "it is beyond 23:59:59"),
        (25, "soon", "it is no timecode"),
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


def problems(name: str, info: Source, job: JobSpec | None = None) -> list[tuple[Code, str]]:
    found = source_fit.check(job or spec(), profiles()[name], info, "sources[1]")
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
