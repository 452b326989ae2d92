"""Listens to a source's sound: whether it decodes, what players hide, and whether it has gaps.

Of compressed sound the first packets are decoded, which costs one more run of ffprobe. PCM is what
it is; in Matroska, where every packet has a time of its own, all of its times are read.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from attrs import evolve

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.source.matrix import UNKNOWN_CODECS
from proxx_daemon.source.media import AudioStream, MediaInfo, SoundGap
from proxx_daemon.source.probe import Probe
from proxx_daemon.source.probe_answer import moment, understood

#: packets that are decoded of each track: about a second of AAC
_PACKETS: Final = 48
#: packets after which a decoder that works has given a frame: Vorbis and Opus need two or three
_ENOUGH: Final = 4
#: Seconds between two packets of PCM that are still the rounding of their times: Matroska counts
#: milliseconds, and so do the lengths that ffprobe gives.
_ROUNDING: Final = Fraction(5, 1000)
#: codecs whose decoders give a frame for every packet, each with the fewest samples of a frame. A
#: packet without one is an error, and ends the engine.
_FRAME_FOR_EACH_PACKET: Final = {"aac": 1024, "ac3": 1536, "mp2": 1152, "mp3": 576}


def listen(media: MediaInfo, probe: Probe) -> MediaInfo:
    """Return the media with what its tracks hide in front of their start, and the gaps of PCM.

    Raise JobFailed if the first packets of a track cannot be decoded.
    """
    media = _with_gaps(media, probe)
    if not any(_is_compressed(stream) for stream in media.audio):
        return media
    entries = defaultdict(list)
    with understood(media.path):
        for entry in probe.first_sound(media.path, _PACKETS * len(media.audio)):
            entries[entry.get("stream_index")].append(entry)
        heard = (
            _heard(media, track, entries[stream.index]) if _is_compressed(stream) else stream
            for track, stream in enumerate(media.audio)
        )
        return evolve(media, audio=tuple(heard))


def _with_gaps(media: MediaInfo, probe: Probe) -> MediaInfo:
    # Other containers have no time for each packet of PCM: its samples follow each other.
    if media.container != "mkv":
        return media
    audio = tuple(
        stream if _is_compressed(stream) else evolve(stream, gap=_gap(media, stream, probe))
        for stream in media.audio
    )
    return evolve(media, audio=audio)


def _gap(media: MediaInfo, stream: AudioStream, probe: Probe) -> SoundGap | None:
    times = probe.sound_times(media.path, stream.index)
    begin = times[0][0] if times else Fraction(0)
    for (start, length), (following, _) in pairwise(times):
        if abs(following - start - length) > _ROUNDING:
            at = stream.start + start + length - begin
            return SoundGap(at=at, length=following - start - length)
    return None


def _heard(media: MediaInfo, track: int, entries: Sequence[Mapping[str, Any]]) -> AudioStream:
    stream = media.audio[track]
    reason = _fault(stream.codec_name, entries)
    if reason:
        raise failed(
            Code.SOURCE_AUDIO_UNDECODABLE,
            f"Audio track {track + 1} ({stream.codec_name}) of {media.path} {reason}.",
            action="Copy the file again from its card or archive. If you do not need that "
            f"track, {stream.advice_without()}",
        )
    packet, frame = (
        next((moment(entry["pts_time"]) for entry in entries if _is_timed(entry, kind)), None)
        for kind in ("packet", "frame")
    )
    if packet is None or frame is None:
        return stream
    return evolve(stream, hidden=max(Fraction(0), frame - packet))


def _is_timed(entry: Mapping[str, Any], kind: str) -> bool:
    return entry.get("type") == kind and "pts_time" in entry


def _is_compressed(stream: AudioStream) -> bool:
    codec = stream.codec_name
    return not codec.startswith("pcm_") and codec not in UNKNOWN_CODECS


def _fault(codec: str, entries: Sequence[Mapping[str, Any]]) -> str | None:
    """Return what is wrong with the first packets and frames of a track; None for nothing."""
    packets = [entry for entry in entries if entry.get("type") == "packet"]
    # A decoder drops what its encoder added in front, and packets that an edit list hides.
    hidden = sum("D" in packet.get("flags", "") for packet in packets)
    if len(packets) == len(entries) >= _ENOUGH + hidden:
        return "has no sound that can be decoded"
    length = _FRAME_FOR_EACH_PACKET.get(codec)
    if length is None:
        return None
    silent = hidden + sum(_skipped(packet) for packet in packets) // length
    # The frame of a packet comes just behind it; that of the last one may not be here any more.
    lost = sum(
        entry.get("type") == following.get("type") == "packet"
        for entry, following in pairwise(entries)
    )
    return "begins with damaged packets, which cannot be decoded" if lost > silent else None


def _skipped(packet: Mapping[str, Any]) -> int:
    return sum(int(side.get("skip_samples", 0)) for side in packet.get("side_data_list", ()))
