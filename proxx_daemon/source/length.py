"""Finds how many frames a source has and when each is shown.

What is promised are the frames that a player shows. An index or the packets tell them at little
cost. Where they cannot, the source is decoded once, before anything is encoded.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.source import constant_rate
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import FieldOrder, MediaInfo, VideoStream
from proxx_daemon.source.packets import Packet, begins_inside, contradict, shown_times
from proxx_daemon.source.probe import Probe
from proxx_daemon.source.structure import avi, sample_times
from proxx_daemon.source.structure.pieces import Pieces

#: what decodes a source: it returns the times of all frames, counted from the start of the file and
#: in the order in which they come out, and raises JobFailed
Decode = Callable[[MediaInfo, VideoStream], FrameTimes]

_MIN_FRAMES: Final = 2
#: frames from which on a last frame is shown longer than the others
_LONGER: Final = Fraction(3, 2)
#: frames by which a first frame may be late and nothing is missing
_MISSING: Final = Fraction(1, 2)
#: Seconds between two frames. FFmpeg takes more than 10 for two recordings, one behind the
#: other; times of decoding are a little before these.
_JUMP: Final = 9
#: codecs of MXF whose frames refer to each other
_IN_GROUPS: Final = frozenset({"h264", "hevc", "mpeg2video"})


@frozen(kw_only=True)
class Length:
    """Frames, rate and duration of a picture stream."""

    #: frames that a player shows
    frames: int
    #: frames per second; the average if the rate varies
    rate: Fraction
    #: seconds, to the end of the last frame
    duration: Fraction
    #: when the frames are shown; None if the rate is constant
    times: FrameTimes | None = None
    #: seconds from the start of the file to the first frame; None if the header tells
    start: Fraction | None = None


@frozen(kw_only=True)
class Reading:
    """What reads a source that is held open."""

    #: its packets
    probe: Probe
    #: its frames, at the cost of the decoding part of an encode
    decode: Decode
    #: its index
    pieces: Pieces


def find(media: MediaInfo, footage: VideoStream, order: FieldOrder, reading: Reading) -> Length:
    """Return the length of a source.

    Raise JobFailed if it cannot be known, if the header promises more frames than there are, and
    if the frames have no times that a proxy can keep.
    """
    header = _from_header(footage)
    packets = _packets(media, footage, reading, header)
    if packets is None or (len(packets) < _MIN_FRAMES and header is not None):
        if header is not None:
            return header
        packets = ()
    times, base = shown_times(packets), footage.time_base
    if len(times) < _MIN_FRAMES or base is None:
        raise failed(
            Code.SOURCE_LENGTH_UNKNOWN,
            f"{media.path} has {len(times)} frames with a time stamp. Its frame rate cannot be "
            "determined.",
        )
    last = max(each.duration for each in packets if each.time == times[-1]) * base
    rate = footage.declared_rate()
    length = length_of(FrameTimes(times, base), last, rate)
    _check_complete(media, footage, length)
    if not _tells_frames(media, footage, order, packets, length):
        decoded = _decoded(media, footage, reading.decode, length)
        length = length_of(decoded, last, rate, start=_begin(media, footage, decoded))
    return length


def _packets(
    media: MediaInfo, footage: VideoStream, reading: Reading, header: Length | None
) -> Sequence[Packet] | None:
    """Return the packets of a picture; None if the header tells all of it."""
    if media.container in ("mov", "mp4"):
        listed = sample_times.packets(reading.pieces, footage)
        if listed is not None:
            return listed
    elif header is not None and not (
        media.container == "avi" and avi.leaves_out_pictures(reading.pieces, footage.index)
    ):
        in_groups = footage.codec in _IN_GROUPS
        if not in_groups or not begins_inside(
            reading.probe.first_packets(media.path, footage.index)
        ):
            return None
    return reading.probe.packets(media.path, footage.index)


def _tells_frames(
    media: MediaInfo,
    footage: VideoStream,
    order: FieldOrder,
    packets: Sequence[Packet],
    length: Length,
) -> bool:
    """Return whether packets are the frames that a decoder makes of them, at the same times."""
    # In a transport stream a packet can hold one field. VP9 has frames that are never shown; in
    # packets of their own they break every constant rate.
    fields = media.container == "ts" and order is not FieldOrder.PROGRESSIVE
    hidden = footage.codec == "vp9" and length.times is not None
    # A recording that was cut inside a picture: only a decoder notices, and HEVC's not before it
    # has decoded all of it.
    cut = media.container == "ts" and footage.codec == "hevc"
    spliced = media.container == "ts" and length.times is not None and _jumps(length.times)
    return not (
        fields
        or hidden
        or spliced
        or cut
        or begins_inside(packets)
        or contradict(packets, footage.reorder_depth)
    )


def _jumps(times: FrameTimes) -> bool:
    """Return whether the clock of a transport stream jumps ahead: FFmpeg closes such a gap."""
    return any((later - earlier) * times.tick > _JUMP for earlier, later in pairwise(times.ticks))


def _decoded(
    media: MediaInfo, footage: VideoStream, decode: Decode, promised: Length
) -> FrameTimes:
    """Return the frames that come out of a decoder; raise JobFailed if no proxy can have them."""
    times = decode(media, footage)
    for number, (earlier, later) in enumerate(pairwise(times.ticks), start=1):
        if later <= earlier:
            raise failed(
                Code.SOURCE_TIMES_INVALID,
                f"{media.path} shows its frame {number} (the first is 0) at "
                f"{float(later * times.tick):.3f} s, and the frame before it at "
                f"{float(earlier * times.tick):.3f} s.",
            )
    if len(times.ticks) < _MIN_FRAMES:
        raise failed(
            Code.SOURCE_LENGTH_UNKNOWN,
            f"FFmpeg decodes {len(times.ticks)} of the frames of {media.path}.",
        )
    late = _begin(media, footage, times) - footage.start
    if media.timecode is not None and late * promised.rate > _MISSING:
        raise failed(
            Code.SOURCE_DAMAGED,
            f"{media.path} begins with {float(late):.3f} s of frames that nothing can decode. Its "
            "timecode is that of the first of them, so that of the first picture is not known.",
            action="Submit the complete clip, from which this one was cut, or an export of it.",
        )
    return times


def _begin(media: MediaInfo, footage: VideoStream, decoded: FrameTimes) -> Fraction:
    """Return the seconds from the start of the file to the first decoded frame.

    FFmpeg counts from the start of the file; in a transport stream, from the first stream that it
    uses, and here that is the picture.
    """
    from_picture = decoded.ticks[0] * decoded.tick
    return from_picture + footage.start if media.container == "ts" else from_picture


def is_average(footage: VideoStream, rate: Fraction) -> bool:
    """Return whether a rate is also the average: FFmpeg's rate alone is the finest step seen."""
    average = footage.average_rate
    return average is not None and abs(average - rate) / rate < Fraction(1, 10000)


