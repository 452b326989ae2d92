"""Measures a source: how many frames, how fast, how long, and which file it is.

The container's header is used if frame count, rate and duration agree with each other. If they
do not, the whole file is read once for the time stamp of every packet.
"""

import os
import stat
from fractions import Fraction
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.source import field_order as fields
from proxx_daemon.source.hashing import fingerprint, identity_of
from proxx_daemon.source.media import FieldOrder, FileIdentity, MediaInfo, Source, VideoStream
from proxx_daemon.source.probe import Probe
from proxx_daemon.system import storage

_MIN_PACKETS: Final = 2


@frozen(kw_only=True)
class _Length:
    """Frames, rate and duration of a picture stream."""

    frames: int
    rate: Fraction
    constant: bool
    duration: Fraction


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
    rate = None if footage is None else _declared_rate(footage)
    if footage is None or rate is None or not _close(footage.average_rate, rate):
        return None
    duration = footage.duration or media.duration or 1 / rate
    return Source(
        path=media.path,
        identity=identity,
        media=media,
        footage=footage,
        frame_count=footage.declared_frames or max(1, round(duration * rate)),
        rate=rate,
        constant_rate=True,
        duration=duration,
        fingerprint="",
    )


def measure(identity: FileIdentity, media: MediaInfo, probe: Probe) -> Source:
    """Measure a source that was probed and routed to FFmpeg.

    Raise JobFailed when its length cannot be established or its header promises more frames
    than there are.
    """
    footage = media.footage()
    if footage is None:
        raise failed(Code.SOURCE_UNSUPPORTED, f"{media.path} has no video stream.")
    length = _from_header(footage) or _from_packets(media, footage, probe)
    return Source(
        path=media.path,
        identity=identity,
        media=media,
        footage=footage,
        frame_count=length.frames,
        rate=length.rate,
        constant_rate=length.constant,
        duration=length.duration,
        fingerprint=fingerprint(identity, media),
        field_order=_field_order(media, footage, probe),
    )


def _field_order(media: MediaInfo, footage: VideoStream, probe: Probe) -> FieldOrder:
    """Return the field order: that of the header if it is progressive, else of the first frames."""
    if not fields.needs_frames(footage.field_order, footage.codec):
        return FieldOrder.PROGRESSIVE
    return fields.of_frames(probe.first_frames(media.path, footage.index))


def _from_header(footage: VideoStream) -> _Length | None:
    """Return the length of the header; None if its three values contradict each other."""
    frames = footage.declared_frames
    rate, duration = _declared_rate(footage), footage.duration
    if frames is None or rate is None or duration is None or footage.time_base is None:
        return None
    # The average rate distinguishes a variable rate from a constant one: r_frame_rate alone
    # is only the finest step that was seen.
    if footage.average_rate != rate and not _close(footage.average_rate, rate):
        return None
    if abs(duration - frames / rate) > max(footage.time_base, 1 / (2 * rate)):
        return None
    return _Length(frames=frames, rate=rate, constant=True, duration=frames / rate)


def _declared_rate(footage: VideoStream) -> Fraction | None:
    return None if footage.rate is None else frame_rate.unrounded(footage.rate)


def _close(average: Fraction | None, rate: Fraction) -> bool:
    return average is not None and abs(average - rate) / rate < Fraction(1, 10000)


def _from_packets(media: MediaInfo, footage: VideoStream, probe: Probe) -> _Length:
    packets = probe.packet_times(media.path, footage.index)
    times = tuple(time for time, _ in packets)
    base = footage.time_base
    if len(times) < _MIN_PACKETS or base is None:
        raise failed(
            Code.SOURCE_LENGTH_UNKNOWN,
            f"{media.path} has {len(times)} frames with a time stamp. Its frame rate cannot be "
            "determined.",
        )
    rate = _declared_rate(footage)
    if rate is not None and _is_constant(times, base, rate):
        frames = len(times)
        length = _Length(frames=frames, rate=rate, constant=True, duration=frames / rate)
    else:
        span = (times[-1] - times[0]) * base
        average = (len(times) - 1) / span if span else Fraction(1)
        # FFmpeg's fps filter shows the last frame for the duration of its packet.
        last = packets[-1][1] * base
        duration = span + (last or 1 / average)
        length = _Length(frames=len(times), rate=average, constant=False, duration=duration)
    _check_complete(media, footage, length)
    return length


def _is_constant(times: tuple[int, ...], base: Fraction, rate: Fraction) -> bool:
    """Return whether every frame lies within one tick of start + n / rate."""
    start = times[0]
    step = 1 / (rate * base)
    return all(abs(time - start - number * step) <= 1 for number, time in enumerate(times))


def _check_complete(media: MediaInfo, footage: VideoStream, length: _Length) -> None:
    """Refuse a source that ends well before the end that its header states."""
    declared = footage.duration or media.duration
    if declared is None or footage.declared_frames is not None:
        return
    missing = declared - length.duration
    # Audio may outlast the picture by a little; a cut-off file is missing more than that.
    if missing > max(Fraction(1), declared / 20):
        raise failed(
            Code.SOURCE_TRUNCATED,
            f"The header of {media.path} states {float(declared):.2f} s, but the file holds "
            f"only {float(length.duration):.2f} s of picture.",
        )


def check_unchanged(path: str, identity: FileIdentity) -> None:
    """Raise JobFailed if a source is no longer the file that was measured."""
    try:
        now = identify(path)
    except JobFailed as error:
        raise failed(Code.SOURCE_CHANGED, error.failure.message) from None
    if now != identity:
        raise failed(Code.SOURCE_CHANGED, f"'{path}' changed while it was being encoded.")
