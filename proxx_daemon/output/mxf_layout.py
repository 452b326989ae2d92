"""Find every place where an MXF file repeats the ids of its packages, from its structure alone.

The places follow from the references between the header's sets (SMPTE ST 377-1, annexes A and
B), never from the values of the ids. A file with any other structure is refused: an id that was
overlooked would make an editing system attach the wrong media.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from attrs import frozen

from proxx_daemon.output import mxf_sets, mxf_tape
from proxx_daemon.output.mxf_sets import Header, HeaderSet, Item, refuse
from proxx_daemon.output.mxf_tape import Tape
from proxx_daemon.plan import umid
from proxx_daemon.plan.umid import Package

#: label of picture essence, without the last bytes, which differ by kind of picture
_PICTURE: Final = bytes.fromhex("060e2b34040101010103020201")
_NOWHERE: Final = bytes(umid.LENGTH)
_RATIONAL: Final = 8


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
    #: the reel that the file names; None without a tape package
    tape: Tape | None
    #: byte of the file at which the shape of the displayed picture begins: two numbers of 4 bytes
    aspect_ratio: int
    #: every place, in file order within the header, then within the body
    places: tuple[IdPlace, ...]


def layout(sets: Sequence[HeaderSet], system_items: Sequence[Item]) -> MxfLayout:
    """Return the ids of the packages and every place that has one.

    `system_items` are the package ids in the body, one for each content package. Raise
    UnexpectedLayout if an id refers to a package other than the structure says, if one is at an
    unknown place, or if their number is not what the structure implies.
    """
    header = Header(sets)
    packages = _packages(header)
    ids = {package: found.value(mxf_sets.PACKAGE_ID) for package, found in packages.items()}
    if len(set(ids.values())) != len(ids) or not all(map(_is_umid, ids.values())):
        refuse("two of its packages have the same id, or one has none")
    places = [IdPlace(found.item(mxf_sets.PACKAGE_ID).offset, p) for p, found in packages.items()]
    for package, found in packages.items():
        target = _target(package, ids)
        for clip in header.clips(found):
            places += _reference(clip.item(mxf_sets.SOURCE_PACKAGE_ID), target, ids)
    for item in (_essence_data(header), *system_items):
        places += _reference(item, Package.FILE, ids)
    _check_counts(header, packages, len(system_items))
    _check_no_other(sets, {place.offset for place in places})
    return MxfLayout(
        ids=ids,
        tape=_tape(header, packages),
        aspect_ratio=_aspect_ratio(header),
        places=tuple(places),
    )


def _tape(header: Header, packages: Mapping[Package, HeaderSet]) -> Tape | None:
    tape = packages.get(Package.TAPE)
    if tape is None:
        return None
    return mxf_tape.read(header, packages[Package.MATERIAL], packages[Package.FILE], tape)


def _aspect_ratio(header: Header) -> int:
    """Return where the shape of the picture is: in the descriptor of the one picture track."""
    tag = mxf_sets.ASPECT_RATIO
    found = [each.items[tag] for each in header.sets if tag in each.items]
    if len(found) != 1 or len(found[0].value) != _RATIONAL:
        refuse(f"{len(found)} sets hold the shape of a picture")
    return found[0].offset


def _packages(header: Header) -> dict[Package, HeaderSet]:
    """Return the packages by kind: a tape package has the descriptor of a tape."""
    materials = header.kind(mxf_sets.MATERIAL_PACKAGE)
    sources = header.kind(mxf_sets.SOURCE_PACKAGE)
    tapes = [
        each
        for each in sources
        if header.follow(each.value(mxf_sets.DESCRIPTOR)).kind == mxf_sets.TAPE_DESCRIPTOR
    ]
    if len(materials) != 1 or len(sources) - len(tapes) != 1 or len(tapes) > 1:
        refuse(
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


def _essence_data(header: Header) -> Item:
    found = header.kind(mxf_sets.ESSENCE_DATA)
    if len(found) != 1:
        refuse(f"it has {len(found)} essence containers")
    return found[0].item(mxf_sets.LINKED_PACKAGE_ID)


def _reference(
    item: Item, target: Package | None, ids: Mapping[Package, bytes]
) -> Iterator[IdPlace]:
    """Yield the place of an id; refuse one that is not the id of the package at the end of it."""
    if item.value != (_NOWHERE if target is None else ids[target]):
        refuse(f"the id at byte {item.offset} is not that of the {target or 'last'} package")
    if target is not None:
        yield IdPlace(item.offset, target)


def _check_counts(header: Header, packages: Mapping[Package, HeaderSet], system_items: int) -> None:
    """Refuse counts that differ from what the tracks and their duration imply."""
    clips = sum(len(header.clips(package)) for package in packages.values())
    if clips != len(header.kind(mxf_sets.SOURCE_CLIP)):
        lost = len(header.kind(mxf_sets.SOURCE_CLIP)) - clips
        refuse(f"{lost} source clips belong to no track")
    durations = [
        int.from_bytes(sequence.value(mxf_sets.DURATION), signed=True)
        for _, sequence, _ in header.tracks(packages[Package.FILE])
        if sequence.value(mxf_sets.DATA_DEFINITION).startswith(_PICTURE)
    ]
    if durations != [system_items]:
        refuse(f"it has {system_items} content packages, but its picture has {durations} frames")


def _check_no_other(sets: Sequence[HeaderSet], known: set[int]) -> None:
    """Refuse an id at a place that the structure does not lead to."""
    for each in sets:
        for tag, item in each.items.items():
            if _is_umid(item.value) and item.offset not in known:
                refuse(f"there is an unexpected id in set {each.kind:06x}, tag {tag:04x}")


def _is_umid(value: bytes) -> bool:
    return len(value) == umid.LENGTH and value.startswith(umid.DESIGNATOR)
