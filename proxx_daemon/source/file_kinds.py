"""What a file in a folder of footage is, by its name alone: a clip, or something beside clips."""

import re
from enum import StrEnum
from typing import Final

from attrs import frozen

from proxx_daemon.source import image_sequence
from proxx_daemon.source.matrix import CONTAINER_EXTENSIONS
from proxx_daemon.source.routing import raw_by_name


class FileKind(StrEnum):
    """What a name says about its file."""

    #: a clip in a container of the source capability matrix
    CLIP = "clip"
    #: a clip of camera RAW in one file
    RAW = "raw"
    #: one frame of camera RAW: the clip is its folder
    FRAME = "frame"
    #: a file that systems and programs hide
    HIDDEN = "hidden"
    #: what cameras and copiers write beside clips
    SIDECAR = "sidecar"
    #: a video file of a kind that no engine takes
    FOREIGN = "foreign"
    #: everything else
    OTHER = "other"


@frozen(kw_only=True)
class FoundClip:
    """One clip of a walked folder."""

    #: path of the file, or of the folder that holds the frames
    path: str
    #: path of the folder that it is in, below the walked folder; empty directly in it
    subfolder: str = ""
    #: it is the folder of an image sequence
    is_folder: bool = False


_CLIPS: Final = frozenset(name for names in CONTAINER_EXTENSIONS.values() for name in names)
#: metadata, indices, thumbnails and the camera's own previews
_SIDECARS: Final = frozenset(
    re.findall(
        r"\w+",
        "ale bdm bim bup cif cpf cpi ctg cue dat edl fcpxml ifo lrf lrv mhl mif mpl ppn rmd rsv "
        "rtn sidecar sif smi srt thm xml xmp",
    )
)
_FOREIGN: Final = frozenset(
    re.findall(
        r"\w+",
        "264 265 3g2 3gp asf divx dv f4v flv gxf h264 h265 hevc m1v m2v mk3d mod mpe mpeg mpg mpv "
        "ogm ogv rm rmvb tod tp trp vob wmv y4m",
    )
)


def extension_of(name: str) -> str:
    """Return the extension of a file name in lower case, without the dot; empty without one."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def kind_of(name: str) -> FileKind:
    """Return what a file is, by its name."""
    extension = extension_of(name)
    kinds = (
        (name.startswith("."), FileKind.HIDDEN),
        (extension in _CLIPS, FileKind.CLIP),
        (image_sequence.is_frame(name), FileKind.FRAME),
        (raw_by_name(name) is not None, FileKind.RAW),
        (extension in _SIDECARS, FileKind.SIDECAR),
        (extension in _FOREIGN, FileKind.FOREIGN),
    )
    return next((kind for fits, kind in kinds if fits), FileKind.OTHER)
