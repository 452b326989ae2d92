"""Readers of media files: their structure, the index of MOV and MP4, the ids of MXF proxies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path

from attrs import evolve
from crash_site import clip_plan
from fuzz import place
from integration.clip_maker import H264, ffmpeg, picture, tone, tools
from unit import records

from proxx_daemon.output import mxf_identity
from proxx_daemon.plan.umid import PackageIds
from proxx_daemon.result import difference
from proxx_daemon.source import probe_answer
from proxx_daemon.source.structure import avi, check, sample_times
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system import child

_IDS = PackageIds(material=b"\x06\x0a\x2b\x34" + b"m" * 28, file=b"\x06\x0a\x2b\x34" + b"f" * 28)


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[str, int]]:
    path = str(place.file(data))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield path, descriptor
    finally:
        os.close(descriptor)


def structure(data: bytes) -> None:
    """Look at the structure of a source, as is done before anything else."""
    with _opened(data) as (path, descriptor):
        check.check(path, Pieces.of(descriptor))


def index(data: bytes) -> None:
    """Read when the pictures of a MOV or MP4 are shown, and which places of an AVI are empty."""
    with _opened(data) as (_, descriptor):
        pieces = Pieces.of(descriptor)
        avi.leaves_out_pictures(pieces, 0)
        for declared in (1, 3):
            # FFmpeg counts 12800 ticks a second at 25 frames.
            footage = records.footage(
                index=0, declared_frames=declared, time_base=Fraction(1, 12800)
            )
            found = sample_times.packets(pieces, footage)
            assert found is None or len(found) == declared


def webm(data: bytes) -> None:
    """Read which of the two names of a Matroska file is right."""
    path = str(place.file(data))
    found = probe_answer.read_answer(path, {"format": {"format_name": "matroska,webm"}})
    assert found.container in ("webm", "mkv")


def mxf_ids(data: bytes) -> None:
    """Write the ids of an MXF proxy, and check them."""
    path = str(place.file(data))
    clip = evolve(clip_plan(0, place.folder()), partial_path=path, package_ids=_IDS)
    mxf_identity.stamp(clip)
    assert all(check.passed for check in mxf_identity.checks(clip))


def different(data: bytes) -> None:
    """Find the first difference of two files that differ in their last byte."""
    one = str(place.file(data))
    other = str(place.file(data[:-1] + bytes(byte ^ 1 for byte in data[-1:]), "other"))
    for container in ("mxf", "mp4"):
        found = difference.first_difference(other, one, container=container)
        assert (found is None) == (not data)


@cache
def files() -> tuple[Path, ...]:
    """Make one small file of each container that is looked into."""
    video, mono = picture(frames=3, size="32x32"), tone(0.12)
    both = (*video, *mono, "-map", "0:v", "-map", "1:a")
    plain = (*both, *H264, "-c:a", "aac", "-timecode", "01:00:00:00")
    dnx = ("-c:v", "dnxhd", "-profile:v", "dnxhr_lb", "-pix_fmt", "yuv422p", "-c:a", "pcm_s16le")
    kinds: dict[str, tuple[object, ...]] = {
        "plain.mov": plain,
        "begins.mp4": (*plain, "-movflags", "+faststart"),
        "fragments.mp4": (*plain, "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
        "dash.mp4": (*plain, "-movflags", "dash+delay_moov+global_sidx", "-frag_duration", "40000"),
        "encrypted.mp4": (
            *(*plain, "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "0" * 32),
            *("-encryption_kid", "1" * 32),
        ),
        "plain.mkv": (*both, *H264, "-c:a", "pcm_s16le"),
        "live.webm": (*video, "-c:v", "libvpx-vp9", "-f", "webm", "-live", "1"),
        "plain.avi": (*both, "-c:v", "mjpeg", "-c:a", "pcm_s16le"),
        "plain.ts": (*both, *H264, "-c:a", "aac"),
        "plain.mxf": (
            *(*picture(frames=3, size="256x120"), *mono, "-map", "0:v", "-map", "1:a", *dnx),
            *("-timecode", "01:00:00:00", "-metadata", "reel_name=A001"),
        ),
    }
    for name, arguments in kinds.items():
        ffmpeg(*arguments, place.folder() / name)
    return tuple(place.folder() / name for name in kinds)


def _of(*endings: str) -> Iterator[bytes]:
    return (path.read_bytes() for path in files() if path.suffix in endings)


def movies() -> Iterator[bytes]:
    """Yield MOV and MP4 files."""
    return _of(".mov", ".mp4")


def matroskas() -> Iterator[bytes]:
    """Yield Matroska and WebM files."""
    return _of(".mkv", ".webm")


def avis() -> Iterator[bytes]:
    """Yield AVI files."""
    return _of(".avi")


def streams() -> Iterator[bytes]:
    """Yield the beginning of transport streams."""
    return (each[: 188 * 24] for each in _of(".ts"))


def mxfs() -> Iterator[bytes]:
    """Yield MXF files as FFmpeg makes proxies."""
    return _of(".mxf")


def probed(path: Path, *arguments: str) -> bytes:
    """Return ffprobe's JSON about a file."""
    answer = bytearray()
    child.run(
        (tools().ffprobe, "-v", "error", *arguments, "-of", "json", str(path)),
        on_output=lambda pieces: answer.extend(b"".join(pieces)),
        on_error=lambda _: None,
        limits=child.RunLimits(wall_seconds=60.0, stall_seconds=None),
        in_lines=False,
    )
    return bytes(answer)
