"""The live display takes every name as it is."""

from datetime import UTC, datetime
from io import StringIO

from rich.console import Console

from proxx_daemon.cli.terminal import Terminal
from proxx_daemon.job.progress import ClipProgress
from proxx_daemon.monitor.events import JobClaimed, JobProgressed


def test_a_name_is_no_markup() -> None:
    terminal = Terminal()
    name, now = "a[/b][red].json", datetime.now(UTC)
    terminal.handle(JobClaimed(spec=name, attempt_id="1", worker="worker-1", at=now))
    progress = ClipProgress(
        index=0, clips=2, name="x.mov", frames=1, frames_total=2, fps=None, speed=None
    )
    terminal.handle(JobProgressed(spec=name, attempt_id="1", progress=progress))
    shown = StringIO()
    Console(file=shown, width=200).print(terminal.bars.get_renderable())
    assert "a[/b][red].json [1/2]" in shown.getvalue()
