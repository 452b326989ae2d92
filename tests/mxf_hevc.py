"""Makes HEVC in MXF as Canon's cameras write it: FFmpeg reads it, and cannot write it.

FFmpeg writes the MXF with H.264 of whole frames; each frame is then replaced by one of HEVC, filled
up with zeros, which end no picture (ITU-T H.265, annex B). So every index stays right.
"""

import re
import subprocess
from pathlib import Path

from proxx_daemon.engines.engine import EngineTools

#: key of the pictures, and where the labels of container and coding begin
_PICTURE = bytes.fromhex("060e2b34010201010d010301150105")
_CONTAINER = re.compile(rb"\x06\x0e\x2b\x34\x04\x01\x01.\x0d\x01\x03\x01\x02\x10\x60.", re.DOTALL)
_CODING = re.compile(rb"\x06\x0e\x2b\x34\x04\x01\x01.\x04\x01\x02\x02\x01[\x31\x32]..", re.DOTALL)
#: Canon's label of HEVC, frame by frame
_CANON = bytes.fromhex("060e2b340401010a0e15000402100001")


def make(tools: EngineTools, path: Path, picture: str) -> None:
    """Write a clip of a picture of lavfi, with one track of sound."""
    elementary = path.with_suffix(".hevc")
    inputs = ("-f", "lavfi", "-i", picture)
    small = ("-c:v", "libx265", "-x265-params", "keyint=1:log-level=error", "-crf", "40")
    large = ("-c:v", "libx264", "-qp", "0", "-g", "1", "-c:a", "pcm_s24le", "-shortest")
    tone = ("-f", "lavfi", "-i", "sine=r=48000")
    _run(tools.ffmpeg, *inputs, *small, "-pix_fmt", "yuv420p", str(elementary))
    _run(tools.ffmpeg, *inputs, *tone, *large, "-pix_fmt", "yuv420p", str(path))
    frames = _frames(tools.ffprobe, elementary)
    content = bytearray(path.read_bytes())
    place = 0
    for frame in frames:
        place = content.index(_PICTURE, place) + 16
        octets = content[place] & 0x7F
        value = place + 1 + octets
        length = int.from_bytes(content[place + 1 : value])
        assert len(frame) <= length
        content[value : value + length] = frame.ljust(length, b"\0")
        place = value + length
    assert _PICTURE not in content[place:]
    labelled, labels = _CONTAINER.subn(_CANON, bytes(content))
    coded, codings = _CODING.subn(_CANON[:12] + bytes(4), labelled)
    assert labels
    assert codings
    path.write_bytes(coded)


def _run(program: str, *arguments: str) -> bytes:
    command = [program, "-v", "error", *arguments]
    return subprocess.run(command, check=True, capture_output=True).stdout


def _frames(ffprobe: str, elementary: Path) -> list[bytes]:
    content = elementary.read_bytes()
    asked = ("-show_entries", "packet=pos,size", "-of", "compact=p=0", str(elementary))
    rows = re.findall(rb"size=(\d+)\|pos=(\d+)", _run(ffprobe, *asked))
    return [content[int(pos) : int(pos) + int(size)] for size, pos in rows]
