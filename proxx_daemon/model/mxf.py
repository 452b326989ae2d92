"""What identifies an MXF file: the ids of its packages, and where the file repeats them.

The structure is that of SMPTE ST 377-1; ids are basic UMIDs of SMPTE ST 330, 32 bytes each.
"""

from enum import StrEnum
from typing import NamedTuple

from attrs import frozen


class Package(StrEnum):
    """The packages that a proxy has."""

    #: what an editor sees and cuts
    MATERIAL = "material"
    #: the essence in this file
    FILE = "file"
    #: the reel that the essence comes from; there where the file names one
    TAPE = "tape"


@frozen(kw_only=True)
class PackageIds:
    """The ids that belong to one transformation of one source."""

    #: UMID of the material package, 32 bytes
    material: bytes
    #: UMID of the file package, 32 bytes
    file: bytes


class IdPlace(NamedTuple):
    """One place of a file where a package's id stands; there is one for every frame."""

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
    #: byte of the file at which the shape of the displayed picture stands: two numbers of 4 bytes
    aspect_ratio: int
    #: every place, in file order within the header, then within the body
    places: tuple[IdPlace, ...]
