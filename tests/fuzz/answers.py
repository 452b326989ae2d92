"""Readers of what other programs say: ffprobe, FFmpeg, a session with Resolve, HTTP clients."""

import json
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from attrs import frozen
from crash_site import clip_plan
from fuzz import media, place
from unit import records

from proxx_daemon.engines.ffmpeg import decoding, encode, inspection
from proxx_daemon.engines.ffmpeg.last_picture import LastPicture
from proxx_daemon.engines.ffmpeg.undecoded import UndecodedPart
from proxx_daemon.engines.log import EngineLog
from proxx_daemon.engines.resolve.listener import Listener, SessionLimits
from proxx_daemon.job.progress import ClipProgress
from proxx_daemon.monitor import exchanges, metrics_server
from proxx_daemon.source import length, plain_words, probe, probe_answer, sound, timecode
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.length import Reading
from proxx_daemon.source.media import FieldOrder, MediaInfo, VideoStream
from proxx_daemon.source.packets import Packet, read_packet
from proxx_daemon.source.structure.pieces import Pieces
from proxx_daemon.system.child import ChildExit, Ending, RunLimits
from proxx_daemon.system.stream import Stream

if TYPE_CHECKING:
    from proxx_daemon.source.probe import Probe

_PATH: Final = "/media/A001.mkv"
_LIMITS: Final = RunLimits(wall_seconds=1.0, stall_seconds=None)
#: one picture in time base 1/1000, of which only its packets tell more
_PICTURE: Final = records.footage(
    declared_frames=None, duration=Fraction(1), time_base=Fraction(1, 1000), reorder_depth=2
)


@frozen
class _FakeProbe:
    """Gives one answer to whoever asks; it runs nothing."""

    found: Sequence[Packet] = ()
    sound: Sequence[dict[str, Any]] = ()

    def packets(self, _path: str, _stream: int) -> Sequence[Packet]:
        return self.found

    def first_packets(self, _path: str, _stream: int) -> Sequence[Packet]:
        return self.found

    def first_sound(self, _path: str, _packets: int) -> Sequence[dict[str, Any]]:
        return self.sound


def probed(data: bytes) -> None:
    """Read ffprobe's description of a file, and what it says of its sound."""
    document = probe_answer.parsed(_PATH, data)
    info = probe_answer.read_answer(_PATH, document, readable_as=str(place.file(b"")))
    footage = info.footage()
    if footage is not None:
        footage.declared_rate()
        footage.upright_aspect()
    if info.timecode is not None:
        _address(info.timecode)
    entries = probe_answer.objects(_PATH, document, "packets_and_frames")
    sound.listen(records.media(), cast("Probe", _FakeProbe(sound=entries)))


def _address(text: str) -> None:
    code = timecode.parse(text)
    if code is None:
        return
    for old in (Fraction(25), Fraction(30000, 1001), Fraction(120000, 1001)):
        if timecode.fault(code, old) is None:
            for new in (Fraction(24), Fraction(60000, 1001)):
                assert timecode.fault(timecode.at_rate(code, old, new), new) is None


def probes() -> Iterator[bytes]:
    """Yield what ffprobe says of small files, and of their sound."""
    for path in media.files():
        yield media.probed(path, "-show_format", "-show_streams", "-show_packets")
        entries = "packet=stream_index,pts_time,flags:packet_side_data=skip_samples"
        frames = "frame=stream_index,pts_time"
        yield media.probed(
            path,
            *("-select_streams", "a", "-show_packets", "-show_frames"),
            *("-show_entries", f"{entries}:{frames}"),
        )


def packets(data: bytes) -> None:
    """Read the packets of a picture as ffprobe lists them, and find the length of the source."""
    lines = (line.decode("ascii", "replace") for line in data.splitlines())
    found = tuple(packet for line in lines if (packet := read_packet(line)) is not None)
    _length(found, FrameTimes(range(25), Fraction(1, 25)))


def packet_lists() -> Iterator[bytes]:
    """Yield the packets of a stream with B-frames, and what ffprobe writes without a time."""
    yield b"0,40,K__\n120,40,___\n40,40,___\n80,40,___\n160,40,K__\n"
    yield b"0,33,K__\n33,33,__D\nN/A,N/A,K__\n67,34,K__,,\n"


