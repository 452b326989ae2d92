"""Colour labels: which of a source's a proxy carries, and under which name they are found there.

The names are those of ffprobe, which are those of ITU-T H.273. The lists hold what was written
and read back with FFmpeg 5.1 and 8.1 in each container; a label beyond them is not carried.
"""

from typing import Final

from attrs import frozen

from proxx_daemon.source.media import Colour, VideoStream

#: ffprobe's words for a label that is not there
_ABSENT: Final = frozenset({"", "unknown", "unspecified", "reserved"})
_PRIMARIES: Final = frozenset(
    {
        "bt709",
        "bt470m",
        "bt470bg",
        "smpte170m",
        "smpte240m",
        "film",
        "bt2020",
        "smpte428",
        "smpte431",
        "smpte432",
    }
)
_TRANSFER: Final = frozenset(
    {
        "bt709",
        "bt470m",
        "bt470bg",
        "smpte170m",
        "smpte240m",
        "linear",
        "log100",
        "log316",
        "iec61966-2-4",
        "bt1361e",
        "iec61966-2-1",
        "bt2020-10",
        "bt2020-12",
        "smpte2084",
        "smpte428",
        "arib-std-b67",
    }
)
_MATRIX: Final = frozenset(
    {
        "bt709",
        "fcc",
        "bt470bg",
        "smpte170m",
        "smpte240m",
        "ycgco",
        "bt2020nc",
        "bt2020c",
        "smpte2085",
        "chroma-derived-nc",
        "chroma-derived-c",
        "ictcp",
    }
)


@frozen
class _Register:
    """How one container labels one item: labels that it lacks, and labels under another name."""

    #: without a number in the container's register
    lacking: frozenset[str]
    #: one number for two names with equal meaning; ffprobe gives the other name back
    renamed: dict[str, str]


#: MXF labels by SMPTE universal labels (ST 2067-21, RP 224). `bt470bg` as a transfer has the
#: number of `bt470m`, which is another curve: no label is better than that one.
_MXF_PRIMARIES: Final = _Register(frozenset({"bt470m", "film"}), {"smpte240m": "smpte170m"})
_MXF_TRANSFER: Final = _Register(
    frozenset({"bt470bg", "log100", "log316", "iec61966-2-1"}),
    {"smpte170m": "bt709", "bt2020-12": "bt2020-10"},
)
_MXF_MATRIX: Final = _Register(
    frozenset({"fcc", "bt2020c", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ictcp"}),
    {"smpte170m": "bt470bg"},
)
#: what RGB becomes on its way into a proxy, all of which are Y'CbCr
RGB_MATRIX: Final = "bt709"
_RGB: Final = frozenset({"gbr", "rgb"})
_RGB_FORMATS: Final = ("gbr", "rgb", "bgr")
#: ffprobe's word for limited (video) range
LIMITED: Final = "tv"


def carried(footage: VideoStream, container: str) -> Colour:
    """Return the colour labels for the proxy of a picture; empty ones are left out."""
    source = footage.colour
    matrix = RGB_MATRIX if is_rgb(footage) else source.matrix
    mxf = container == "mxf"
    return Colour(
        primaries=_label(source.primaries, _PRIMARIES, _MXF_PRIMARIES if mxf else None),
        transfer=_label(source.transfer, _TRANSFER, _MXF_TRANSFER if mxf else None),
        matrix=_label(matrix, _MATRIX, _MXF_MATRIX if mxf else None),
        range=LIMITED,
    )


def found_as(label: Colour, container: str) -> Colour:
    """Return the names under which ffprobe finds the labels of a proxy."""
    if container != "mxf":
        return label
    return Colour(
        primaries=_MXF_PRIMARIES.renamed.get(label.primaries, label.primaries),
        transfer=_MXF_TRANSFER.renamed.get(label.transfer, label.transfer),
        matrix=_MXF_MATRIX.renamed.get(label.matrix, label.matrix),
        range=label.range,
    )


def is_rgb(footage: VideoStream) -> bool:
    """Return whether a picture is RGB: by its matrix, or by the name of its pixel format."""
    return footage.colour.matrix in _RGB or footage.pixel_format.startswith(_RGB_FORMATS)


def _label(label: str, known: frozenset[str], register: _Register | None) -> str:
    if label in _ABSENT or label not in known:
        return ""
    return "" if register is not None and label in register.lacking else label
