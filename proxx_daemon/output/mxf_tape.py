"""The tape package of an MXF file: the reel that the essence comes from.

FFmpeg writes a tape that begins with the clip and ends with it. All clips of a reel have one
tape, so it must be the same in each of them: it begins at 00:00:00:00, and the clip says at
which frame of the tape it begins. Avid's products and bmx write it like this. Decision 6 has
the reasons.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Final

from attrs import frozen

from proxx_daemon.output import mxf_sets
from proxx_daemon.output.mxf_sets import Header, HeaderSet, Item, refuse

#: seconds that a tape has: the 120 hours that bmx gives to each
_TAPE_SECONDS: Final = 120 * 60 * 60
_NUMBER_BYTES: Final = 8
_RATE_BYTES: Final = 8
_BASE_BYTES: Final = 2


@frozen(kw_only=True)
class Number:
    """A number that the file has at one place or several."""

    #: bytes of the file at which its 8 bytes begin
    places: tuple[int, ...]
    #: what the file says
    found: int
    #: what it has to say
    wanted: int


@frozen(kw_only=True)
class Tape:
    """The tape package, and where the clip is on it."""

    #: name of the reel
    name: str
    #: frames per second
    rate: Fraction
    #: counted in drop-frame
    drop: bool
    #: tracks of picture and sound
    tracks: int
    #: first frame of the tape, counted from 00:00:00:00
    start: Number
    #: frames of the tape
    duration: Number
    #: frame of the tape at which the clip begins
    position: Number


def read(header: Header, material: HeaderSet, file: HeaderSet, tape: HeaderSet) -> Tape:
    """Return what a tape package says; raise UnexpectedLayout if its tracks do not agree.

    The timecode of the other two packages is the address of the clip's first frame.
    """
    tracks = list(header.tracks(tape))
    rates = {track.value(mxf_sets.EDIT_RATE) for track, _, _ in tracks}
    rates |= {track.value(mxf_sets.EDIT_RATE) for track, _, _ in header.tracks(file)}
    codes = [_timecode(header, each) for each in (material, file, tape)]
    counts = {
        (each.value(mxf_sets.TIMECODE_BASE), each.value(mxf_sets.DROP_FRAME)) for each in codes
    }
    if len(rates) != 1 or len(counts) != 1:
        refuse("its packages count frames in different ways")
    (base, drop) = counts.pop()
    if len(base) != _BASE_BYTES:
        refuse("its timecode is damaged")
    address = _agreed(_starts(codes[:2]), "start timecode")[0]
    durations = (part.item(mxf_sets.DURATION) for _, *both in tracks for part in both)
    clips = header.clips(file)
    positions = (each.item(mxf_sets.START_POSITION) for each in clips)
    return Tape(
        name=_name(tape),
        rate=_rate(rates.pop()),
        drop=drop != b"\0",
        tracks=len(clips),
        start=_number(_starts(codes[2:]), 0, "start of the tape"),
        duration=_number(durations, _TAPE_SECONDS * int.from_bytes(base), "length of the tape"),
        position=_number(positions, address, "place on the tape"),
    )


def _timecode(header: Header, package: HeaderSet) -> HeaderSet:
    found = [part for *_, part in header.tracks(package) if part.kind == mxf_sets.TIMECODE]
    if len(found) != 1:
        refuse(f"a package has {len(found)} timecode tracks")
    return found[0]


def _starts(codes: Iterable[HeaderSet]) -> Iterator[Item]:
    return (each.item(mxf_sets.START_TIMECODE) for each in codes)


def _number(items: Iterable[Item], wanted: int, what: str) -> Number:
    found, places = _agreed(items, what)
    return Number(places=places, found=found, wanted=wanted)


def _agreed(items: Iterable[Item], what: str) -> tuple[int, tuple[int, ...]]:
    """Return the number that all items have, and where they begin."""
    all_items = tuple(items)
    values = {each.value for each in all_items}
    if len(values) != 1 or any(len(value) != _NUMBER_BYTES for value in values):
        refuse(f"its tracks do not agree about the {what}")
    return int.from_bytes(values.pop(), signed=True), tuple(each.offset for each in all_items)


def _rate(value: bytes) -> Fraction:
    """Return a rate: two numbers of 4 bytes."""
    count, seconds = int.from_bytes(value[:4]), int.from_bytes(value[4:])
    if len(value) != _RATE_BYTES or not count or not seconds:
        refuse("its frame rate is damaged")
    return Fraction(count, seconds)


def _name(package: HeaderSet) -> str:
    """Return a package's name: UTF-16, ended by a zero."""
    try:
        text = package.value(mxf_sets.PACKAGE_NAME).decode("utf-16-be")
    except UnicodeDecodeError:
        refuse("the name of its tape is damaged")
    return text.partition("\0")[0]
