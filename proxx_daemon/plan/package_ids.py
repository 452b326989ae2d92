"""What identifies an MXF file: the ids of its packages.

The structure is that of SMPTE ST 377-1; ids are basic UMIDs of SMPTE ST 330, 32 bytes each.
"""

from enum import StrEnum

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
