"""The live display on a terminal: one bar for each job, and the log above."""

import sys

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
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import Event, JobClaimed, JobFinished, JobProgressed, JobReturned


class Terminal(Listener):
    """Shows percent, frames, speed and time left of each running job on stderr."""

    def __init__(self) -> None:
        self.bars = Progress(
            # A name is not markup: [red] is a part of it.
            TextColumn("{task.fields[name]}", style="bold", markup=False),
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

    def line(self, text: str) -> None:
        """Print a line of the log above the bars."""
        self.bars.console.print(Text.from_ansi(text), soft_wrap=True)

    def handle(self, event: Event) -> None:
        """Show a job when it is claimed, move its bar, and remove it when the job has ended."""
        match event:
            case JobClaimed():
                self._tasks[event.attempt_id] = self.bars.add_task(
                    event.spec, total=None, name=event.spec, speed="", left="checking"
                )
            case JobProgressed():
                self._move(self._tasks.get(event.attempt_id), event.spec, event.progress)
            case JobFinished() | JobReturned():
                task = self._tasks.pop(event.attempt_id, None)
                if task is not None:
                    self.bars.remove_task(task)

    def _move(self, task: TaskID | None, name: str, progress: ClipProgress) -> None:
        if task is None:
            return
        clip = f" [{progress.index + 1}/{progress.clips}]" if progress.clips > 1 else ""
        self.bars.update(
            task,
            total=progress.frames_total,
            completed=min(progress.frames, progress.frames_total),
            name=f"{name}{clip}",
            speed="" if progress.speed is None else f"{progress.speed:.1f}x",
            left=_left(progress.seconds_left),
        )


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d} left" if hours else f"{minutes}:{rest:02d} left"
