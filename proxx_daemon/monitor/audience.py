"""Who looks on while the daemon or a run works: a terminal, or nobody."""

from typing import Protocol

from proxx_daemon.job.progress import ClipProgress


class Audience(Protocol):
    """Hears of jobs as they go; called by one thread."""

    def started(self, name: str) -> None:
        """Hear that a job was claimed."""
        ...

    def progress(self, name: str, progress: ClipProgress) -> None:
        """Hear how far a job is."""
        ...

    def finished(self, name: str) -> None:
        """Hear how a job ended."""
        ...


class Nobody:
    """No terminal: the log says everything."""

    def started(self, name: str) -> None:
        """Nobody hears."""

    def progress(self, name: str, progress: ClipProgress) -> None:
        """Nobody hears."""

    def finished(self, name: str) -> None:
        """Nobody hears."""
