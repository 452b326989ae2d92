from fractions import Fraction

import pytest
from specified_profiles import specified
from unit.records import (
    FRAMES,
    RATE,
    TWO_TRACKS,
    VARIABLE,
    explicit,
    footage,
    media,
    source,
    spec,
    track,
)

from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.plan import ffmpeg_command
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.plan.frames import Timing, timing
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import Colour, FieldOrder, Source

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
MOVIE = "-movie_timescale 48000 -disposition:a default"


def command(name: str, info: Source, job: JobSpec | None = None) -> tuple[str, ...]:
    return ffmpeg_command.command(
        job or spec(),
        profiles()[name],
        info,
        program="/opt/ffmpeg",
        partial_path="/proxies/.partial x.mov",
    )


def whole(video: str, audio: str, muxer: str) -> tuple[str, ...]:
    words = f"""
        /opt/ffmpeg {GLOBAL} -f mov {BOUNDED} -guess_layout_max 0 -threads:v 4 -i SOURCE
        -map 0:0 -map 0:1 -map 0:3 -dn -sn -map_chapters -1
        {video} {audio} {METADATA} {BIT_EXACT} {muxer} PARTIAL
    """.split()
    paths = {"SOURCE": "file:/media/day 1/A.mov", "PARTIAL": "file:/proxies/.partial x.mov"}
    return tuple(paths.get(word, word) for word in words)


def test_what_proxx_runs_differs_in_the_names_that_it_has_made_sure_of() -> None:
    planned = command("proxy_h264_quarter", source())
    run = ffmpeg_command.as_run(planned, source="/dev/fd/7")
    differences = {a: b for a, b in zip(planned, run, strict=True) if a != b}
    assert differences == {"-n": "-y", f"file:{source().path}": "file:/dev/fd/7"}


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


_PADDED = "aresample=48000:async=1:first_pts=0,apad=whole_len=480480,atrim=end_sample=480480"
COMMANDS = {
    "proxy_h264_low": whole(
        video(
            picture("w=960:h=540", "yuv420p"),
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        f"{MOVIE} -f mp4 -movflags +faststart",
    ),
    "proxy_h264_quarter": whole(
        video(
            picture("w=480:h=270", "yuv420p"),
            H264,
        ),
        "-c:a aac -ar 48000 -b:a:0 192000 -b:a:1 96000",
        f"{MOVIE} -f mp4 -movflags +faststart",
    ),
    "proxy_prores_proxy": whole(
        video(
            picture("w=1920:h=1080", "yuv422p10le"),
            "-c:v prores_ks -profile:v proxy -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        f"{MOVIE} -f mov",
    ),
    "proxy_prores_lt": whole(
        video(
            picture("w=1920:h=1080", "yuv422p10le"),
            "-c:v prores_ks -profile:v lt -vendor apl0 -threads:v 4",
        ),
        "-c:a copy",
        f"{MOVIE} -f mov",
    ),
    "proxy_dnxhr_lb": whole(
        video(
            picture("w=1920:h=1080", "yuv422p"),
            "-c:v dnxhd -profile:v dnxhr_lb -threads:v 4",
        ),
        # 240 frames at 24000/1001 are exactly 480,480 samples at 48 kHz.
        f"-c:a pcm_s24le -ar 48000 -filter:a:0 {_PADDED} -filter:a:1 {_PADDED}",
        "-f mxf",
    ),
}


@pytest.mark.parametrize("name", list(COMMANDS))
def test_the_whole_command_of_each_profile_is_as_written_here(name: str) -> None:
    clip = source(media(path="/media/day 1/A.mov", audio=TWO_TRACKS))
    assert command(name, clip) == COMMANDS[name]


def test_every_specified_ffmpeg_profile_has_its_command_here() -> None:
    assert {name for name, each in specified().items() if each.ffmpeg} == set(COMMANDS)


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


@pytest.mark.parametrize(
    ("rate", "ticks"),
    [
        ("24000/1001", 48000),
        ("24", 48000),
        ("25", 48000),
        ("30000/1001", 60000),
        ("60000/1001", 60000),
        ("120000/1001", 120000),
        ("15", 48000),
        ("2997/100", 50949),
        ("359/12", 48106),
    ],
)
def test_the_clock_of_a_movie_has_whole_ticks_for_every_frame_and_enough_for_sound(
    rate: str, ticks: int
) -> None:
    clip = source(rate=Fraction(rate))
    for name in ("proxy_h264_low", "proxy_prores_lt"):
        argv = command(name, clip)
        assert argv[argv.index("-movie_timescale") + 1] == str(ticks)
        assert (ticks / Fraction(rate)).denominator == 1


@pytest.mark.parametrize(
    ("time_base", "ticks"),
    [("1/600", 48000), ("1/1000", 48000), ("1/90000", 90000), ("1/1000000000", 1000000000)],
)
def test_the_clock_of_a_movie_has_whole_ticks_for_times_that_vary(
    time_base: str, ticks: int
) -> None:
    tick = Fraction(time_base)
    varying = FrameTimes([0, 2, 3], tick)
    clip = source(media(video=(footage(time_base=tick),)), times=varying)
    argv = command("proxy_h264_low", clip)
    assert argv[argv.index("-movie_timescale") + 1] == str(ticks)


def test_a_rate_that_is_asked_for_gives_the_clock_of_a_movie() -> None:
    argv = command("proxy_h264_low", VARIABLE, explicit("30000/1001"))
    assert argv[argv.index("-movie_timescale") + 1] == "60000"


def test_tracks_are_enabled_where_there_are_any_and_mxf_has_no_clock_or_flags() -> None:
    silent = command("proxy_prores_lt", source(media(audio=())))
    assert "-movie_timescale" in silent
    assert "-disposition:a" not in silent
    assert not {"-movie_timescale", "-disposition:a"} & set(command("proxy_dnxhr_lb", source()))


def test_a_clip_without_sound_gives_a_proxy_without_sound() -> None:
    argv = command("proxy_dnxhr_lb", source(media(audio=())))
    assert "-an" in argv
    assert "-c:a" not in argv
    assert not [word for word in argv if word.startswith("-filter:a")]


def test_aac_gets_no_low_frequency_channel_that_the_source_does_not_name() -> None:
    layouts = ("", "mono", "1 channels (LFE)", "5.1", "6.0(front)", "", "7.1", "downmix", "")
    counts = (6, 1, 1, 6, 6, 8, 8, 2, 3)
    tracks = tuple(
        track(index=number, layout=layout, channels=channels)
        for number, (layout, channels) in enumerate(zip(layouts, counts, strict=True), start=1)
    )
    argv = command("proxy_h264_low", source(media(audio=tracks)))
    given = {word: argv[at + 1] for at, word in enumerate(argv) if word.startswith("-filter:a:")}
    six = "channelmap=map=0|1|2|3|4|5:channel_layout=hexagonal"
    assert given == {
        "-filter:a:0": six,
        "-filter:a:2": "channelmap=map=0:channel_layout=mono",
        "-filter:a:4": six,
        "-filter:a:5": "channelmap=map=0|1|2|3|4|5|6|7:channel_layout=octagonal",
        "-filter:a:7": "channelmap=map=0|1:channel_layout=stereo",
        "-filter:a:8": "channelmap=map=0|1|2:channel_layout=3.0",
    }


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
