"""The sets of an MXF file's header metadata, and how they refer to each other.

The structure is that of SMPTE ST 377-1, annexes A and B.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, NoReturn

from attrs import field, frozen

# Kinds of sets: the last three bytes of their keys.
MATERIAL_PACKAGE: Final = 0x013600
SOURCE_PACKAGE: Final = 0x013700
TAPE_DESCRIPTOR: Final = 0x012E00
TRACK: Final = 0x013B00
SEQUENCE: Final = 0x010F00
SOURCE_CLIP: Final = 0x011100
TIMECODE: Final = 0x011400
ESSENCE_DATA: Final = 0x012300

# Local tags; those below 8000h are the same in every file.
INSTANCE: Final = 0x3C0A
PACKAGE_ID: Final = 0x4401
PACKAGE_NAME: Final = 0x4402
PACKAGE_TRACKS: Final = 0x4403
DESCRIPTOR: Final = 0x4701
TRACK_SEQUENCE: Final = 0x4803
EDIT_RATE: Final = 0x4B01
DATA_DEFINITION: Final = 0x0201
DURATION: Final = 0x0202
COMPONENTS: Final = 0x1001
SOURCE_PACKAGE_ID: Final = 0x1101
START_POSITION: Final = 0x1201
START_TIMECODE: Final = 0x1501
TIMECODE_BASE: Final = 0x1502
DROP_FRAME: Final = 0x1503
LINKED_PACKAGE_ID: Final = 0x2701
ASPECT_RATIO: Final = 0x320E

_REFERENCE: Final = 16


class UnexpectedLayout(ValueError):
    """The file does not have the layout of a proxy."""


class Item(NamedTuple):
    """One value of a set; there is one for every frame."""

    #: byte of the file at which it begins
    offset: int
    #: its bytes
    value: bytes


@frozen(kw_only=True)
class HeaderSet:
    """One set of the header metadata."""

    #: the last three bytes of its key
    kind: int
    #: its values by local tag
    items: Mapping[int, Item]

    def item(self, tag: int) -> Item:
        """Return an item; raise UnexpectedLayout if the set lacks it."""
        found = self.items.get(tag)
        if found is None:
            refuse(f"set {self.kind:06x} lacks tag {tag:04x}")
        return found

    def value(self, tag: int) -> bytes:
        """Return the bytes of an item; raise UnexpectedLayout if the set lacks it."""
        return self.item(tag).value


@frozen
class Header:
    """The sets, by kind and by the id with which others refer to them."""

    sets: Sequence[HeaderSet]
    by_instance: dict[bytes, HeaderSet] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for each in self.sets:
            instance = each.value(INSTANCE)
            if instance in self.by_instance:
                refuse("two sets of the header have the same instance id")
            self.by_instance[instance] = each

    def kind(self, kind: int) -> list[HeaderSet]:
        """Return the sets of one kind."""
        return [each for each in self.sets if each.kind == kind]

    def follow(self, reference: bytes) -> HeaderSet:
        """Return the set that a reference leads to; raise UnexpectedLayout for none."""
        found = self.by_instance.get(reference)
        if found is None:
            refuse("a reference of the header leads nowhere")
        return found

    def tracks(self, package: HeaderSet) -> Iterator[tuple[HeaderSet, HeaderSet, HeaderSet]]:
        """Yield track, sequence and the one component of every track of a package.

        Raise UnexpectedLayout for a track of another structure.
        """
        for track in self._all_of(package, PACKAGE_TRACKS):
            sequence = self.follow(track.value(TRACK_SEQUENCE))
            if track.kind != TRACK or sequence.kind != SEQUENCE:
                refuse("a track has no sequence")
            components = list(self._all_of(sequence, COMPONENTS))
            if len(components) != 1 or components[0].kind not in (SOURCE_CLIP, TIMECODE):
                refuse("a track has several parts")
            yield track, sequence, components[0]

    def clips(self, package: HeaderSet) -> list[HeaderSet]:
        """Return the source clips of a package, one for each track except timecode."""
        return [part for _, _, part in self.tracks(package) if part.kind == SOURCE_CLIP]

    def _all_of(self, owner: HeaderSet, tag: int) -> Iterator[HeaderSet]:
        """Yield the sets of an array of references: their number, the length of each, then all."""
        value = owner.value(tag)
        count, length = int.from_bytes(value[:4]), int.from_bytes(value[4:8])
        if length != _REFERENCE or len(value) != 8 + count * length:
            refuse("an array of references is damaged")
        for number in range(count):
            yield self.follow(value[8 + number * length : 8 + (number + 1) * length])


def refuse(reason: str) -> NoReturn:
    """Raise UnexpectedLayout."""
    raise UnexpectedLayout(reason)
