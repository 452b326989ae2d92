"""Runs the FFmpeg command of one clip, follows its progress and returns how it ended."""

import math
import os
import re
import signal
from collections.abc import Callable, Sequence
from typing import Final

from attrs import define, field, frozen

from proxx_daemon.engines.ffmpeg.undecoded import DAMAGED, UndecodedPart
from proxx_daemon.engines.log import EngineLog
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, failure
from proxx_daemon.job.progress import ClipProgress
from proxx_daemon.plan import ffmpeg_command
from proxx_daemon.plan.plan import ClipPlan
from proxx_daemon.source import plain_words
from proxx_daemon.system import child, held_file, tasks
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.program import Program
from proxx_daemon.system.same_program import Exchanged

#: what `-loglevel level+info` puts before a line's text
_LEVEL: Final = re.compile(r"\[(?:info|warning|error|fatal|panic)\] ")
#: FFmpeg reports these twice a second, also while it waits for a volume that does not answer
_WRITTEN: Final = ("frame", "out_time_us", "total_size")
#: what else is read of a report
_SPEEDS: Final = ("fps", "speed")
#: characters of a value
_LONGEST: Final = 40
_NO_SPACE: Final = ("No space left on device", "Disk quota exceeded")


@frozen(kw_only=True)
class EngineRun:
    """What came of one run of the engine."""

    #: exit code; negative for a signal; None when it did not start
    exit_code: int | None
    #: last lines of its log
    log_tail: tuple[str, ...]
    #: why it did not end well; None when it did
    failure: Failure | None


@define
class _Progress:
    """FFmpeg's -progress lines: key=value, a block ends with progress=."""

    clip: ClipPlan
    clips: int
    report: Callable[[ClipProgress], None]
    block: dict[str, str] = field(factory=dict)
    #: frames, time and bytes that were written at the last report
    written: tuple[str | None, ...] = ()

    def lines(self, raw: Sequence[bytes]) -> None:
        for line in raw:
            self._line(line)

    def _line(self, raw: bytes) -> None:
        key, _, value = raw.decode("ascii", "replace").partition("=")
        if key in _WRITTEN or key in _SPEEDS:
            self.block[key] = value.strip()[:_LONGEST]
        if key != "progress":
            return
        self.written = tuple(map(self.block.get, _WRITTEN))
        self.report(
            ClipProgress(
                index=self.clip.index,
                clips=self.clips,
                name=os.path.basename(self.clip.source.path),
                frames=max(0, int(_number(self.block.get("frame")) or 0)),
                frames_total=self.clip.expectation.frame_count,
                fps=_number(self.block.get("fps")),
                speed=_number(self.block.get("speed", "").rstrip("x")),
            )
        )
        self.block.clear()


def encode(
    clip: ClipPlan,
    clips: int,
    *,
    program: Program,
    source: int,
    report: Callable[[ClipProgress], None],
    log: EngineLog,
    limits: child.RunLimits,
    cancel: CancelToken,
    keep_descriptors: Sequence[int] = (),
) -> EngineRun:
    """Run the engine for one clip of `clips` and return how it ended.

    `program` is the engine that was inspected: nothing else runs under its name. `source` is the
    open file that it reads, whatever the source's path leads to by now.
    """
    name = held_file.path_for_child(source)
    # The log names the file as people do.
    names = name.encode(), os.fsencode(clip.source.path)
    progress = _Progress(clip, clips, report)
    undecoded = UndecodedPart()

    def note(lines: Sequence[bytes]) -> None:
        for line in lines:
            undecoded.line(line)
        log.lines([line.replace(*names) for line in lines])

    try:
        exit_ = child.run(
            ffmpeg_command.as_run(clip.argv, source=name),
            on_output=progress.lines,
            sign=lambda: progress.written,
            on_error=note,
            limits=limits,
            cancel=cancel,
            keep_descriptors=(*keep_descriptors, source),
            program=program,
            tasks=tasks.ENGINE,
        )
    except Exchanged:
        reason = f"{program.path} is not the program any more that was inspected for this job."
        return EngineRun(exit_code=None, log_tail=(), failure=failure(Code.ENGINE_CHANGED, reason))
    except child.NotStarted as error:
        reason = f"{clip.argv[0]} cannot be started: {error}."
        return EngineRun(
            exit_code=None, log_tail=(), failure=failure(Code.ENGINE_NOT_STARTED, reason)
        )
    tail = tuple(log.tail)
    return EngineRun(
        exit_code=exit_.code, log_tail=tail, failure=judge(exit_, tail, limits, undecoded.said)
    )


def judge(
    exit_: child.ChildExit,
    tail: Sequence[str],
    limits: child.RunLimits,
    undecoded: str | None = None,
) -> Failure | None:
    """Return why a run of FFmpeg failed; None when it ended well.

    `undecoded` is what FFmpeg said of a part of a picture that it could not decode.
    """
    ended = exit_.ending
    full = any(sign in line for line in tail for sign in _NO_SPACE)
    # The first row that applies; if none does, it ended well.
    rows = (
        (
            ended is child.Ending.CANCELLED,
            Code.INTERRUPTED,
            "Proxx was stopped while this clip was encoded.",
        ),
        (
            ended is child.Ending.STALLED,
            Code.ENGINE_STALLED,
            f"FFmpeg made no progress for {_seconds(limits.stall_seconds)}.",
        ),
        (
            ended is child.Ending.TIMED_OUT,
            Code.ENGINE_TIMEOUT,
            f"FFmpeg ran longer than {_seconds(limits.wall_seconds)}.",
        ),
        (exit_.code != 0 and full, Code.DISK_FULL, "There is no space left for the output."),
        (exit_.code < 0, Code.ENGINE_KILLED, f"FFmpeg was ended by {signal_name(-exit_.code)}."),
        (
            undecoded is not None,
            Code.ENGINE_FAILED,
            f"FFmpeg could not decode part of a picture: {undecoded}.",
        ),
        (
            exit_.code > 0,
            Code.ENGINE_FAILED,
            f"FFmpeg exited with code {exit_.code}: {_last_error(tail)}",
        ),
    )
    found = next(((code, message) for applies, code, message in rows if applies), None)
    if found is None:
        return None
    code, message = found
    if code is not Code.ENGINE_FAILED:
        return failure(code, message)
    return failure(code, message, action=_advice(tail) if undecoded is None else DAMAGED)


def _seconds(limit: float | None) -> str:
    return "its limit" if limit is None else f"{limit:g} seconds"


def signal_name(number: int) -> str:
    """Return the name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        # Real-time signals have no name of their own.
        return f"signal {number}"


def _advice(tail: Sequence[str]) -> str | None:
    """Say in plain words what the message quotes of FFmpeg; None for the action of the code."""
    errors = [line for line in tail if "[error]" in line or "[fatal]" in line]
    reason = plain_words.reason(errors[:1]) or plain_words.reason(errors)
    return reason and f"{reason} {Code.ENGINE_FAILED.action}"


def _last_error(tail: Sequence[str]) -> str:
    """Return the most useful line: the first of the last errors, else the last line."""
    errors = [line for line in tail if "[error]" in line or "[fatal]" in line]
    chosen = errors[0] if errors else tail[-1] if tail else "it gave no reason"
    return _LEVEL.sub("", chosen).strip()


def _number(text: str | None) -> float | None:
    """Return a number; None for anything else, and for what no status can hold."""
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
