"""Write the ids, the tape and the picture shape of an MXF proxy after the encode.

Verification checks the ids and the tape.
"""

import errno
import os
import struct
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.output import mxf_file
from proxx_daemon.output.check import Check
from proxx_daemon.output.mxf_layout import MxfLayout
from proxx_daemon.output.mxf_sets import UnexpectedLayout
from proxx_daemon.output.mxf_tape import Number
from proxx_daemon.output.seal import io_failure, size_of_partial
from proxx_daemon.plan import umid
from proxx_daemon.plan.plan import ClipPlan
from proxx_daemon.plan.umid import Package, PackageIds
from proxx_daemon.system import storage

#: a link is not followed, and a FIFO does not block
_FLAGS: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def stamp(clip: ClipPlan) -> None:
    """Write the planned ids, the tape and the shape of the picture; nothing without ids.

    Essence is not read. Nothing is flushed here: publication does that. Raise JobFailed if the
    file has an unexpected layout, or its disk fails.
    """
    if clip.package_ids is None:
        return
    size_of_partial(clip.partial_path)
    layout = _layout(clip.partial_path)
    wanted = _wanted(clip.package_ids, layout)
    try:
        descriptor = os.open(clip.partial_path, os.O_WRONLY | _FLAGS)
        try:
            for place in layout.places:
                _write(descriptor, wanted[place.package], place.offset)
            for _, number in _tape_numbers(layout):
                for offset in number.places:
                    _write(descriptor, struct.pack(">q", number.wanted), offset)
            _write(descriptor, _shape(clip), layout.aspect_ratio)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JobFailed(io_failure(error, clip.partial_path)) from error


def _write(descriptor: int, value: bytes, offset: int) -> None:
    if value and os.pwrite(descriptor, value, offset) != len(value):
        raise OSError(errno.EIO, "a value was only written in part")


def _shape(clip: ClipPlan) -> bytes:
    """Return the shape of the displayed picture as two numbers; empty if it is not known.

    For DNxHR FFmpeg's muxer writes width to height, as if all pixels were square.
    """
    expected = clip.expectation
    pixel = expected.sample_aspect_ratio
    if pixel is None:
        return b""
    shape = pixel * expected.width / expected.height
    return struct.pack(">ii", shape.numerator, shape.denominator)


def checks(clip: ClipPlan) -> tuple[Check, ...]:
    """Read the partial file again and return a check for each of its ids, and for its tape.

    Reading compares every reference with the id of its package. Raise JobFailed as `stamp` does.
    """
    if clip.package_ids is None:
        return ()
    layout = _layout(clip.partial_path)
    wanted = _wanted(clip.package_ids, layout)
    ids = tuple(
        Check(
            name=f"mxf_{package}_umid",
            expected=umid.text(wanted[package]),
            found=umid.text(found),
            passed=found == wanted[package],
        )
        for package, found in layout.ids.items()
    )
    numbers = tuple(
        Check(
            name=name,
            expected=number.wanted,
            found=number.found,
            passed=number.found == number.wanted,
        )
        for name, number in _tape_numbers(layout)
    )
    return ids + numbers


def _tape_numbers(layout: MxfLayout) -> tuple[tuple[str, Number], ...]:
    """Return the numbers, in frames, that put the clip on its tape, each with its check's name."""
    tape = layout.tape
    if tape is None:
        return ()
    return (
        ("mxf_tape_start", tape.start),
        ("mxf_tape_duration", tape.duration),
        ("mxf_tape_position", tape.position),
    )


def _wanted(ids: PackageIds, layout: MxfLayout) -> dict[Package, bytes]:
    """Return the id of each package; that of the tape follows from what the tape is."""
    wanted = {Package.MATERIAL: ids.material, Package.FILE: ids.file}
    tape = layout.tape
    if tape is None:
        return wanted
    made = umid.tape_id(tape.name, rate=tape.rate, drop=tape.drop, tracks=tape.tracks)
    return {**wanted, Package.TAPE: made}


def _layout(path: str) -> MxfLayout:
    storage.step(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | _FLAGS)
        try:
            return mxf_file.read_layout(descriptor)
        finally:
            os.close(descriptor)
    except UnexpectedLayout as error:
        raise JobFailed.of(
            Code.OUTPUT_LAYOUT_UNEXPECTED, f"The ids of the MXF output cannot be set: {error}."
        ) from None
    except OSError as error:
        raise JobFailed(io_failure(error, path)) from error
