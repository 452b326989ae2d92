"""Runs ffprobe on a file and returns its answer as records."""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final

from attrs import define, field

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.source import bounds
from proxx_daemon.source.media import MediaInfo
from proxx_daemon.source.probe_answer import read_answer
from proxx_daemon.system import child, held_file
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged

#: bytes of answer that are kept; a real one has a few thousand
_MAX_ANSWER: Final = 16 * 1024 * 1024
#: messages of FFmpeg's decoders about a picture above the bound, and about one that is invalid
_SIZE: Final = re.compile(r"Picture size (\d+)x(\d+) (?:exceeds|is invalid)")
#: message of FFmpeg's MOV demuxer about a track whose media is in another file
_ELSEWHERE: Final = "Skipped opening external track"
#: what `-loglevel level+warning` puts before the text of an error
_ERROR: Final = re.compile(r"\[(?:error|fatal|panic)\] ")
#: column of a packet's flags among what is asked of it
_FLAGS: Final = 2
#: packets that are looked at for signs of encryption: some of each interleaved track
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
        cancel: child.CancelToken | None = None,
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

    def describe(self, path: str, *, count_packets: bool = False) -> MediaInfo:
        """Describe a file.

        With `count_packets` the whole file is read and each picture stream's packets counted.
        Raise JobFailed when the file is not media, its pictures are too large, the probe takes
        too long, or it is cancelled.
        """
        arguments = ["-show_format", "-show_streams", "-of", "json"]
        if count_packets:
            arguments.append("-count_packets")
        else:
            # For an encrypted file ffprobe returns the plain name of its codec; only the side
            # data of its packets shows the encryption.
            arguments += ["-show_packets", *_LOOK]
        document = self._document(path, arguments)
        if not count_packets:
            # ffprobe counts the few packets of the look as well; they are not the file's.
            for entry in document.get("streams", []):
                entry.pop("nb_read_packets", None)
        media = read_answer(path, document, readable_as=self._name(path))
        for stream in media.video:
            if stream.width * stream.height > bounds.MAX_PIXELS:
                raise _too_large(path, stream.width, stream.height)
        return media

    def packet_times(self, path: str, stream: int) -> tuple[tuple[int, int], ...]:
        """Return time stamp and duration of a stream's displayed packets, in ticks, sorted.

        A duration that the file does not state is 0. Reads the whole file once; packets that an
        edit list hides are left out.
        """
        times: list[tuple[int, int]] = []

        def note(line: bytes) -> None:
            fields = line.decode("ascii", "replace").split(",")
            # "pts,duration,flags": D marks a packet that is decoded and not shown.
            if len(fields) > _FLAGS and "D" not in fields[_FLAGS]:
                with suppress(ValueError):
                    duration = int(fields[1]) if fields[1].isdecimal() else 0
                    times.append((int(fields[0]), duration))

        self._run(path, _asked(stream, "packet=pts,duration,flags", "csv=p=0"), note)
        return tuple(sorted(times))

    def first_frames(self, path: str, stream: int) -> tuple[tuple[bool, bool], ...]:
        """Decode the first frames of a stream: each as (interlaced, top field first)."""
        asked = _asked(stream, "frame=interlaced_frame,top_field_first", "json")
        frames = self._document(path, [*_LOOK, *asked]).get("frames", [])
        return tuple(
            (frame.get("interlaced_frame") == 1, frame.get("top_field_first") == 1)
            for frame in frames
        )

    def _document(self, path: str, arguments: Sequence[str]) -> dict[str, Any]:
        answer = bytearray()

        def keep(piece: bytes) -> None:
            if len(answer) <= _MAX_ANSWER:
                answer.extend(piece)

        try:
            self._run(path, arguments, keep, in_lines=False)
            document: dict[str, Any] = json.loads(answer.decode("utf-8", "replace"))
        except ValueError:
            raise failed(
                Code.SOURCE_NOT_MEDIA, f"ffprobe gave no usable answer about {path}."
            ) from None
        return document

    def _run(
        self,
        path: str,
        arguments: Sequence[str],
        on_output: Callable[[bytes], None],
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
                on_error=lambda line: complaints.line(line.replace(*names)),
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

    def line(self, raw: bytes) -> None:
        """Take one line."""
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
        last = said.errors[-1] if said.errors else f"exit {exit_.code}"
        reason = last.removeprefix(f"file:{path}: ")
        raise failed(Code.SOURCE_NOT_MEDIA, f"{path} is not a readable media file: {reason}.")
    if said.elsewhere is not None:
        raise failed(
            Code.SOURCE_NOT_MEDIA,
            f"{path} refers to media in another file ({printable(said.elsewhere, 200)}), "
            "which is not opened.",
            action="Have the editing system export a self-contained file and submit that.",
        )
