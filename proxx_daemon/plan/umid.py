"""The ids of the packages of an MXF file: UMIDs that are the same on every run.

The structure is that of SMPTE ST 377-1; ids are basic UMIDs of SMPTE ST 330, 32 bytes each.

FFmpeg's bit-exact MXF muxer writes ids of zeros, so that every file looks like the same clip.
Without that flag it writes random ids, so that no two runs agree. Proxx derives them from the
transformation. Decision 6 explains the fields.
"""

import hashlib
from enum import StrEnum
from fractions import Fraction
from typing import Final

from attrs import frozen

from proxx_daemon.jobspec import frame_rate

#: bytes of a basic UMID (SMPTE ST 330)
LENGTH: Final = 32
#: what every UMID begins with: the label's SMPTE designator
DESIGNATOR: Final = bytes.fromhex("060a2b34")
#: Label, length and instance: material type not identified (0F), the material number is a UUID
#: and there is no method for the instance number (20), 19 bytes follow (13), instance 0.
_HEAD: Final = bytes.fromhex("060a2b340101010501010f2013000000")
#: changes with the derivation, so that ids of two methods are never equal
_METHOD: Final = "proxx-umid-2"


class Package(StrEnum):
    """The packages that a proxy has."""

    #: what an editor sees and cuts
    MATERIAL = "material"
    #: the essence in this file
    FILE = "file"
    #: the reel that the essence comes from; only if the file names one
    TAPE = "tape"


@frozen(kw_only=True)
class PackageIds:
    """The ids that belong to one transformation of one source."""

    #: UMID of the material package, 32 bytes
    material: bytes
    #: UMID of the file package, 32 bytes
    file: bytes


def package_ids(transformation: str) -> PackageIds:
    """Return the ids of material and file package for a transformation's fingerprint."""
    return PackageIds(
        material=_umid(Package.MATERIAL, transformation), file=_umid(Package.FILE, transformation)
    )


def tape_id(reel: str, *, rate: Fraction, drop: bool, tracks: int) -> bytes:
    """Return the id of the tape package of a reel, which all its clips of one kind share.

    Readers know one package by one id, so everything in which two such packages can differ is
    part of it: frames per second, drop-frame or not, the number of tracks, and the reel's name.
    """
    count = "drop" if drop else "non-drop"
    return _umid(Package.TAPE, f"{frame_rate.fraction_text(rate)}\n{count}\n{tracks}\n{reel}")


def text(umid: bytes) -> str:
    """Return a UMID as ffprobe writes it."""
    return "0x" + umid.hex().upper()


def _umid(package: Package, value: str) -> bytes:
    digest = hashlib.sha256(f"{_METHOD}\n{package}\n{value}".encode("utf-8", "surrogatepass"))
    number = bytearray(digest.digest()[:16])
    # A UUID of version 8 (RFC 9562): custom content, here a truncated SHA-256.
    number[6] = number[6] & 0x0F | 0x80
    number[8] = number[8] & 0x3F | 0x80
    return _HEAD + bytes(number)
