"""Makes the sources that break proxies elsewhere: one small file for each difficulty."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import field, frozen
from display_matrix import turn

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.failures.codes import Code

PROFILES: Final = (
    "proxy_h264_low",
    "proxy_h264_quarter",
    "proxy_prores_proxy",
    "proxy_prores_lt",
    "proxy_dnxhr_lb",
)
#: instead of a second run: the display matrix, with its degrees
_TURN: Final = "TURN "


@frozen
class Difficulty:
    """A source, and the profiles that refuse it."""

    #: file name; its extension is the container
    name: str
    #: ffmpeg's arguments for inputs and output, the file's name left out
    arguments: str
    #: the code with which each refusing profile refuses
    refused: Mapping[str, Code] = field(factory=dict, kw_only=True)
    #: arguments of a second run, over the file of the first
    second: str = field(default="", kw_only=True)
    #: share of the file behind which bytes are cut off
    keep: float = field(default=1.0, kw_only=True)
    #: fields of the spec beyond the plain ones
    spec: Mapping[str, object] = field(factory=dict, kw_only=True)


def _picture(size: str = "640x360", rate: str = "25", frames: int = 13) -> str:
    return f"-f lavfi -i testsrc2=size={size}:rate={rate},trim=end_frame={frames}"


def _tones(*rates: int) -> str:
    return " ".join(f"-f lavfi -i sine=sample_rate={rate}:duration=0.52" for rate in rates)


def _every(code: Code, *profiles: str) -> dict[str, Code]:
    return dict.fromkeys(profiles or PROFILES, code)


_H264: Final = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
_PRORES: Final = "-c:v prores_ks -profile:v 2 -pix_fmt yuv422p10le"
_HEVC10: Final = "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params log-level=none"
_COPY: Final = ("proxy_prores_proxy", "proxy_prores_lt")
_MXF: Final = ("proxy_dnxhr_lb",)

_SIZES: Final = tuple(
    Difficulty(f"size_{size}.mov", f"{_picture(size)} {_PRORES}", refused=refused)
    for size, refused in (
        ("1998x1080", {}),
        ("719x405", {}),
        ("321x241", {}),
        ("128x96", _every(Code.SOURCE_SIZE_UNSUPPORTED, *_MXF)),
    )
)
_RATES: Final = tuple(
    Difficulty(
        f"rate_{number}.mov",
        f"{_picture(rate=rate)} -timecode {timecode} {_PRORES}",
        refused=refused,
    )
    for number, (rate, timecode, refused) in enumerate(
        (
            ("24000/1001", "10:00:00:23", {}),
            ("24", "23:59:59:23", {}),
            ("25", "10:00:00:24", {}),
            ("30000/1001", "01:00:59:29", {}),
            ("30000/1001", "01:00:59;29", {}),
            ("50", "10:00:00:49", {}),
            ("60000/1001", "01:00:59:59", {}),
            ("60000/1001", "01:00:59;59", {}),
            ("60", "10:00:00:59", {}),
            ("12", "10:00:00:11", _every(Code.SOURCE_RATE_UNSUPPORTED, *_MXF)),
            ("120", "10:00:00:99", _every(Code.SOURCE_RATE_UNSUPPORTED, *_MXF)),
        )
    )
)
_FIELDS: Final = (
    *(
        Difficulty(
            f"fields_{order}.{name}",
            f"{_picture('640x480', '50', 26)} -vf interlace=scan={order} {codec}",
        )
        for order in ("tff", "bff")
        for name, codec in (
            ("mov", f"{_PRORES} -flags:v +ildct"),
            ("mp4", f"{_H264} -x264-params interlaced=1:{order}=1"),
            ("mxf", "-c:v mpeg2video -b:v 5M -pix_fmt yuv420p -flags:v +ildct+ilme"),
        )
    ),
    Difficulty(
        "fields_turned.mov",
        f"{_picture('640x480', '50', 26)} -vf interlace {_H264} -x264-params interlaced=1",
        second="TURN 90",
        refused=_every(Code.SOURCE_ROTATION_UNSUPPORTED),
    ),
)
_SHAPES: Final = (
    *(
        Difficulty(f"turned_{degrees}.mp4", f"{_picture()} {_H264}", second=f"TURN {degrees}")
        for degrees in (90, 180, 270)
    ),
    Difficulty(
        "turned_45.mp4",
        f"{_picture()} {_H264}",
        second="TURN 45",
        refused=_every(Code.SOURCE_ROTATION_UNSUPPORTED),
    ),
    Difficulty("anamorphic.mov", f"{_picture('720x576')} -vf setsar=64/45 {_PRORES}"),
    Difficulty("hdv.mxf", f"{_picture('1440x1080')} -vf setsar=4/3 -c:v mpeg2video -b:v 20M"),
    Difficulty("anamorphic_turned.mp4", f"{_picture()} -vf setsar=4/3 {_H264}", second="TURN 90"),
)
_COLOURS: Final = tuple(
    Difficulty(
        name,
        f"{_picture()} -vf {before}setparams=color_primaries={primaries}:color_trc={transfer}:"
        f"colorspace={matrix}{after} {codec}",
    )
    for name, before, primaries, transfer, matrix, after, codec in (
        ("hlg.mov", "", "bt2020", "arib-std-b67", "bt2020nc", "", _HEVC10),
        ("pq.mov", "", "bt2020", "smpte2084", "bt2020nc", "", _HEVC10),
        ("p3.mov", "", "smpte432", "bt709", "bt709", "", _PRORES),
        ("ntsc.mov", "", "smpte170m", "smpte170m", "smpte170m", "", _PRORES),
        ("pal.mp4", "", "bt470bg", "bt709", "bt470bg", "", _H264),
        ("srgb.mp4", "", "bt709", "iec61966-2-1", "bt709", "", _H264),
        ("log.mp4", "", "bt709", "log100", "bt709", "", _H264),
        ("constant.mp4", "format=yuv420p,", "bt2020", "bt2020-10", "bt2020c", "", _H264),
        ("full.mp4", "scale=out_range=pc,", "bt709", "bt709", "bt709", ":range=pc", _H264),
        ("partial.mp4", "", "unknown", "bt709", "unknown", "", _H264),
    )
)
_RGB: Final = Difficulty("rgb.mp4", f"{_picture()} -c:v libx264rgb -preset ultrafast")
_OPUS_REFUSED: Final = _every(Code.AUDIO_UNSUPPORTED, *_COPY)
_SOUNDS: Final = (
    Difficulty("silent.mov", f"{_picture()} {_PRORES}"),
    *(
        Difficulty(
            f"channels_{count}.mov",
            f"{_picture()} {_tones(48000)} {_PRORES} -c:a pcm_s24le -ac {count}",
        )
        for count in (1, 2, 6, 8)
    ),
    Difficulty(
        "eight_mono.mov",
        f"{_picture()} {_tones(48000)} -map 0:v " + "-map 1:a " * 8 + f"{_PRORES} -c:a pcm_s24le",
    ),
    *(
        Difficulty(f"audio_{rate}.mov", f"{_picture()} {_tones(rate)} {_PRORES} -c:a pcm_s16le")
        for rate in (44100, 96000)
    ),
    Difficulty(
        "languages.mp4",
        f"{_picture()} {_tones(48000, 44100)} -map 0 -map 1 -map 2 {_H264} -c:a aac "
        "-metadata:s:a:0 language=ger -metadata:s:a:1 language=eng",
    ),
    Difficulty(
        "late_sound.mov",
        f"{_picture()} -itsoffset 0.2 {_tones(48000)} {_PRORES} -c:a pcm_s16le",
    ),
    Difficulty(
        "short_sound.mov",
        f"{_picture(frames=25)} {_tones(48000)} {_PRORES} -c:a pcm_s16le",
    ),
    Difficulty(
        "opus.mkv", f"{_picture()} {_tones(48000)} {_H264} -c:a libopus", refused=_OPUS_REFUSED
    ),
)
_TIMES: Final = (
    Difficulty(
        "reel.mov",
        f"{_picture()} {_PRORES} -timecode 10:00:00:00 -metadata:s:v:0 reel_name=A001R1XY",
    ),
    Difficulty(
        "tape.mxf",
        f"{_picture('1920x1080')} -c:v dnxhd -profile:v dnxhr_sq -pix_fmt yuv422p "
        "-timecode 10:00:00:00 -metadata reel_name=A001R1XY",
    ),
    Difficulty(
        "varying.mov",
        f"{_picture(frames=26)} -vf setpts='if(lt(N\\,9)\\,N\\,9+(N-9)*3)/25/TB' "
        f"-fps_mode vfr {_H264} -timecode 10:00:00:00",
        refused=_every(Code.SOURCE_VARIABLE_RATE, *_MXF),
    ),
    Difficulty(
        "varying_conformed.mov",
        f"{_picture(frames=26)} -vf setpts='if(lt(N\\,9)\\,N\\,9+(N-9)*3)/25/TB' "
        f"-fps_mode vfr {_H264} -timecode 10:00:00:20",
        spec={"fps_mode": "explicit", "fps_explicit": 25},
    ),
    Difficulty(
        "conformed.mov",
        f"{_picture(rate='30000/1001')} {_PRORES} -timecode 01:00:59;29",
        spec={"fps_mode": "explicit", "fps_explicit": 23.976},
    ),
)
_COMPANY: Final = (
    Difficulty(
        "cover.mp4",
        f"{_picture()} {_picture('64x64', frames=1)} -map 0:v -map 1:v {_H264} "
        "-c:v:1 mjpeg -pix_fmt:v:1 yuvj420p -disposition:v:1 attached_pic",
    ),
    Difficulty(
        "two_pictures.mov", f"{_picture()} {_picture('320x180')} -map 0:v -map 1:v {_PRORES}"
    ),
    Difficulty(
        "data.mov",
        f"{_picture()} {_tones(48000)} {_PRORES} -c:a pcm_s16le -timecode 10:00:00:00",
        second="-map 0 -map 0:d -c copy",
    ),
    Difficulty(
        "truncated.mkv",
        f"{_picture(frames=250)} {_H264} -g 25",
        keep=0.4,
        refused=_every(Code.SOURCE_TRUNCATED),
    ),
    Difficulty(
        "truncated.mp4",
        f"{_picture()} {_H264}",
        keep=0.5,
        refused=_every(Code.SOURCE_TRUNCATED),
    ),
    Difficulty(
        "encrypted.mp4",
        f"{_picture()} {_H264}",
        second="-c copy -encryption_scheme cenc-aes-ctr -encryption_key "
        f"{'0' * 31}1 -encryption_kid {'0' * 31}2",
        refused=_every(Code.SOURCE_ENCRYPTED),
    ),
)
DIFFICULTIES: Final = (
    *_SIZES,
    *_RATES,
    *_FIELDS,
    *_SHAPES,
    *_COLOURS,
    _RGB,
    *_SOUNDS,
    *_TIMES,
    *_COMPANY,
)


def make(difficulty: Difficulty, tools: EngineTools, folder: Path) -> Path:
    """Make the file in a folder."""
    path = folder / difficulty.name
    first = folder / f"first-{path.name}" if difficulty.second else path
    _ffmpeg(tools, *difficulty.arguments.split(), str(first))
    if difficulty.second.startswith(_TURN):
        turn(first, float(difficulty.second.removeprefix(_TURN)))
        first.rename(path)
    elif difficulty.second:
        _ffmpeg(tools, "-i", str(first), *difficulty.second.split(), str(path))
    if difficulty.keep < 1:
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * difficulty.keep)])
    return path


def _ffmpeg(tools: EngineTools, *arguments: str) -> None:
    command = [tools.ffmpeg, "-hide_banner", "-v", "error", "-y", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stderr)
