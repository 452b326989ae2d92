"""Find every place where an MXF file repeats the ids of its packages, from its structure alone.

The places follow from the references between the header's sets (SMPTE ST 377-1, annexes A and
B), never from the values of the ids. A file with any other structure is refused: an id that was
overlooked would make an editing system attach the wrong media.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, NoReturn

from attrs import field, frozen

from proxx_daemon.plan import umid
from proxx_daemon.plan.umid import Package

# Kinds of sets: the last three bytes of their keys.
_MATERIAL_PACKAGE: Final = 0x013600
_SOURCE_PACKAGE: Final = 0x013700
_TAPE_DESCRIPTOR: Final = 0x012E00
_TRACK: Final = 0x013B00
_SEQUENCE: Final = 0x010F00
_SOURCE_CLIP: Final = 0x011100
_TIMECODE: Final = 0x011400
_ESSENCE_DATA: Final = 0x012300

# Local tags; those below 8000h are the same in every file.
INSTANCE: Final = 0x3C0A
_PACKAGE_ID: Final = 0x4401
_PACKAGE_NAME: Final = 0x4402
_PACKAGE_TRACKS: Final = 0x4403
_DESCRIPTOR: Final = 0x4701
_TRACK_SEQUENCE: Final = 0x4803
_DATA_DEFINITION: Final = 0x0201
_DURATION: Final = 0x0202
_COMPONENTS: Final = 0x1001
_SOURCE_PACKAGE_ID: Final = 0x1101
_LINKED_PACKAGE_ID: Final = 0x2701
_ASPECT_RATIO: Final = 0x320E

#: label of picture essence, without the last bytes, which differ by kind of picture
_PICTURE: Final = bytes.fromhex("060e2b34040101010103020201")
_NOWHERE: Final = bytes(umid.LENGTH)
_REFERENCE: Final = 16
_RATIONAL: Final = 8


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


class IdPlace(NamedTuple):
    """One place of a file that has the id of a package; there is one for every frame."""

    #: byte of the file at which the 32 bytes begin
    offset: int
    #: whose id it is
    package: Package


@frozen(kw_only=True)
class MxfLayout:
    """The ids of a file, and every place that holds one."""

    #: UMID of each package that the file has
    ids: dict[Package, bytes]
    #: name of the reel; None without a tape package
    reel: str | None
    #: byte of the file at which the shape of the displayed picture begins: two numbers of 4 bytes
    aspect_ratio: int
    #: every place, in file order within the header, then within the body
    places: tuple[IdPlace, ...]


@frozen
class _Header:
    """The sets, by kind and by the id with which others refer to them."""

    sets: Sequence[HeaderSet]
    by_instance: dict[bytes, HeaderSet] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for each in self.sets:
            instance = _value(each, INSTANCE)
            if instance in self.by_instance:
                _refuse("two sets of the header have the same instance id")
            self.by_instance[instance] = each

    def kind(self, kind: int) -> list[HeaderSet]:
        return [each for each in self.sets if each.kind == kind]

    def follow(self, reference: bytes) -> HeaderSet:
        found = self.by_instance.get(reference)
        if found is None:
            _refuse("a reference of the header leads nowhere")
        return found

    def all_of(self, owner: HeaderSet, tag: int) -> Iterator[HeaderSet]:
        """Yield the sets of an array of references: their number, the length of each, then all."""
        value = _value(owner, tag)
        count, length = int.from_bytes(value[:4]), int.from_bytes(value[4:8])
        if length != _REFERENCE or len(value) != 8 + count * length:
            _refuse("an array of references is damaged")
        for number in range(count):
            yield self.follow(value[8 + number * length : 8 + (number + 1) * length])


def layout(sets: Sequence[HeaderSet], system_items: Sequence[Item]) -> MxfLayout:
    """Return the ids of the packages and every place that has one.

    `system_items` are the package ids in the body, one for each content package. Raise
    UnexpectedLayout if an id refers to a package other than the structure says, if one is at an
    unknown place, or if their number is not what the structure implies.
    """
    header = _Header(sets)
    packages = _packages(header)
    ids = {package: _value(found, _PACKAGE_ID) for package, found in packages.items()}
    if len(set(ids.values())) != len(ids) or not all(map(_is_umid, ids.values())):
        _refuse("two of its packages have the same id, or one has none")
    places = [IdPlace(found.items[_PACKAGE_ID].offset, p) for p, found in packages.items()]
    for package, found in packages.items():
        target = _target(package, ids)
        for clip in _clips(header, found):
            places += _reference(clip.items[_SOURCE_PACKAGE_ID], target, ids)
    for item in (_essence_data(header), *system_items):
        places += _reference(item, Package.FILE, ids)
    _check_counts(header, packages, len(system_items))
    _check_no_other(sets, {place.offset for place in places})
    tape = packages.get(Package.TAPE)
    return MxfLayout(
        ids=ids,
        reel=_name(tape) if tape else None,
        aspect_ratio=_aspect_ratio(header),
        places=tuple(places),
    )


def _aspect_ratio(header: _Header) -> int:
    """Return where the shape of the picture is: in the descriptor of the one picture track."""
    found = [each.items[_ASPECT_RATIO] for each in header.sets if _ASPECT_RATIO in each.items]
    if len(found) != 1 or len(found[0].value) != _RATIONAL:
        _refuse(f"{len(found)} sets hold the shape of a picture")
    return found[0].offset


def _packages(header: _Header) -> dict[Package, HeaderSet]:
    """Return the packages by kind: a tape package has the descriptor of a tape."""
    materials, sources = header.kind(_MATERIAL_PACKAGE), header.kind(_SOURCE_PACKAGE)
    tapes = [
        each
        for each in sources
        if header.follow(_value(each, _DESCRIPTOR)).kind == _TAPE_DESCRIPTOR
    ]
    if len(materials) != 1 or len(sources) - len(tapes) != 1 or len(tapes) > 1:
        _refuse(
            f"it has {len(materials)} material, {len(sources) - len(tapes)} file and "
            f"{len(tapes)} tape packages"
        )
    file = next(each for each in sources if each not in tapes)
    found = {Package.MATERIAL: materials[0], Package.FILE: file}
    return found | ({Package.TAPE: tapes[0]} if tapes else {})


def _target(package: Package, ids: Mapping[Package, bytes]) -> Package | None:
    """Return the package that the clips of a package refer to; None at the end of the chain."""
    if package is Package.MATERIAL:
        return Package.FILE
    return Package.TAPE if package is Package.FILE and Package.TAPE in ids else None


def _clips(header: _Header, package: HeaderSet) -> Iterator[HeaderSet]:
    """Yield the source clips of a package, one for each track except timecode."""
    for sequence in _sequences(header, package):
        components = list(header.all_of(sequence, _COMPONENTS))
        if len(components) != 1 or components[0].kind not in (_SOURCE_CLIP, _TIMECODE):
            _refuse("a track has several parts")
        if components[0].kind == _SOURCE_CLIP:
            _value(components[0], _SOURCE_PACKAGE_ID)
            yield components[0]


def _sequences(header: _Header, package: HeaderSet) -> Iterator[HeaderSet]:
    for track in header.all_of(package, _PACKAGE_TRACKS):
        sequence = header.follow(_value(track, _TRACK_SEQUENCE))
        if track.kind != _TRACK or sequence.kind != _SEQUENCE:
            _refuse("a track has no sequence")
        yield sequence


def _essence_data(header: _Header) -> Item:
    found = header.kind(_ESSENCE_DATA)
    if len(found) != 1:
        _refuse(f"it has {len(found)} essence containers")
    _value(found[0], _LINKED_PACKAGE_ID)
    return found[0].items[_LINKED_PACKAGE_ID]


def _reference(
    item: Item, target: Package | None, ids: Mapping[Package, bytes]
) -> Iterator[IdPlace]:
    """Yield the place of an id; refuse one that is not the id of the package at the end of it."""
    if item.value != (_NOWHERE if target is None else ids[target]):
        _refuse(f"the id at byte {item.offset} is not that of the {target or 'last'} package")
    if target is not None:
        yield IdPlace(item.offset, target)


def _check_counts(
    header: _Header, packages: Mapping[Package, HeaderSet], system_items: int
) -> None:
    """Refuse counts that differ from what the tracks and their duration imply."""
    clips = sum(1 for package in packages.values() for _ in _clips(header, package))
    if clips != len(header.kind(_SOURCE_CLIP)):
        _refuse(f"{len(header.kind(_SOURCE_CLIP)) - clips} source clips belong to no track")
    durations = [
        int.from_bytes(_value(sequence, _DURATION), signed=True)
        for sequence in _sequences(header, packages[Package.FILE])
        if _value(sequence, _DATA_DEFINITION).startswith(_PICTURE)
    ]
    if durations != [system_items]:
        _refuse(f"it has {system_items} content packages, but its picture has {durations} frames")


def _check_no_other(sets: Sequence[HeaderSet], known: set[int]) -> None:
    """Refuse an id at a place that the structure does not lead to."""
    for each in sets:
        for tag, item in each.items.items():
            if _is_umid(item.value) and item.offset not in known:
                _refuse(f"there is an unexpected id in set {each.kind:06x}, tag {tag:04x}")


def _is_umid(value: bytes) -> bool:
    return len(value) == umid.LENGTH and value.startswith(umid.DESIGNATOR)


def _name(package: HeaderSet) -> str:
    """Return a package's name: UTF-16, ended by a zero."""
    return _value(package, _PACKAGE_NAME).decode("utf-16-be", "surrogatepass").partition("\0")[0]


def _value(owner: HeaderSet, tag: int) -> bytes:
    item = owner.items.get(tag)
    if item is None:
        _refuse(f"set {owner.kind:06x} lacks tag {tag:04x}")
    return item.value


def _refuse(reason: str) -> NoReturn:
    raise UnexpectedLayout(reason)
