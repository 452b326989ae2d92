"""Crafted files cost no more than their size explains: what random changes seldom find."""

import json
import os
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import define, field
from fuzz import bounds
from fuzz.table import TARGETS
from movie_boxes import box, full
from unit import records

from proxx_daemon.engines.ffmpeg.last_picture import LastPicture
from proxx_daemon.source.structure import avi, matroska, movie, sample_times
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system import durable

#: things in a file: squared, they are far above every bound here
_MANY = 1000
#: a size that claims the whole file and more
_HUGE = 0x7FFFFFFF


@define
class _Counting(Pieces):
    """Counts what is read."""

    reads: int = field(default=0, init=False)
    taken: int = field(default=0, init=False)

    def at(self, place: int, length: int) -> bytes:
        self.reads += 1
        content = super().at(place, length)
        self.taken += len(content)
        return content


@contextmanager
def _pieces(folder: Path, content: bytes) -> Iterator[_Counting]:
    path = folder / "file"
    path.write_bytes(content)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield _Counting.of(descriptor)
    finally:
        os.close(descriptor)


def _claims(name: bytes, content: bytes) -> bytes:
    """Return a box whose size reaches far behind its end."""
    return struct.pack(">I4s", _HUGE, name) + content


def _tracks_in_tracks() -> bytes:
    track = box(b"trak", _claims(b"mdia", b""))
    return box(b"ftyp", b"qt  ") + box(b"moov", track * _MANY)


def _tracks_in_fragments() -> bytes:
    numbers = range(1, _MANY + 1)
    defaults = b"".join(full(b"trex", number, 1, 1, 1, 1) for number in numbers)
    handler = full(b"hdlr", 0, int.from_bytes(b"vide"), 0)
    media = box(b"mdia", full(b"mdhd", 0, 0, 25, 25), handler)
    tracks = b"".join(box(b"trak", full(b"tkhd", 0, 0, number), media) for number in numbers)
    promise = full(b"mehd", 1)
    header = box(b"moov", full(b"mvhd", 0, 0, 25, 25), box(b"mvex", promise, defaults), tracks)
    run = box(b"trun", struct.pack(">II", 0, 1))
    parts = b"".join(box(b"traf", full(b"tfhd", number), run) for number in numbers)
    return box(b"ftyp", b"isom") + header + box(b"moof", parts)


def _indexes_in_indexes() -> bytes:
    """Return movies whose last chunks claim more samples than their table of sizes has."""
    chunks, runs = full(b"stco", 1, 0), full(b"stsc", 1, 1, _HUGE, 1)
    sizes = full(b"stsz", 0, _HUGE, 1)
    table = box(b"stbl", chunks, runs, sizes)
    media = box(b"mdia", full(b"hdlr", 0, int.from_bytes(b"soun"), 0), box(b"minf", table))
    return box(b"ftyp", b"qt  ") + box(b"moov", box(b"trak", media) * _MANY)


def _cues_in_cues() -> bytes:
    # A cue, in which the list of positions claims 256 MiB.
    cue = bytes.fromhex("bb85b71fffff00")
    cues = bytes.fromhex("1c53bb6b") + ((1 << 56) | (len(cue) * _MANY)).to_bytes(8) + cue * _MANY
    segment = bytes.fromhex("18538067") + ((1 << 56) | len(cues)).to_bytes(8)
    return matroska.FIRST + b"\x80" + segment + cues


def _parts_in_parts() -> bytes:
    header = struct.pack("<4sI4s", b"LIST", _HUGE, b"hdrl")
    part = struct.pack("<4sI4s", b"RIFF", 4 + len(header), b"AVI ") + header
    return part * _MANY


@pytest.mark.parametrize(
    ("container", "content"),
    [
        (movie, _tracks_in_tracks()),
        (movie, _tracks_in_fragments()),
        (movie, _indexes_in_indexes()),
        (matroska, _cues_in_cues()),
        (avi, _parts_in_parts()),
    ],
    ids=["tracks", "fragments", "sizes", "cues", "parts"],
)
def test_what_claims_the_place_of_others_is_not_read_once_for_each(
    tmp_path: Path, container: object, content: bytes
) -> None:
    with _pieces(tmp_path, content) as pieces:
        list(container.findings(pieces))  # type: ignore[attr-defined]

        assert pieces.reads < 100 * _MANY
        assert pieces.taken < 100 * len(content)


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("spec", json.dumps({"naming_template": "".join(f"{{x{n}}}" for n in range(6000))})),
        ("configuration", ".".join("a" * 40_000) + "=1"),
        ("profile-toml", ".".join("a" * 40_000) + "=1"),
        ("profile-toml", "[" + " . ".join(['"a b"'] * 10_000) + "]"),
    ],
    ids=["template", "long-key", "long-key-of-a-profile", "quoted-key"],
)
def test_a_document_is_read_without_quadratic_work(target: str, content: str) -> None:
    bounds.feed(TARGETS[target], content.encode())


def test_an_entry_that_claims_a_million_pictures_makes_none(tmp_path: Path) -> None:
    count = 1_000_000
    times = full(b"stts", 1, count, 1)
    media = box(b"mdia", full(b"mdhd", 0, 0, 25, 25), box(b"minf", box(b"stbl", times)))
    content = box(b"moov", box(b"trak", media))
    footage = records.footage(index=0, declared_frames=count, time_base=Fraction(1, 25))

    with _pieces(tmp_path, content) as pieces:
        tracemalloc.start()
        found = sample_times.packets(pieces, footage)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert found is None
    assert peak < 1_000_000


def test_a_stream_without_another_picture_is_not_kept() -> None:
    last, piece = LastPicture(), bytes(1024 * 1024)
    last.piece(b"\0\0\1\0\0\x0f\xff")
    for _ in range(20):
        last.piece(piece)

    assert len(last.kept) < 9 * len(piece)


def test_a_small_file_is_read_into_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "note.json"
    path.write_bytes(b"{}")
    descriptor = os.open(path, os.O_RDONLY)

    tracemalloc.start()
    assert durable.read_regular(str(path), 256 * 1024 * 1024) == b"{}"
    assert Pieces.of(descriptor).at(0, 1 << 60) == b"{}"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    os.close(descriptor)

    assert peak < 4 * 1024 * 1024
