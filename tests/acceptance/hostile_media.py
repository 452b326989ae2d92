"""Files that pose as footage, made to make FFmpeg open something else or fill memory.

Each maker writes its file at `path`; `bait` is a real clip beside it, which nobody but a
deceived engine opens.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from proxx_daemon.engines.engine import EngineTools

#: width and height of the clip that becomes a bomb
_SIZE: Final = (320, 240)
Maker = Callable[[EngineTools, Path, Path], None]


def _hls(_: EngineTools, path: Path, bait: Path) -> None:
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n"
    path.write_text(f"{head}{bait}\n#EXT-X-ENDLIST\n")


def _hls_from_the_network(_: EngineTools, path: Path, __: Path) -> None:
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n"
    path.write_text(f"{head}http://127.0.0.1:9/segment.ts\n#EXT-X-ENDLIST\n")


def _ffconcat(_: EngineTools, path: Path, bait: Path) -> None:
    path.write_text(f"ffconcat version 1.0\nfile {bait.name}\nfile '{bait}'\n")


def _dash(_: EngineTools, path: Path, bait: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet '
        'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>'
        f"file://{bait}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


def _sdp(_: EngineTools, path: Path, __: Path) -> None:
    path.write_text(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    )


def _imf(_: EngineTools, path: Path, bait: Path) -> None:
    path.write_text(
        '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/'
        f'2016"><Id>urn:uuid:0</Id><Path>{bait.name}</Path></CompositionPlaylist>'
    )


def _subtitles(_: EngineTools, path: Path, bait: Path) -> None:
    path.write_text(f"#!/usr/bin/env vobsub\n# VobSub index file, v7\nid: en\nfile: {bait}\n")


def _reference_movie(tools: EngineTools, path: Path, bait: Path) -> None:
    """Make a QuickTime file whose track says that its media lies in `bait`."""
    picture = ("-f", "lavfi", "-i", "testsrc2=s=192x108:r=25,trim=end_frame=12")
    made = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-f", "mov", str(path))
    subprocess.run([tools.ffmpeg, "-v", "error", *picture, *made], check=True)
    content = path.read_bytes()
    own = b"\x00\x00\x00\x0curl \x00\x00\x00\x01"
    assert content.count(own) == 1
    grown = _alias(bait)
    place = content.index(own)
    content = content[:place] + grown + content[place + len(own) :]
    # The boxes around it grow with it; they lie behind the media, whose offsets stay.
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        at = content.rindex(name, 0, content.index(b"dref") + 4) - 4
        size = int.from_bytes(content[at : at + 4], "big") + len(grown) - len(own)
        content = content[:at] + size.to_bytes(4, "big") + content[at + 4 :]
    path.write_bytes(content)


def _alias(target: Path) -> bytes:
    """Give a Mac OS alias record, the only kind of reference that FFmpeg's demuxer follows."""
    name = target.name.encode()
    fixed = bytearray(150)
    fixed[10:38] = bytes([6]) + b"volume".ljust(27, b"\0")
    fixed[50:114] = bytes([len(name)]) + name.ljust(63, b"\0")
    # How many folders up from here, and down to there.
    fixed[130:134] = b"\x00\x01\x00\x01"
    parts = b""
    for kind, text in ((2, str(target).lstrip("/").encode()), (18, str(target).encode())):
        padded = text + b"\0" * (len(text) % 2)
        parts += kind.to_bytes(2, "big") + len(text).to_bytes(2, "big") + padded
    record = bytes(fixed) + parts + b"\xff\xff\x00\x00"
    body = b"\x00\x00\x00\x00" + record
    return (len(body) + 8).to_bytes(4, "big") + b"alis" + body


def bomb(width: int, height: int, *, declared: bool) -> Maker:
    """Make a MOV of Motion JPEG whose pictures claim a size; the container too if `declared`."""

    def make(tools: EngineTools, path: Path, _: Path) -> None:
        small = (_SIZE[0].to_bytes(2, "big"), _SIZE[1].to_bytes(2, "big"))
        large = (width.to_bytes(2, "big"), height.to_bytes(2, "big"))
        picture = ("-f", "lavfi", "-i", f"color=s={_SIZE[0]}x{_SIZE[1]}:r=25,trim=end_frame=2")
        made = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-f", "mov", str(path))
        subprocess.run([tools.ffmpeg, "-v", "error", *picture, *made], check=True)
        content = path.read_bytes()
        start = b"\xff\xc0\x00\x11\x08"
        assert content.count(start + small[1] + small[0]) == 2
        content = content.replace(start + small[1] + small[0], start + large[1] + large[0])
        if declared:
            entry = b"".join(small) + b"\x00\x48\x00\x00"
            assert content.count(entry) == 1
            content = content.replace(entry, b"".join(large) + b"\x00\x48\x00\x00")
        path.write_bytes(content)

    return make


def endless_index(tools: EngineTools, path: Path, _: Path) -> None:
    """Make a MOV that claims two thousand million frames of one size."""
    picture = ("-f", "lavfi", "-i", "color=s=64x48:r=25,trim=end_frame=2")
    made = ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-f", "mov", str(path))
    subprocess.run([tools.ffmpeg, "-v", "error", *picture, *made], check=True)
    content = bytearray(path.read_bytes())
    count = (0x7FFFFFFF).to_bytes(4, "big")
    size = content.index(b"stsz") + 8
    content[size : size + 8] = (100).to_bytes(4, "big") + count
    times = content.index(b"stts") + 12
    content[times : times + 4] = count
    chunks = content.index(b"stsc") + 16
    content[chunks : chunks + 4] = count
    path.write_bytes(content)


#: what names or opens another file, and must not
POSING: Final[dict[str, Maker]] = {
    "hls": _hls,
    "hls_from_the_network": _hls_from_the_network,
    "ffconcat": _ffconcat,
    "dash": _dash,
    "sdp": _sdp,
    "imf": _imf,
    "vobsub": _subtitles,
    "reference_movie": _reference_movie,
}