def _from_header(footage: VideoStream) -> Length | None:
    """Return the length of the header; None if its three values contradict each other."""
    frames = footage.declared_frames
    rate, duration = footage.declared_rate(), footage.duration
    if frames is None or rate is None or duration is None or footage.time_base is None:
        return None
    if not is_average(footage, rate):
        return None
    if abs(duration - frames / rate) > max(footage.time_base, 1 / (2 * rate)):
        return None
    rate = constant_rate.of_header(rate, frames, footage.time_base)
    return Length(frames=frames, rate=rate, duration=frames / rate)


def length_of(
    times: FrameTimes, last: Fraction, declared: Fraction | None, *, start: Fraction | None = None
) -> Length:
    """Return the length of frames of which the last one is shown for `last` seconds; 0: unknown."""
    frames, span = len(times.ticks), times.seconds(-1)
    rate = constant_rate.of_stamps(times.ticks, times.tick, declared)
    if rate is not None:
        # What is not longer by half a frame is the rounding of a tick.
        longer = last if last * rate > _LONGER else 1 / rate
        duration = (frames - 1) / rate + longer
        return Length(frames=frames, rate=rate, duration=duration, start=start)
    average = (frames - 1) / span if span else Fraction(1)
    # FFmpeg's fps filter shows the last frame for the duration of its packet.
    duration = span + (last or 1 / average)
    return Length(frames=frames, rate=average, duration=duration, times=times, start=start)


def _check_complete(media: MediaInfo, footage: VideoStream, length: Length) -> None:
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