def decoded(data: bytes) -> None:
    """Read FFmpeg's log of a decode, and find the length of the source from its frames."""
    frames = decoding._Frames()
    frames.lines(data.splitlines())
    if frames.tick is not None:
        begun = (Packet(40, 40, key=False, shown=True), Packet(80, 40, key=True, shown=True))
        _length(begun, FrameTimes(tuple(frames.ticks), frames.tick))


def decode_logs() -> Iterator[bytes]:
    """Yield the log of a decode with FFmpeg's filter `showinfo`."""
    yield (
        b"[Parsed_showinfo_0 @ 0x55d0] [info] config in time_base: 1/25, frame_rate: 25/1\n"
        b"[Parsed_showinfo_0 @ 0x55d0] [info] n:   0 pts:      0 pts_time:0       duration: 1\n"
        b"[Parsed_showinfo_0 @ 0x55d0] [info] n:   1 pts:      1 pts_time:0.04    duration: 1\n"
        b"[Parsed_showinfo_0 @ 0x55d0] [info] n:   2 pts:  NOPTS pts_time:0.04    duration: 1\n"
    )


def _length(found: Sequence[Packet], times: FrameTimes) -> None:
    def decode(_media: MediaInfo, _footage: VideoStream) -> FrameTimes:
        return times

    descriptor = os.open(place.file(b""), os.O_RDONLY)
    try:
        reading = Reading(
            probe=cast("Probe", _FakeProbe(found)), decode=decode, pieces=Pieces.of(descriptor)
        )
        info = records.media(container="mkv", video=(_PICTURE,), timecode="01:00:00:00")
        known = length.find(info, _PICTURE, FieldOrder.PROGRESSIVE, reading)
    finally:
        os.close(descriptor)
    assert known.frames >= 2
    assert known.rate > 0
    assert known.duration > 0


def said(data: bytes) -> None:
    """Read what ffprobe and FFmpeg write to their logs, and say why they failed."""
    complaints, log, undecoded = probe._Complaints(), EngineLog(keep=None), UndecodedPart()
    lines = data.splitlines()
    complaints.lines(lines)
    log.lines(lines)
    for line in lines:
        undecoded.line(line)
    texts = [line.decode("utf-8", "replace") for line in lines]
    plain_words.access_problem(texts)
    for code in (0, 1, -9, -64):
        exit_ = ChildExit(ending=Ending.EXITED, code=code)
        encode.judge(exit_, tuple(log.tail), _LIMITS, undecoded.said)
    probe._judge(_PATH, ChildExit(ending=Ending.EXITED, code=0), complaints)


def logs() -> Iterator[bytes]:
    """Yield messages of ffprobe and FFmpeg."""
    yield b"[h264 @ 0x55] [error] Picture size 30000x30000 exceeds specified max pixel count\n"
    yield b"[mov,mp4,m4a @ 0x55] [error] Skipped opening external track: a.mov\n"
    yield b"[h264 @ 0x55] [error] error while decoding MB 3 4, bytestream -5\n"
    yield b"[error] file:/a.mov: Invalid data found when processing input\n"
    yield b"[out#0/mov @ 0x55] [error] Error writing trailer: No space left on device\n"


def last_picture(data: bytes) -> None:
    """Look at the last picture of an MPEG-2 stream, in pieces of several lengths."""
    for length_ in (7, 4096):
        last = LastPicture()
        for place_ in range(0, len(data), length_):
            last.piece(data[place_ : place_ + length_])
        last.lacks_rows()


def streams() -> Iterator[bytes]:
    """Yield the codes of an MPEG-2 stream that ends with a field."""
    size = b"\0\0\1\xb3\x14\x00\x40\x13"
    field = b"\0\0\1\xb5\x8f\xff\xf1\x80"
    yield size + b"\0\0\1\0\0\x0f\xff" + field + b"\0\0\1\1abcd\0\0\1\2efgh"


def progress(data: bytes) -> None:
    """Read FFmpeg's reports of its progress."""

    def report(told: ClipProgress) -> None:
        assert 0 <= told.fraction <= 1
        assert all(each is None or math.isfinite(each) for each in (told.fps, told.speed))
        assert told.seconds_left is None or math.isfinite(told.seconds_left)

    reader = encode._Progress(clip_plan(0, place.folder()), 1, report)
    reader.lines(data.splitlines())
    assert sum(len(key) + len(value) for key, value in reader.block.items()) < 4096


def reports() -> Iterator[bytes]:
    """Yield two reports of FFmpeg."""
    yield b"frame=0\nfps=0.00\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n"
    yield b"frame=48\nfps=96.1\ntotal_size=4711\nout_time_us=2000000\nspeed=   4x\nprogress=end\n"


