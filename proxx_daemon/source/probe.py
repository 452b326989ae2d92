"""Runs ffprobe on a file and returns its answer as records."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Final

from attrs import define, field

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, failed, failure
from proxx_daemon.source import bounds, plain_words
from proxx_daemon.source.media import MediaInfo
from proxx_daemon.source.packets import Packet, read_packet
from proxx_daemon.source.probe_answer import moment, objects, parsed, read_answer
from proxx_daemon.system import child, held_file
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged

#: bytes of answer that are kept; a real one has a few thousand
_MAX_ANSWER: Final = 16 * 1024 * 1024
#: messages of FFmpeg's decoders about a picture above the bound, and about one that is invalid
_SIZE: Final = re.compile(r"Picture size (\d{1,10})x(\d{1,10}) (?:exceeds|is invalid)")
#: message of FFmpeg's MOV demuxer about a track whose media is in another file
_ELSEWHERE: Final = "Skipped opening external track"
#: what `-loglevel level+warning` puts before the text of an error
_ERROR: Final = re.compile(r"\[(?:error|fatal|panic)\] ")
#: packets that are looked at first: some of each interleaved track
_LOOK: Final = ("-read_intervals", "%+#8")
#: options of every call
_OPTIONS: Final = ("-hide_banner", "-loglevel", "level+warning", *bounds.ARGUMENTS)
_ONLY_FILES: Final = ("-protocol_whitelist", "file", "-format_whitelist", bounds.SELF_CONTAINED)


class Probe:
    """Runs one ffprobe at a time."""

    def __init__(
        self,
        ffprobe: Program | str,
        *,
        cancel: CancelToken | None = None,
        keep_descriptors: Sequence[int] = (),
        seconds: float,
    ) -> None:
        self._ffprobe = ffprobe if isinstance(ffprobe, str) else ffprobe.path
        #: what must run; None if nothing is recorded of it
        self._program = None if isinstance(ffprobe, str) else ffprobe
        self._cancel = cancel
        self._keep = tuple(keep_descriptors)
        self._limits = child.RunLimits(wall_seconds=seconds, stall_seconds=None)
        #: open files by their path: they are read, whatever has their name
        self._held: dict[str, int] = {}

    @contextmanager
    def holding(self, path: str, descriptor: int) -> Iterator[None]:
        """Read the open file in place of what has its path, for as long as the context lasts."""
        self._held[path] = descriptor
        try:
            yield
        finally:
            del self._held[path]

    def describe(self, path: str) -> MediaInfo:
        """Describe a file.

        Raise JobFailed when the file is not media, its pictures are too large, the probe takes too
        long, or it is cancelled.
        """
        arguments = ["-show_format", "-show_streams", "-of", "json"]
        # For an encrypted file ffprobe returns the plain name of its codec; only the side data of
        # its packets shows the encryption.
        document = self._document(path, [*arguments, "-show_packets", *_LOOK])
        media = read_answer(path, document, readable_as=self._name(path))
        for stream in media.video:
            if stream.width * stream.height > bounds.MAX_PIXELS:
                raise _too_large(path, stream.width, stream.height)
        return media

    def packets(self, path: str, stream: int) -> tuple[Packet, ...]:
        """Return every packet of a stream, in the order of the file; read the file once."""
        return self._packets(path, stream)

    def first_packets(self, path: str, stream: int) -> tuple[Packet, ...]:
        """Return the first packets of a stream."""
        return self._packets(path, stream, *_LOOK)

    def _packets(self, path: str, stream: int, *interval: str) -> tuple[Packet, ...]:
        packets: list[Packet] = []

        def note(lines: Sequence[bytes]) -> None:
            for line in lines:
                packet = read_packet(line.decode("ascii", "replace"))
                if packet is not None:
                    packets.append(packet)

        asked = _asked(stream, "packet=pts,duration,flags", "csv=p=0")
        self._run(path, [*interval, *asked], note)
        return tuple(packets)

    def first_frames(self, path: str, stream: int) -> tuple[tuple[bool, bool], ...]:
        """Decode the first frames of a stream: each as (interlaced, top field first)."""
        asked = _asked(stream, "frame=interlaced_frame,top_field_first", "json")
        frames = objects(path, self._document(path, [*_LOOK, *asked]), "frames")
        return tuple(
            (frame.get("interlaced_frame") == 1, frame.get("top_field_first") == 1)
            for frame in frames
        )

    def first_sound(self, path: str, packets: int) -> list[dict[str, Any]]:
        """Decode the first packets of all audio streams: ffprobe's packets and frames, in order.

        The times in them are ffprobe's own: those of a stream, not of the file.
        """
        packet = "packet=stream_index,pts_time,flags:packet_side_data=skip_samples"
        asked = (
            *("-select_streams", "a", "-read_intervals", f"%+#{packets}", "-of", "json"),
            *("-show_packets", "-show_frames"),
            *("-show_entries", f"{packet}:frame=stream_index,pts_time"),
        )
        return objects(path, self._document(path, asked), "packets_and_frames")

    def sound_times(self, path: str, stream: int) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return when each packet of a track begins and how long it is, in seconds.

        Packets without a time are left out. The file is read once.
        """
        times: list[tuple[Fraction, Fraction]] = []

        def note(lines: Sequence[bytes]) -> None:
            for line in lines:
                start, length, *_ = map(moment, (*line.decode("ascii", "replace").split(","), ""))
                if start is not None and length is not None:
                    times.append((start, length))

        self._run(path, _asked(stream, "packet=pts_time,duration_time", "csv=p=0"), note)
        return tuple(times)

    def _document(self, path: str, arguments: Sequence[str]) -> dict[str, Any]:
        answer = bytearray()

        def keep(pieces: Sequence[bytes]) -> None:
            for piece in pieces:
                if len(answer) <= _MAX_ANSWER:
                    answer.extend(piece)

        self._run(path, arguments, keep, in_lines=False)
        return parsed(path, answer)

    def _run(
        self,
        path: str,
        arguments: Sequence[str],
        on_output: Callable[[Sequence[bytes]], None],
        *,
        in_lines: bool = True,
    ) -> None:
        complaints = _Complaints()
        options = (*_OPTIONS, *_ONLY_FILES, *bounds.DECODER_ARGUMENTS)
        name = self._name(path)
        argv = (self._ffprobe, *options, *arguments, "-i", f"file:{name}")
        # Messages name the file as people do.
        names = name.encode(), os.fsencode(path)
        try:
            exit_ = child.run(
                argv,
                on_output=on_output,
                on_error=lambda lines: complaints.lines(line.replace(*names) for line in lines),
                limits=self._limits,
                cancel=self._cancel,
                keep_descriptors=(*self._keep, *self._held.values()),
                in_lines=in_lines,
                program=self._program,
            )
        except Exchanged as error:
            message = f"{error} is not the program any more that was inspected for this job."
            raise failed(Code.ENGINE_CHANGED, message) from None
        except child.NotStarted as error:
            raise failed(Code.ENGINE_UNUSABLE, f"ffprobe cannot be started: {error}.") from error
        _judge(path, exit_, complaints)

    def _name(self, path: str) -> str:
        """Return the path under which a file is opened."""
        return held_file.path_for_child(self._held[path]) if path in self._held else path


