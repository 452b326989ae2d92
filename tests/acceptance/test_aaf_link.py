"""An AAF that links MXF proxies finds each at its own timecode: pyaaf2 reads them."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
from aaf2.components import Timecode
from aaf2.mobs import MasterMob
from aaf2.mxf import MXFFile
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools

#: reel, rate, start timecode, frames and tracks of sound of every clip
_CLIPS = (
    ("A001", "25", "10:00:00:00", 12, 1),
    ("A001", "25", "14:30:15:07", 20, 1),
    ("A001", "25", "23:59:59:20", 12, 2),
    ("A001", "30000/1001", "01:10:59;28", 12, 1),
    ("A001", "30000/1001", "02:00:00;00", 12, 1),
    ("A001", "30000/1001", "02:00:00:00", 12, 1),
    ("B002", "25", "10:00:00:00", 12, 1),
)


def _clip(tools: EngineTools, path: Path, number: int) -> Path:
    reel, rate, timecode, frames, tracks = _CLIPS[number]
    picture = f"testsrc2=size=256x144:rate={rate},trim=end_frame={frames}"
    seconds = float(frames / Fraction(rate))
    sound = f"sine=sample_rate=48000:frequency={440 + number}:duration={seconds}"
    argv = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    argv += ["-map", "0:v", *("-map", "1:a") * tracks, "-timecode", timecode]
    argv += ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    argv += ["-metadata:s:v:0", f"reel_name={reel}", "-c:a", "pcm_s16le", str(path)]
    subprocess.run(argv, check=True)
    return path


def _addresses(master: MasterMob) -> set[tuple[str, int, int, bool]]:
    """Follow every track of a clip to its tape; return the tape, and the address it leads to."""
    found = set()
    for slot in master.slots:
        clip = slot.segment.components[0]
        if isinstance(clip, Timecode):
            continue
        first = clip.slot.segment.components[0]
        tape = first.mob
        (code,) = [
            part
            for each in tape.slots
            for part in each.segment.components
            if isinstance(part, Timecode)
        ]
        place = code.start + clip.start + first.start
        found.add((tape.name, place, code.fps, code.drop))
    return found


def _frame(timecode: str, base: int) -> int:
    """Return the number of frames from 00:00:00:00, by SMPTE ST 12-1."""
    hours, minutes, seconds, frame = (int(each) for each in timecode.replace(";", ":").split(":"))
    minutes += 60 * hours
    number = (60 * minutes + seconds) * base + frame
    dropped = 2 * base // 30 * (minutes - minutes // 10)
    return number - dropped if ";" in timecode else number


def test_clips_of_one_reel_resolve_to_their_own_timecodes(
    workplace: Workplace, tools: EngineTools
) -> None:
    numbers = range(len(_CLIPS))
    sources = [_clip(tools, workplace.root / f"{number}.mov", number) for number in numbers]
    spec = workplace.spec("proxy_dnxhr_lb", sources=[str(each) for each in sources])
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 0, done.stdout
    made = [each["resolved_output_path"] for each in json.loads(done.stdout)["clips"]]
    found: list[Any] = []
    with aaf2.open(str(workplace.root / "edit.aaf"), "w") as edit:
        for path in made:
            mobs = MXFFile(path).link(edit)
            (master,) = [each for each in mobs if isinstance(each, MasterMob)]
            found.append(_addresses(master))
    for (reel, rate, timecode, *_), resolved in zip(_CLIPS, found, strict=True):
        base = round(Fraction(rate))
        assert resolved == {(reel, _frame(timecode, base), base, ";" in timecode)}
