"""Where an MXF file repeats the ids of its packages."""

from typing import NamedTuple

from attrs import frozen

from proxx_daemon.plan.package_ids import Package


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
