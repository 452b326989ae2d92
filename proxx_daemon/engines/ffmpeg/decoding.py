"""Decodes a source once, as the encode will, to learn which frames come out and when.

It costs as much as the decoding part of an encode. `source.length` says for which sources.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from attrs import define, field

from proxx_daemon.engines.ffmpeg.last_picture import LastPicture
from proxx_daemon.engines.ffmpeg.undecoded import DAMAGED, UndecodedPart
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failed
from proxx_daemon.plan import ffmpeg_command
from proxx_daemon.source.frame_times import FrameTimes
from proxx_daemon.source.media import MediaInfo, VideoStream
from proxx_daemon.system import child, held_file, tasks
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged

#: How a line of the filter `showinfo` begins. Only the beginning counts: the log has the tags of
#: the source too, with whatever words are in them.
_SHOWINFO: Final = rb"\[Parsed_showinfo_\d+ @ \w+\] (?:\[\w+\] )?"
#: what it logs of its input, once, and of every frame; FFmpeg counts with 64 bits
_TICK: Final = re.compile(_SHOWINFO + rb"config in time_base: ([1-9]\d{,9})/([1-9]\d{,9})\b")
_FRAME: Final = re.compile(_SHOWINFO + rb"n: *\d+ pts: *(-?\d{1,20}|NOPTS) ")


@define
class _Frames:
    """Takes the lines of FFmpeg's log."""

    tick: Fraction | None = None
    ticks: list[int] = field(factory=list)
    undecoded: UndecodedPart = field(factory=UndecodedPart)

    def lines(self, raw: Sequence[bytes]) -> None:
        for line in raw:
            self.undecoded.line(line)
            self._line(line)

    def _line(self, raw: bytes) -> None:
        frame = _FRAME.match(raw)
        if frame:
            # A frame without a time is shown with the one before it: the caller refuses that.
            before = self.ticks[-1] if self.ticks else 0
            time = before if frame[1] == b"NOPTS" else int(frame[1])
            self.ticks.append(time)
        elif self.tick is None and (tick := _TICK.match(raw)):
            self.tick = Fraction(int(tick[1]), int(tick[2]))


@define(kw_only=True)
class Decoder:
    """Decodes sources with the FFmpeg that will encode them."""

    #: the ffmpeg that was inspected
    program: Program
    #: of the profile: the encode decodes with as many
    threads: int
    #: seconds without a frame after which it is given up
    seconds: float
    #: readable when the job must end
    cancel: CancelToken | None = None
    #: that the program inherits
    keep_descriptors: Sequence[int] = ()

    def times(self, media: MediaInfo, footage: VideoStream, source: int) -> FrameTimes:
        """Return when each decoded frame is shown, in the order in which they come out.

        `source` is the open file that is read. The ticks count from the start of the file, as
        FFmpeg does when it encodes. Raise JobFailed if FFmpeg meets a frame that it cannot decode,
        takes too long, or is cancelled.
        """
        frames = _Frames()
        last = LastPicture() if footage.codec_name == "mpeg2video" else None
        command = ffmpeg_command.decoding(
            media,
            footage,
            program=self.program.path,
            threads=self.threads,
            copies=last is not None,
        )
        try:
            exit_ = child.run(
                ffmpeg_command.as_run(command, source=held_file.path_for_child(source)),
                on_output=(lambda _: None) if last is None else last.pieces,
                on_error=frames.lines,
                limits=child.RunLimits(wall_seconds=None, stall_seconds=self.seconds),
                cancel=self.cancel,
                keep_descriptors=(*self.keep_descriptors, source),
                program=self.program,
                tasks=tasks.ENGINE,
                in_lines=False,
            )
        except Exchanged:
            reason = f"{self.program.path} is not the program any more that was inspected."
            raise failed(Code.ENGINE_CHANGED, reason) from None
        except child.NotStarted as error:
            reason = f"{self.program.path} cannot be started: {error}."
            raise failed(Code.ENGINE_UNUSABLE, reason) from error
        if exit_.ending is child.Ending.CANCELLED:
            raise failed(Code.INTERRUPTED, "Proxx was stopped while it decoded a source.")
        if exit_.ending is not child.Ending.EXITED:
            raise failed(
                Code.SOURCE_PROBE_TIMEOUT,
                f"FFmpeg got no frame out of {media.path} for {self.seconds:g} seconds.",
            )
        # First what is the same in every run: some damaged pictures end FFmpeg only sometimes.
        if frames.undecoded.said is not None:
            raise _in_part(f"part of a picture of {media.path}: {frames.undecoded.said}")
        if last is not None and last.lacks_rows():
            raise _in_part(f"the last field of {media.path}: its lower part is missing")
        if exit_.code != 0 or frames.tick is None:
            raise failed(
                Code.SOURCE_UNDECODABLE,
                f"FFmpeg decodes {len(frames.ticks)} frames of {media.path} and then meets one "
                "that it cannot decode.",
            )
        return FrameTimes(tuple(frames.ticks), frames.tick)


def _in_part(what: str) -> JobFailed:
    return failed(Code.SOURCE_UNDECODABLE, f"FFmpeg cannot decode {what}.", action=DAMAGED)