def inspected(data: bytes) -> None:
    """Read what an FFmpeg says of itself."""
    text = data.decode("utf-8", "replace")
    lines = inspection._CODEC.findall(text)
    inspection._coders(lines, 0, "decoders")
    inspection._check_age("/opt/ffmpeg", inspection._version("/opt/ffmpeg", "ffmpeg", text))


def inspections() -> Iterator[bytes]:
    """Yield the beginning of FFmpeg's banner, and lines of its list of codecs."""
    yield b"ffmpeg version n8.1.2 Copyright (c) 2000-2026 the FFmpeg developers\n"
    yield (
        b"ffmpeg version 9.0\n DEV.LS h264  H.264 (decoders: h264 h264_cuvid) (encoders: libx264)\n"
        b" D.V.L. av1  Alliance for Open Media AV1 (decoders: libdav1d av1)\n"
    )


def session(data: bytes) -> None:
    """Read the reports of a session with Resolve."""
    limits = SessionLimits(render_seconds=None, stall_seconds=60.0)
    listener = Listener(limits, lambda _: None, lambda _facts, _tracks: None)
    for line in data.splitlines():
        listener.lines((line,))
        listener.deadline()
    assert 0 <= listener.percent <= 100
    for step in listener.steps:
        assert step.seconds is None or math.isfinite(step.seconds)


def sessions() -> Iterator[bytes]:
    """Yield the reports of a whole session, in two parts."""
    properties = {
        "FPS": "23.976",
        "Frames": "48",
        "Start TC": "01:00:00:00",
        "Resolution": "4096x2160",
        "Audio Ch": "2",
        "Reel Name": "A001",
    }
    begin: list[dict[str, Any]] = [
        {"event": "step", "step": "connect"},
        {"event": "call", "call": "scriptapp", "returned": "object"},
        {"event": "step_done", "seconds": 0.5},
        {"event": "resolve", "product": "DaVinci Resolve Studio", "version": "19.0.1"},
        {"event": "presets", "names": ["ProRes LT"]},
    ]
    rest: list[dict[str, Any]] = [
        {"event": "clip", "properties": properties},
        {"event": "tracks", "kinds": ["stereo"]},
        {"event": "progress", "percent": 40},
        {"event": "rendered"},
        {"event": "failed", "code": "RESOLVE_RENDER_FAILED", "message": "no"},
        {"event": "left_behind", "message": "no"},
    ]
    for part in (begin, rest):
        yield b"\n".join(json.dumps(each).encode() for each in part)


def http(data: bytes) -> None:
    """Read an HTTP request for the metrics; where this raises, the server hangs up."""
    memory = exchanges._Memory(data[: exchanges._LONGEST])
    with suppress(Exception):
        metrics_server._Handler(memory, ("127.0.0.1", 1), _FakeServer())  # type: ignore[arg-type]
    assert len(memory.answer) < 65536
    assert not data.startswith(b"GET / HTTP/1.0\r\n\r\n") or b"good" in memory.answer


class _FakeServer:
    """Has what the parser asks a server for; it does not listen."""

    server_name, server_port = "127.0.0.1", 9464

    def __init__(self) -> None:
        self.base_environ: dict[str, str] = {}

    def get_app(self) -> Any:
        return _application


def _application(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [("Content-Length", "4")])
    return [b"good" if environ["PATH_INFO"] == "/" else b"none"]


def http_requests() -> Iterator[bytes]:
    """Yield requests of a monitoring system and of a browser."""
    yield b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:9464\r\nAccept: text/plain\r\n\r\n"
    yield b"GET / HTTP/1.0\r\n\r\n"
    yield b"HEAD /healthz HTTP/1.0\r\nContent-Length: 7\r\nX-A: b\r\n c\r\n\r\n"


def output(data: bytes) -> None:
    """Split what a child writes into lines."""
    lines: list[bytes] = []
    reader, writer = os.pipe()
    with open(reader, "rb", buffering=0) as pipe:
        with open(writer, "wb", buffering=0) as end:
            end.write(data)
        stream = Stream(pipe, lines.extend)
        while stream.feed():
            pass
        stream.finish()
    assert all(lines)
    assert b"".join(lines) == data.replace(b"\r", b"").replace(b"\n", b"")


def outputs() -> Iterator[bytes]:
    """Yield lines with all ends of lines."""
    yield b"one\ntwo\r\nthree\rfour"
