"""Image sequences: which files of a folder are the frames of one camera RAW clip.

CinemaDNG and ARRIRAW are recorded as one file for each frame. A frame's name ends, before its
extension, with the frame number: four digits or more, zero-padded to one width (CinemaDNG
writes six, ARRI seven). Three digits or fewer number clips, as in A001_C001.ari.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from attrs import frozen

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.source.raw import FrameRange

#: extensions, lower case, of formats that are recorded as one file for each frame
FRAME_EXTENSIONS: Final = frozenset({"ari", "arx", "dng"})
_FRAME: Final = re.compile(r"(?P<before>.*?)(?P<number>[0-9]{4,18})(?P<dot>\.)(?P<ending>[^.]+)")
#: numbers of missing frames that a message lists
_LISTED: Final = 5


@frozen
class _Frame:
    """A file name that is a frame's."""

    #: everything that the frames of one clip share: before the number, its width, the extension
    clip: tuple[str, int, str]
    number: int


def is_frame(name: str) -> bool:
    """Return whether a file name is that of one frame of an image sequence."""
    return _frame(name) is not None


def of_folder(path: str, names: Sequence[str], place: str) -> FrameRange | Problem:
    """Find the one sequence in a folder; `names` are its visible entries.

    Files of other formats (sound, side-car files) are no part of it. Return a Problem
    when there is not exactly one.
    """
    clips = {frame.clip for name in names if (frame := _frame(name)) is not None}
    if len(clips) != 1:
        found = "no frames" if not clips else f"{len(clips)} sequences"
        return _invalid(
            f"The folder '{printable(path)}' holds {found}; it must hold those of one clip.",
            found,
            place,
        )
    return _range(path, names, next(iter(clips)), place)


def of_frame(path: str, names: Sequence[str], place: str) -> FrameRange | Problem | None:
    """Find the sequence that a file is a frame of; None when its name is no frame's.

    `names` are the entries of the file's folder.
    """
    frame = _frame(path.rpartition("/")[2])
    return None if frame is None else _range(path, names, frame.clip, place)


def _frame(name: str) -> _Frame | None:
    found = _FRAME.fullmatch(name)
    if found is None or found["ending"].lower() not in FRAME_EXTENSIONS:
        return None
    return _Frame((found["before"], len(found["number"]), found["ending"]), int(found["number"]))


def _range(
    path: str, names: Sequence[str], clip: tuple[str, int, str], place: str
) -> FrameRange | Problem:
    before, digits, ending = clip
    if "%" in path or "%" in before:
        return _invalid(
            f"'{printable(path)}' has a % in its path, which Resolve reads as a frame number.",
            "%",
            place,
        )
    numbers = sorted(
        frame.number for name in names if (frame := _frame(name)) is not None and frame.clip == clip
    )
    first, last = numbers[0], numbers[-1]
    missing = last - first + 1 - len(numbers)
    if missing:
        listed = _first_missing(numbers)
        more = ", …" if missing > len(listed) else ""
        text = ", ".join(f"{number:0{digits}d}" for number in listed)
        return Problem(
            code=Code.SOURCE_SEQUENCE_GAP,
            path=place,
            message=f"The image sequence of '{printable(path)}' is missing {missing} frame(s) "
            f"between {first:0{digits}d} and {last:0{digits}d}: {text}{more}.",
            found=f"{len(numbers)} frames",
            allowed=f"{last - first + 1} frames without a gap",
        )
    return FrameRange(pattern=f"{before}%0{digits}d.{ending}", first=first, last=last)


def _first_missing(numbers: Sequence[int]) -> list[int]:
    """List the first missing numbers; a range of millions is never walked."""
    missing: list[int] = []
    for earlier, later in pairwise(numbers):
        room = _LISTED - len(missing)
        missing += range(earlier + 1, min(later, earlier + 1 + room))
    return missing


def _invalid(message: str, found: str, place: str) -> Problem:
    return Problem(
        code=Code.SOURCE_SEQUENCE_INVALID,
        path=place,
        message=message,
        found=found,
        allowed="the frames of one clip",
    )
