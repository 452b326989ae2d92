"""Colour labels: which labels of a source its proxy gets, and their names in ffprobe's answer.

The names are those of ffprobe, which are those of ITU-T H.273. The lists hold what was written
and read back with FFmpeg 5.1 and 8.1 in each container; a label beyond them is not carried.
"""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.source.media import Colour, VideoStream

#: Every label that a proxy can carry, with the name that it has in MXF, by SMPTE universal labels
#: (ST 2067-21, RP 224): one number can stand for two names with equal meaning. None: MXF has no
#: number for it. `bt470bg` as a transfer has the number of `bt470m`, which is another curve: no
#: label is better than that one.
_PRIMARIES: Final = {
    "bt709": "bt709",
    "bt470m": None,
    "bt470bg": "bt470bg",
    "smpte170m": "smpte170m",
    "smpte240m": "smpte170m",
    "film": None,
    "bt2020": "bt2020",
    "smpte428": "smpte428",
    "smpte431": "smpte431",
    "smpte432": "smpte432",
}
_TRANSFER: Final = {
    "bt709": "bt709",
    "bt470m": "bt470m",
    "bt470bg": None,
    "smpte170m": "bt709",
    "smpte240m": "smpte240m",
    "linear": "linear",
    "log100": None,
    "log316": None,
    "iec61966-2-4": "iec61966-2-4",
    "bt1361e": "bt1361e",
    "iec61966-2-1": None,
    "bt2020-10": "bt2020-10",
    "bt2020-12": "bt2020-10",
    "smpte2084": "smpte2084",
    "smpte428": "smpte428",
    "arib-std-b67": "arib-std-b67",
}
_MATRIX: Final = {
    "bt709": "bt709",
    "fcc": None,
    "bt470bg": "bt470bg",
    "smpte170m": "bt470bg",
    "smpte240m": "smpte240m",
    "ycgco": "ycgco",
    "bt2020nc": "bt2020nc",
    "bt2020c": None,
    "smpte2085": None,
    "chroma-derived-nc": None,
    "chroma-derived-c": None,
    "ictcp": None,
}
#: what RGB becomes on its way into a proxy, all of which are Y'CbCr
RGB_MATRIX: Final = "bt709"
_RGB: Final = frozenset({"gbr", "rgb"})
_RGB_FORMATS: Final = ("gbr", "rgb", "bgr")
#: ffprobe's word for limited (video) range
LIMITED: Final = "tv"


def carried(footage: VideoStream, container: str) -> Colour:
    """Return the colour labels for the proxy of a picture; empty ones are left out."""
    source = footage.colour
    mxf = container == "mxf"
    return Colour(
        primaries=_label(source.primaries, _PRIMARIES, mxf=mxf),
        transfer=_label(source.transfer, _TRANSFER, mxf=mxf),
        matrix=_label(RGB_MATRIX if is_rgb(footage) else source.matrix, _MATRIX, mxf=mxf),
        range=LIMITED,
    )


def found_as(label: Colour, container: str) -> Colour:
    """Return the names under which ffprobe finds the labels of a proxy."""
    if container != "mxf":
        return label
    return Colour(
        primaries=_PRIMARIES.get(label.primaries) or label.primaries,
        transfer=_TRANSFER.get(label.transfer) or label.transfer,
        matrix=_MATRIX.get(label.matrix) or label.matrix,
        range=label.range,
    )


def is_rgb(footage: VideoStream) -> bool:
    """Return whether a picture is RGB: by its matrix, or by the name of its pixel format."""
    return footage.colour.matrix in _RGB or footage.pixel_format.startswith(_RGB_FORMATS)


def _label(label: str, known: Mapping[str, str | None], *, mxf: bool) -> str:
    return label if label in known and (known[label] or not mxf) else ""
