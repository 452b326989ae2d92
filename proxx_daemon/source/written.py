"""Describes a proxy that was just written: its streams, and when each of its frames is shown."""

import os

from attrs import evolve

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.source.media import MediaInfo
from proxx_daemon.source.packets import shown_times
from proxx_daemon.source.probe import Probe
from proxx_daemon.source.structure import check, sample_times
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system import storage


def describe(path: str, probe: Probe) -> MediaInfo:
    """Return what ffprobe finds in a proxy, with the number and the times of its frames.

    The index of MOV and MP4 has them; of other files every packet is read. Raise JobFailed if the
    file lacks what its structure promises, or cannot be read.
    """
    storage.step(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise failed(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror}.") from error
    try:
        pieces = Pieces.of(descriptor)
        check.check(path, pieces)
        media = probe.describe(path)
        footage = media.footage()
        if footage is None:
            return media
        packets = None
        if media.container in ("mov", "mp4"):
            packets = sample_times.packets(pieces, footage)
        if packets is None:
            packets = probe.packets(path, footage.index)
    finally:
        os.close(descriptor)
    counted = evolve(
        footage,
        counted_packets=sum(packet.shown for packet in packets),
        times=shown_times(packets),
    )
    video = tuple(counted if stream is footage else stream for stream in media.video)
    return evolve(media, video=video)
