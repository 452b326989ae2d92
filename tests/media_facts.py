"""What ffprobe says about a file, read without any code of Proxx; and short cuts of clips."""

import json
import subprocess
from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class Facts:
    """One probed file."""

    #: ffprobe's format entry
    header: dict[str, Any]
    #: the only picture stream
    video: dict[str, Any]
    #: every audio stream
    audio: list[dict[str, Any]]
    #: number of decoded frames
    frames: int


def facts(ffprobe: str, path: Path) -> Facts:
    """Decode a file with ffprobe and return what it says."""
    answer = subprocess.run(
        [
            ffprobe,
            *("-v", "error", "-show_format", "-show_streams", "-count_frames"),
            *("-of", "json", str(path)),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stderr == ""
    document = json.loads(answer.stdout)
    videos = [entry for entry in document["streams"] if entry["codec_type"] == "video"]
    assert len(videos) == 1
    return Facts(
        header=document["format"],
        video=videos[0],
        audio=[entry for entry in document["streams"] if entry["codec_type"] == "audio"],
        frames=int(videos[0]["nb_read_frames"]),
    )


def cut(ffmpeg: str, clip: Path, path: Path, *coding: str) -> None:
    """Write the first half second of a clip."""
    command = [ffmpeg, "-v", "error", "-i", str(clip), "-t", "0.5", *coding, str(path)]
    subprocess.run(command, check=True, capture_output=True)
