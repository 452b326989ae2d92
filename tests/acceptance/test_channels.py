"""No channel of sound is lost, moved or mixed, with and without labels, in any profile."""

import json
import subprocess
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx
from rows import mostly_slow
from tones import LEVEL, levels, tones, track

from proxx_daemon.engines.engine import EngineTools

#: layouts of the tracks of one source, by the number of their channels. MXF forgets them all.
_COUNTS = ("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1")
_UNLABELLED = tuple((layout, count) for count, layout in enumerate(_COUNTS, start=1))
_LABELLED = (
    *(("mono", 1), ("stereo", 2), ("2.1", 3), ("3.0", 3), ("4.0", 4), ("quad", 4)),
    *(("5.0", 5), ("5.1", 6), ("6.0", 6), ("6.0(front)", 6), ("6.1", 7), ("7.0", 7), ("7.1", 8)),
    # A microphone for each channel of a layout, in a track of its own; a stereo mix down.
    *(("FL", 1), ("FR", 1), ("LFE", 1), ("downmix", 2)),
)
_PROFILES = (
    "proxy_h264_low",
    "proxy_h264_quarter",
    "proxy_prores_proxy",
    "proxy_prores_lt",
    "proxy_dnxhr_lb",
)


#: name of each source, its tracks, and whether it keeps their labels
_SOURCES = (("unlabelled.mxf", _UNLABELLED, False), ("labelled.mov", _LABELLED, True))


def _clip(
    tools: EngineTools, path: Path, tracks: tuple[tuple[str, int], ...], *, labelled: bool
) -> None:
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=256x144:r=25:d=0.48"]
    for layout, count in tracks:
        command += track(layout, tones(layout, count, labelled=labelled))
    for number in range(len(tracks) + 1):
        command += ["-map", str(number)]
    coding = ["-c:v", "libx264" if labelled else "mpeg2video", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, *coding, "-c:a", "pcm_s16le", str(path)], check=True)


@pytest.mark.long
@pytest.mark.parametrize(
    "profile", mostly_slow(_PROFILES, ("proxy_h264_low", "proxy_prores_proxy", "proxy_dnxhr_lb"))
)
def test_every_channel_keeps_its_place_and_its_level(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    paths = [workplace.root / name for name, _, _ in _SOURCES]
    for path, (_, tracks, labelled) in zip(paths, _SOURCES, strict=True):
        _clip(tools, path, tracks, labelled=labelled)
    spec = workplace.spec(profile, sources=[str(path) for path in paths])

    result = json.loads(proxx("run", workplace.write_spec("job.json", spec)).stdout)

    assert result["final_status"] == "COMPLETED", result["failure"]
    wrong = {}
    for clip, (name, tracks, labelled) in zip(result["clips"], _SOURCES, strict=True):
        proxy = Path(clip["resolved_output_path"])
        for number, (layout, count) in enumerate(tracks):
            expected = tones(layout, count, labelled=labelled)
            found = levels(tools.ffmpeg, proxy, number, expected)
            if any(abs(level - LEVEL) > 1 for level in found):
                wrong[f"{name} {layout}"] = found
    assert wrong == {}
