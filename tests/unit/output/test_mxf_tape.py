"""A tape package whose values have another length than FFmpeg gives them is refused."""

import pytest

from proxx_daemon.output import mxf_tape
from proxx_daemon.output.mxf_sets import Header, HeaderSet, Item, UnexpectedLayout

_RATE = (25).to_bytes(4) + (1).to_bytes(4)
_BASE = (25).to_bytes(2)


def _name(text: str) -> bytes:
    return text.ljust(16).encode()


def _references(*names: str) -> bytes:
    return len(names).to_bytes(4) + (16).to_bytes(4) + b"".join(map(_name, names))


def _set(kind: int, name: str, items: dict[int, bytes]) -> HeaderSet:
    return HeaderSet(
        kind=kind, items={0x3C0A: Item(0, _name(name))} | {k: Item(0, v) for k, v in items.items()}
    )


def _package(which: str, base: bytes, reel: bytes) -> list[HeaderSet]:
    """Build a package with a timecode and a picture track; the package comes first."""
    sets = [_set(0x013700, which, {0x4402: reel, 0x4403: _references(f"{which}1", f"{which}2")})]
    timecode = {0x1501: bytes(8), 0x1502: base, 0x1503: b"\0", 0x0202: bytes(8)}
    parts = ((0x011400, timecode), (0x011100, {0x1201: bytes(8), 0x0202: bytes(8)}))
    for number, (kind, items) in enumerate(parts, 1):
        track, sequence, part = f"{which}{number}", f"{which}{number}s", f"{which}{number}p"
        sets += [
            _set(0x013B00, track, {0x4803: _name(sequence), 0x4B01: _RATE}),
            _set(0x010F00, sequence, {0x1001: _references(part), 0x0202: bytes(8)}),
            _set(kind, part, items),
        ]
    return sets


def _tape(*, base: bytes = _BASE, reel: bytes = "A001".encode("utf-16-be")) -> mxf_tape.Tape:
    packages = [_package(which, base, reel) for which in ("m", "f", "t")]
    header = Header([each for package in packages for each in package])
    return mxf_tape.read(header, *(package[0] for package in packages))


def test_a_tape_of_the_usual_lengths_is_read() -> None:
    tape = _tape()
    assert (tape.name, tape.duration.wanted) == ("A001", 25 * 120 * 60 * 60)


def test_a_timecode_of_another_length_is_refused() -> None:
    # 120 hours at such a base would not fit into the 8 bytes of a duration.
    with pytest.raises(UnexpectedLayout, match="timecode is damaged"):
        _tape(base=b"\xff" * 8)


@pytest.mark.parametrize("reel", [b"\0A\0", b"\xd8\0\0A"], ids=["cut off", "half a pair"])
def test_a_name_that_is_no_text_is_refused(reel: bytes) -> None:
    with pytest.raises(UnexpectedLayout, match="name of its tape is damaged"):
        _tape(reel=reel)
