"""Events from pending/ and from the operators' requests: hints that make the
daemon look sooner, and nothing more.

The periodic scan is the truth. An error here costs time, never a job.
"""

import os
import sys
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from attrs import frozen
from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

_LOG = structlog.get_logger()
_EVENTS: Final = [FileClosedEvent, FileCreatedEvent, FileModifiedEvent, FileMovedEvent]


@frozen
class Hint:
    """Something happened to an entry of pending/."""

    #: file name
    name: str
    #: it was closed by its writer or renamed in
    announced: bool


class _Handler(FileSystemEventHandler):
    """Turns events into hints. Nothing in it can raise: that would end the observer."""

    def __init__(self, folder: str, post: Callable[[Hint], None]) -> None:
        self._folder = folder
        self._post = post

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Post a hint for the entry that an event is about."""
        path = os.fsdecode(event.dest_path or event.src_path)
        folder, name = os.path.split(path)
        if folder == self._folder and name:
            announced = isinstance(event, FileClosedEvent | FileMovedEvent)
            self._post(Hint(name, announced))


class Watcher:
    """Watches some folders while the system allows it."""

    def __init__(self, posts: Mapping[str, Callable[[Hint], None]]) -> None:
        """Take the receiver of the hints of each folder."""
        self._posts = dict(posts)
        self._observer: BaseObserver | None = None
        #: why there are no events; logged once for each reason
        self._unavailable: str | None = None
        #: how often events stopped and started again
        self.restarts = 0

    def start(self) -> bool:
        """Begin to watch; False if that is impossible: then there is only the scan."""
        observer = None
        try:
            observer = _new_observer()
            for folder, post in self._posts.items():
                handler = _Handler(folder, post)
                observer.schedule(handler, folder, recursive=False, event_filter=_EVENTS)
            observer.start()
        except (OSError, RuntimeError) as error:
            # The usual reasons: inotify's limits, a file system without events, no more threads.
            if observer is not None:
                # Its system resources must not add up from one attempt to the next.
                observer.stop()
            if str(error) != self._unavailable:
                self._unavailable = str(error)
                _LOG.warning("watch_unavailable", folders=list(self._posts), reason=str(error))
            return False
        self._observer = observer
        self._unavailable = None
        return True

    @property
    def alive(self) -> bool:
        """Whether events may come."""
        observer = self._observer
        return (
            observer is not None
            and observer.is_alive()
            and getattr(observer, "reads", True)
            and sum(emitter.is_alive() for emitter in observer.emitters) == len(self._posts)
        )

    def stop(self) -> None:
        """Stop watching."""
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()
            self._observer = None

    def restart(self, *, replaced: bool) -> None:
        """Watch afresh, after the folder was replaced or the observer died."""
        died = self._observer is not None
        self.stop()
        works = self.start()
        if works or died:
            self.restarts += works
            _LOG.warning("watch_restarted", replaced=replaced, works=works)


def _new_observer() -> BaseObserver:
    """Make the observer of this system."""
    if sys.platform == "linux":
        from proxx_daemon.spool.inotify import PendingObserver  # noqa: PLC0415 - Linux only

        return PendingObserver()
    return Observer()
