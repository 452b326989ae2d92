"""What a person sees while jobs run: a bar per job, above it the log."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
)
from rich.text import Text

from proxx_daemon.job.progress import ClipProgress


class Terminal:
    """An audience with a screen: percent, frames, speed and time left on stderr."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.fields[name]}", style="bold"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("frames"),
            TextColumn("{task.fields[speed]}"),
            TextColumn("{task.fields[left]}"),
            console=Console(file=sys.stderr),
            transient=True,
            refresh_per_second=4,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        """Take the lower part of the screen."""
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the screen back."""
        self._progress.stop()

    def line(self, text: str) -> None:
        """Print a line of the log above the bars."""
        self._progress.console.print(Text.from_ansi(text), soft_wrap=True)

    def started(self, name: str) -> None:
        """Show a job that has no frames yet."""
        self._tasks[name] = self._progress.add_task(
            name, total=None, name=name, speed="", left="checking"
        )

    def progress(self, name: str, progress: ClipProgress) -> None:
        """Move a job's bar."""
        task = self._tasks.get(name)
        if task is None:
            return
        clip = f" [{progress.index + 1}/{progress.clips}]" if progress.clips > 1 else ""
        self._progress.update(
            task,
            total=progress.frames_total,
            completed=min(progress.frames, progress.frames_total),
            name=f"{name}{clip}",
            speed="" if progress.speed is None else f"{progress.speed:.1f}x",
            left=_left(progress.seconds_left),
        )

    def finished(self, name: str) -> None:
        """Take a job's bar away; the log says how it ended."""
        task = self._tasks.pop(name, None)
        if task is not None:
            self._progress.remove_task(task)


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} left" if hours else f"{minutes}:{rest:02d} left"