def _asked(stream: int, entries: str, form: str) -> tuple[str, ...]:
    return ("-select_streams", str(stream), "-show_entries", entries, "-of", form)


def _not_media(path: str, words: str) -> JobFailed:
    """Return the error of a file that ffprobe cannot read; its own words are only a detail."""
    code, reason = plain_words.access_problem([words]) or (
        Code.SOURCE_NOT_MEDIA,
        "is not a media file, or it is damaged: FFmpeg cannot read it",
    )
    message, found = f"{path} {reason}.", f"ffprobe: {words.removeprefix(f'file:{path}: ')}"
    detail = Problem(code=code, path="", message=message, found=printable(found, 200))
    return JobFailed(failure(code, message, errors=[detail]))


def _too_large(path: str, width: int, height: int) -> JobFailed:
    return failed(
        Code.SOURCE_PICTURE_TOO_LARGE,
        f"{path} has pictures of {width}x{height} pixels; at most "
        f"{bounds.MAX_PIXELS} pixels are decoded.",
    )


@define
class _Complaints:
    """The relevant messages of ffprobe on stderr."""

    #: the first errors
    errors: list[str] = field(factory=list)
    #: width and height of the first picture that is too large to be looked at
    oversize: tuple[int, int] | None = None
    #: the first track whose media is in another file, in ffprobe's words
    elsewhere: str | None = None

    def lines(self, raw: Iterable[bytes]) -> None:
        """Take lines of ffprobe's log."""
        for line in raw:
            self._line(line)

    def _line(self, raw: bytes) -> None:
        text = raw.decode("utf-8", "replace").strip()
        size = _SIZE.search(text)
        if size and int(size[1]) * int(size[2]) > bounds.MAX_PIXELS:
            self.oversize = self.oversize or (int(size[1]), int(size[2]))
        if _ELSEWHERE in text:
            self.elsewhere = self.elsewhere or text.partition(_ELSEWHERE)[2].strip(" :")
        error = _ERROR.search(text)
        if error and len(self.errors) < 20:  # noqa: PLR2004 - the first lines are enough
            self.errors.append(text[error.end() :])


def _judge(path: str, exit_: child.ChildExit, said: _Complaints) -> None:
    if exit_.ending is child.Ending.CANCELLED:
        raise failed(Code.INTERRUPTED, "Proxx was stopped while it inspected a file.")
    if exit_.ending is not child.Ending.EXITED:
        raise failed(Code.SOURCE_PROBE_TIMEOUT, f"The probe of {path} took too long.")
    if said.oversize is not None:
        raise _too_large(path, *said.oversize)
    if exit_.code != 0:
        raise _not_media(path, said.errors[-1] if said.errors else f"exit {exit_.code}")
    if said.elsewhere is not None:
        raise failed(
            Code.SOURCE_NOT_MEDIA,
            f"{path} refers to media in another file ({printable(said.elsewhere, 200)}), "
            "which is not opened.",
            action="Have the editing system export a self-contained file and submit that.",
        )
