"""What a media file holds, by FFmpeg alone: nothing of Proxx decides here what is right.

Pictures come small and grey, one at a time, so that the length of a clip does not matter. Sound
comes as samples of its first minute.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Picture = NDArray[np.uint8]

#: pixels of a compared picture: enough to tell frames apart, and quick to compare
WIDTH, HEIGHT = 96, 54
#: samples per second of compared sound: a sample is a sixteenth of a millisecond
SOUND_RATE: Final = 16000
#: seconds of compared sound
SOUND_SECONDS: Final = 60
_MICROSECONDS: Final = 1_000_000


@frozen(kw_only=True)
class Programs:
    """The FFmpeg that decodes."""

    ffmpeg: str
    ffprobe: str


@frozen(kw_only=True)
class Track:
    """The first minute of a decoded audio track."""

    #: seconds from the start of the file's clock to the first sample
    start: float
    #: one row for each channel
    channels: Samples


@frozen(kw_only=True)
class Facts:
    """What ffprobe says of a file."""

    #: number of its first real picture stream
    picture: int
    #: seconds of one tick of that stream
    tick: float
    #: width to height as displayed, rotation applied
    aspect: float
    #: start timecode; empty if there is none
    timecode: str
    #: numbers of the audio tracks that this FFmpeg can decode
    tracks: tuple[int, ...]
    #: how many audio tracks it cannot decode
    undecodable: int


class CannotDecode(Exception):
    """A file, or its picture, cannot be decoded; the message is FFmpeg's last line."""


def facts(programs: Programs, path: Path) -> Facts:
    """Ask ffprobe; raise CannotDecode if the file has no picture."""
    command = [programs.ffprobe, "-v", "error", "-of", "json", "-show_streams", "-show_format"]
    done = subprocess.run([*command, _name(path)], capture_output=True, check=False)
    answer = json.loads(done.stdout or b"{}")
    streams = answer.get("streams", [])
    pictures = [each for each in streams if each["codec_type"] == "video" and not _is_cover(each)]
    if not pictures or not pictures[0].get("height"):
        raise CannotDecode(_last_line(done.stderr) or "it has no picture")
    sound = [each for each in streams if each["codec_type"] == "audio"]
    known = [each for each in sound if each.get("codec_name") and each.get("channels")]
    return Facts(
        picture=pictures[0]["index"],
        tick=float(Fraction(pictures[0]["time_base"])),
        aspect=_aspect(pictures[0]),
        timecode=_timecode([answer.get("format", {}), *streams]),
        tracks=tuple(each["index"] for each in known),
        undecodable=len(sound) - len(known),
    )


@define
class Pictures:
    """The pictures of a file in the order in which a player shows them; a context manager."""

    programs: Programs
    path: Path
    stream: int
    #: seconds of each picture; complete when all of them were read
    times: list[float] = field(factory=list, init=False)
    #: what FFmpeg complained about; complete likewise
    complaint: str = field(default="", init=False)
    _stack: ExitStack = field(factory=ExitStack, init=False)
    _scratch: Path = field(init=False)

    def __enter__(self) -> Self:
        """Make the place for what FFmpeg writes beside the pictures."""
        self._scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return self

    def __exit__(self, *error: object) -> None:
        """End FFmpeg, if it still runs, and remove what it wrote."""
        self._stack.close()

    def __iter__(self) -> Iterator[Picture]:
        """Decode."""
        stamps, errors = self._scratch / "stamps", self._scratch / "errors"
        shape = f"scale={WIDTH}:{HEIGHT}:flags=area:out_range=full,format=gray"
        each = ["-map", f"0:{self.stream}", "-vf", shape, "-fps_mode", "passthrough"]
        each += ["-enc_time_base:v", f"1:{_MICROSECONDS}"]
        command = [self.programs.ffmpeg, "-v", "error", "-nostdin", "-copyts", "-i"]
        command += [_name(self.path), *each, "-f", "rawvideo", "pipe:1"]
        command += [*each, "-f", "framecrc", str(stamps)]
        with errors.open("wb") as sink:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=sink)
        self._stack.callback(_end, process)
        if process.stdout is None:
            raise RuntimeError("FFmpeg was started without a pipe")
        while len(content := process.stdout.read(WIDTH * HEIGHT)) == WIDTH * HEIGHT:
            yield np.frombuffer(content, np.uint8)
        process.wait()
        self.complaint = _last_line(errors.read_bytes())
        self.times = _stamps(stamps)


def sound(programs: Programs, path: Path, stream: int) -> Track:
    """Decode the first minute of a track, gaps filled with silence."""
    with tempfile.TemporaryDirectory() as scratch:
        stamps = Path(scratch) / "stamps"
        command = [programs.ffmpeg, "-v", "error", "-nostdin", "-copyts"]
        command += ["-guess_layout_max", "0", "-i", _name(path)]
        first_minute = f"atrim=end_sample={SOUND_RATE * SOUND_SECONDS}"
        each = ["-map", f"0:{stream}", "-c:a", "pcm_f32le"]
        each += ["-af", f"aresample={SOUND_RATE}:async=1,{first_minute}"]
        command += [*each, "-f", "f32le", "pipe:1", *each, "-f", "framecrc", str(stamps)]
        done = subprocess.run(command, capture_output=True, check=False)
        text = stamps.read_text() if stamps.exists() else ""
        starts = _stamps(stamps)
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 4 * 4], np.float32)
    channels = _channels(text)
    samples = samples[: len(samples) // channels * channels]
    return Track(
        start=starts[0] if starts else 0.0, channels=samples.reshape(-1, channels).T.copy()
    )


def _channels(framecrc: str) -> int:
    """Count the channels by the length of FFmpeg's list, which names the layout in its head."""
    for line in framecrc.splitlines():
        if not line.startswith("#") and line.count(",") >= 4:
            duration, size = (int(part) for part in line.split(",")[3:5])
            return max(1, size // (4 * duration)) if duration else 1
    return 1


def _stamps(path: Path) -> list[float]:
    """Return the seconds of every packet in a framecrc list."""
    if not path.exists():
        return []
    base, found = Fraction(1), []
    for line in path.read_text().splitlines():
        if line.startswith("#tb"):
            base = Fraction(line.rpartition(" ")[2])
        elif not line.startswith("#"):
            found.append(float(int(line.split(",")[2]) * base))
    return found


def _aspect(stream: dict[str, Any]) -> float:
    square = Fraction(stream.get("sample_aspect_ratio", "1:1").replace(":", "/") or 1)
    shape = stream["width"] * (square or 1) / stream["height"]
    turned = any(
        round(float(side.get("rotation", 0))) % 180 for side in stream.get("side_data_list", [])
    )
    return float(1 / shape if turned else shape)


def _timecode(places: list[dict[str, Any]]) -> str:
    found = (place.get("tags", {}).get("timecode", "") for place in places)
    return next((str(each) for each in found if each), "")


def _is_cover(stream: dict[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _name(path: Path) -> str:
    return f"file:{path}"


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
