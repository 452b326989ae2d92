"""Where ids stand follows from how the sets refer to each other, on the smallest file there is."""

import attrs
import pytest

from proxx_daemon.output.mxf_layout import IdPlace, layout
from proxx_daemon.output.mxf_sets import HeaderSet, Item, UnexpectedLayout
from proxx_daemon.plan.umid import Package

_PICTURE = bytes.fromhex("060e2b34040101010103020201000000")
_TIME = bytes.fromhex("060e2b34040101010103020101000000")
_FRAMES = 2


def _id(number: int) -> bytes:
    return bytes.fromhex("060a2b340101010501010d0013") + bytes(18) + bytes([number])


def _name(text: str) -> bytes:
    return text.ljust(16).encode()


def _references(*names: str) -> bytes:
    return len(names).to_bytes(4) + (16).to_bytes(4) + b"".join(map(_name, names))


def _set(place: int, kind: int, name: str, **items: bytes) -> HeaderSet:
    """Build a set whose values lie one after another from a made-up place on."""
    found = {0x3C0A: Item(place, _name(name))}
    for number, (tag, value) in enumerate(items.items(), 1):
        found[int(tag[1:], 16)] = Item(place + 100 * number, value)
    return HeaderSet(kind=kind, items=found)


def _package(place: int, kind: int, which: str, number: int, source: bytes) -> list[HeaderSet]:
    """Build a package with a timecode and a picture track; the file package says its shape."""
    described = {"t320E": bytes(8)} if which == "f" else {}
    length = _FRAMES.to_bytes(8)
    tracks = _references(f"{which} time track", f"{which} track")
    package = {"t4401": _id(number), "t4403": tracks, "t4701": _name(f"{which} essence")}
    return [
        _set(place, kind, which, **package),
        _set(place + 1000, 0x013B00, f"{which} time track", t4803=_name(f"{which} time")),
        _set(
            place + 2000,
            0x010F00,
            f"{which} time",
            t0201=_TIME,
            t0202=length,
            t1001=_references(f"{which} start"),
        ),
        _set(place + 3000, 0x011400, f"{which} start"),
        _set(place + 4000, 0x013B00, f"{which} track", t4803=_name(f"{which} seq")),
        _set(
            place + 5000,
            0x010F00,
            f"{which} seq",
            t0201=_PICTURE,
            t0202=length,
            t1001=_references(f"{which} clip"),
        ),
        _set(place + 6000, 0x011100, f"{which} clip", t1101=source),
        _set(place + 7000, 0x012800, f"{which} essence", **described),
    ]


def smallest() -> list[HeaderSet]:
    return [
        *_package(10_000, 0x013600, "m", 0, _id(1)),
        *_package(20_000, 0x013700, "f", 1, bytes(32)),
        _set(30_000, 0x012300, "data", t2701=_id(1)),
    ]


def frames(count: int = _FRAMES) -> list[Item]:
    return [Item(50_000 + number, _id(1)) for number in range(count)]


def test_every_place_of_the_smallest_file_is_found() -> None:
    found = layout(smallest(), frames())
    assert set(found.places) == {
        IdPlace(10_100, Package.MATERIAL),
        IdPlace(20_100, Package.FILE),
        IdPlace(16_100, Package.FILE),
        IdPlace(30_100, Package.FILE),
        IdPlace(50_000, Package.FILE),
        IdPlace(50_001, Package.FILE),
    }
    assert len(found.places) == 6
    assert found.aspect_ratio == 27_100
    assert (found.tape, found.ids[Package.FILE]) == (None, _id(1))


def _with(extra: HeaderSet) -> list[HeaderSet]:
    return [*smallest(), extra]


@pytest.mark.parametrize(
    ("sets", "words"),
    [
        (_with(_set(40_000, 0x019900, "new", t7777=_id(1))), "an unexpected id in set 019900"),
        (_with(_set(40_000, 0x011100, "lost", t1101=bytes(32))), "1 source clips belong to no"),
        (_with(_set(40_000, 0x012300, "data 2", t2701=_id(1))), "2 essence containers"),
        (_with(_set(40_000, 0x013600, "m 2", t4401=_id(5))), "2 material"),
        (_with(_set(40_000, 0x013700, "f 2", t4401=_id(5), t4701=_name("f essence"))), "2 file"),
        (_with(_set(40_000, 0x019900, "data")), "the same instance id"),
        (smallest()[:-1], "0 essence containers"),
        (_with(_set(40_000, 0x012800, "shape 2", t320E=bytes(8))), "2 sets hold the shape"),
        ([each for each in smallest() if each.kind != 0x011100], "leads nowhere"),
        ([], "0 material, 0 file and 0 tape packages"),
    ],
)
def test_anything_more_or_less_is_refused(sets: list[HeaderSet], words: str) -> None:
    with pytest.raises(UnexpectedLayout, match=words):
        layout(sets, frames())


@pytest.mark.parametrize("count", [0, 1, 3])
def test_there_is_one_id_for_each_frame(count: int) -> None:
    with pytest.raises(UnexpectedLayout, match=f"it has {count} content packages"):
        layout(smallest(), frames(count))


def test_an_array_of_references_must_have_the_length_that_it_says() -> None:
    sets = smallest()
    tracks = sets[0].items[0x4403]
    for value in (tracks.value[:-1], b"\0\0\0\1" + tracks.value[4:], tracks.value[:7] + b"\x20"):
        items = {**sets[0].items, 0x4403: Item(tracks.offset, value)}
        with pytest.raises(UnexpectedLayout, match="damaged"):
            layout([attrs.evolve(sets[0], items=items), *sets[1:]], frames())
