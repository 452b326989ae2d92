"""Measures a source: how many frames, how fast, how long, and which file it is."""

import os
import stat
from collections.abc import Callable
from fractions import Fraction

from attrs import evolve

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.source import constant_rate, length, sound
from proxx_daemon.source import field_order as fields
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.hashing import fingerprint, identity_of
from proxx_daemon.source.length import Reading
from proxx_daemon.source.media import FieldOrder, FileIdentity, MediaInfo, Source, VideoStream
from proxx_daemon.source.opened import opened
from proxx_daemon.source.probe import Probe
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system import storage


def identify(path: str) -> FileIdentity:
    """Return which file is at a path at this moment.

    Raise JobFailed when there is none, or it is not a file that can be read.
    """
    storage.step(path)
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise failed(Code.SOURCE_MISSING, f"Source file '{path}' does not exist.") from None
    except OSError as error:
        raise failed(
            Code.SOURCE_UNREADABLE, f"Source file '{path}' cannot be inspected: {error.strerror}."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise failed(Code.SOURCE_NOT_A_FILE, f"Source '{path}' is not a regular file.")
    if status.st_size == 0:
        raise failed(Code.SOURCE_EMPTY, f"Source file '{path}' is empty.")
    if not os.access(path, os.R_OK):
        raise failed(Code.SOURCE_UNREADABLE, f"Source file '{path}' is not readable by this user.")
    return identity_of(status)


def promised(identity: FileIdentity, media: MediaInfo) -> Source | None:
    """Return a source as its header describes it; None if the header does not state its rate.

    It is used to refuse a source before all of it is read: its length is that of the header, or
    one frame where the header has none, and it has no fingerprint.
    """
    footage = media.footage()
    rate = None if footage is None else footage.declared_rate()
    if footage is None or rate is None or not length.is_average(footage, rate):
        return None
    duration = footage.duration or media.duration or 1 / rate
    frames = footage.declared_frames or max(1, round(duration * rate))
    if footage.time_base is not None:
        rate = constant_rate.of_header(rate, frames, footage.time_base)
    return Source(
        path=media.path,
        identity=identity,
        media=media,
        footage=footage,
        frame_count=frames,
        rate=rate,
        duration=duration,
        fingerprint="",
    )


def measure(
    identity: FileIdentity,
    media: MediaInfo,
    probe: Probe,
    decode: Callable[[MediaInfo, VideoStream, int], FrameTimes],
) -> Source:
    """Measure a source that was probed and routed to FFmpeg.

    `decode` is called with the open file if only a decoder can tell its frames. Raise JobFailed
    when its length cannot be established, its header promises more frames than there are, or its
    sound cannot be decoded from its start.
    """
    with opened(media.path, identity) as descriptor, probe.holding(media.path, descriptor):
        reading = Reading(
            probe=probe,
            decode=lambda media, footage: decode(media, footage, descriptor),
            pieces=Pieces.of(descriptor),
        )
        return _measured(descriptor, identity, media, reading)


def _measured(
    descriptor: int, identity: FileIdentity, media: MediaInfo, reading: Reading
) -> Source:
    footage = media.footage()
    if footage is None:
        raise failed(Code.SOURCE_UNSUPPORTED, f"{media.path} has no video stream.")
    order = _field_order(media, footage, reading.probe)
    found = length.find(media, footage, order, reading)
    media = sound.listen(media, reading.probe)
    if found.start is not None:
        footage = evolve(footage, start=max(Fraction(0), found.start))
    return Source(
        path=media.path,
        identity=identity,
        media=media,
        footage=footage,
        frame_count=found.frames,
        rate=found.rate,
        duration=found.duration,
        fingerprint=fingerprint(descriptor, identity, media),
        field_order=order,
        times=found.times,
    )


def _field_order(media: MediaInfo, footage: VideoStream, probe: Probe) -> FieldOrder:
    """Return the field order: that of the header if it is progressive, else of the first frames."""
    if not fields.needs_frames(footage.field_order, footage.codec):
        return FieldOrder.PROGRESSIVE
    return fields.of_frames(probe.first_frames(media.path, footage.index))


def check_unchanged(path: str, identity: FileIdentity) -> None:
    """Raise JobFailed if a source is no longer the file that was measured."""
    try:
        now = identify(path)
    except JobFailed as error:
        raise failed(Code.SOURCE_CHANGED, error.failure.message) from None
    if now != identity:
        raise failed(Code.SOURCE_CHANGED, f"'{path}' changed while it was being encoded.")
