"""What cameras and recorders write beyond the specification, and how the rest gets into a row."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import mxf_hevc
import pytest
from media_facts import facts
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

_H264: Final = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p"
_FIELDS: Final = "-flags +ilme+ildct -x264-params tff=1"
#: a name that a shell takes apart if it is not quoted
_AWKWARD: Final = 'it\'s a "clip" $HOME'


def _make(tools: EngineTools, path: Path, how: str, picture: str = "r=25:d=0.4") -> Path:
    inputs = f"-f lavfi -i testsrc2=s=320x192:{picture} -f lavfi -i sine=d=0.4:r=48000"
    maps = "-map 0:v -map 1:a"
    command = [tools.ffmpeg, "-v", "error", *f"{inputs} {maps} {how}".split(), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return path


def _run(workplace: Workplace, *sources: Path, profile: str = "proxy_h264_low") -> dict[str, Any]:
    spec = workplace.spec(profile, sources=[str(source) for source in sources])
    result: dict[str, Any] = json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)
    return result


_BEYOND: Final = {
    "avchd.mts": f"{_H264} {_FIELDS} -c:a ac3 -f mpegts -mpegts_m2ts_mode 1",
    "xavc.mts": f"{_H264} -g 12 -bf 2 -c:a pcm_bluray -f mpegts -mpegts_m2ts_mode 1",
    "recorder.ts": "-c:v libx265 -preset ultrafast -pix_fmt yuv420p -c:a aac -timecode 01:00:00:00",
    "arri.mxf": "-c:v prores_ks -profile:v 3 -pix_fmt yuv422p10le -c:a pcm_s24le "
    "-timecode 10:00:00:00",
}


@pytest.mark.parametrize("name", list(_BEYOND))
def test_files_of_cameras_beyond_the_specification_become_proxies_of_every_frame(
    name: str, workplace: Workplace, tools: EngineTools
) -> None:
    source = _make(tools, workplace.root / name, _BEYOND[name])
    # 188 bytes, or 192 with a time stamp in front.
    assert name[-3:] != "mts" or source.read_bytes()[4] == 0x47
    result = _run(workplace, source)
    assert result["final_status"] == "COMPLETED", result["failure"]
    (proxy,) = workplace.published()
    made = facts(tools.ffprobe, proxy)
    assert (made.frames, len(made.audio)) == (10, 1)


def test_hevc_of_canon_in_mxf_becomes_a_proxy_of_every_frame(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "canon.mxf"
    mxf_hevc.make(tools, source, "testsrc2=s=320x192:r=25:d=0.4")
    made = facts(tools.ffprobe, source)
    assert (made.header["format_name"], made.video["codec_name"]) == ("mxf", "hevc")
    result = _run(workplace, source, profile="proxy_dnxhr_lb")
    assert result["final_status"] == "COMPLETED", result["failure"]
    (proxy,) = workplace.published()
    assert facts(tools.ffprobe, proxy).frames == 10


#: what is refused, by name: how it is made, and the container that the command makes of it
_REFUSED: Final = {
    "a.avi": ("-c:v libx264 -bf 2 -pix_fmt yuv420p -c:a pcm_s16le", "mov"),
    "b.flv": (f"{_H264} -c:a aac", "mov"),
    "c.mkv": ("-c:v prores_ks -c:a flac", None),
    "d.mkv": ("-c:v prores_ks -c:a pcm_s24le", "mov"),
    "e.mp4": ("-c:v mjpeg -pix_fmt yuvj420p -c:a aac", "mov"),
    "f.mkv": ("-c:v mpeg2video -c:a ac3", "ts"),
    "g.mpg": ("-c:v mpeg2video -c:a mp2", "ts"),
    "h.mov": ("-c:v mpeg2video -c:a pcm_s16be -timecode 01:00:00:00", "mxf"),
    "j.mp4": ("-c:v libvpx-vp9 -deadline realtime -c:a libopus", "mkv"),
    "k.h264": (f"{_H264} -an -f h264", None),
    "l.avi": ("-c:v mpeg4 -c:a pcm_s16le", None),
}


def test_the_command_of_a_refusal_makes_a_source_that_works_when_it_is_pasted(
    workplace: Workplace, tools: EngineTools
) -> None:
    folder = workplace.root / _AWKWARD
    folder.mkdir()
    sources = [_make(tools, folder / name, how) for name, (how, _) in _REFUSED.items()]
    errors = _run(workplace, *sources)["failure"]["errors"]
    assert [error["code"] for error in errors] == ["SOURCE_UNSUPPORTED"] * len(sources)

    programs = workplace.root / "programs"
    programs.mkdir()
    (programs / "ffmpeg").symlink_to(tools.ffmpeg)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    new = []
    for error, (name, (_, container)) in zip(errors, _REFUSED.items(), strict=True):
        _, command, pasted = error["action"].partition("ffmpeg -n ")
        assert bool(command) is (container is not None), (name, error["action"])
        if container is None:
            assert "Export ProRes or DNxHR" in error["action"]
            continue
        script = ["/bin/sh", "-c", command + pasted]
        subprocess.run(script, check=True, capture_output=True, env=environment)
        new.append(folder / f"{name[0]}_rewrapped.{container}")
    result = _run(workplace, *new)
    assert result["final_status"] == "COMPLETED", result["failure"]
    assert [facts(tools.ffprobe, proxy).frames for proxy in workplace.published()] == [10] * len(
        new
    )
