"""Lets one of watchdog's threads die when an entry named after it appears.

It stands in for a defect in that library: `die-observer`, `die-emitter` and `die-reader` each
raise in the thread of that name. Python runs this at its start when the folder is on PYTHONPATH.
"""

import os
from typing import Any

from watchdog import events
from watchdog.observers import inotify, inotify_c

_dispatch = events.FileSystemEventHandler.dispatch
_build = inotify.InotifyEmitter.build_and_queue_event
_handle = inotify_c.InotifyFD.handle_event


def _dispatched(self: Any, event: Any) -> None:
    if "die-observer" in os.fsdecode(event.src_path) + os.fsdecode(event.dest_path):
        raise ZeroDivisionError("observer")
    _dispatch(self, event)


def _built(self: Any, event: Any, **options: Any) -> None:
    if b"die-emitter" in event.path:
        raise ZeroDivisionError("emitter")
    _build(self, event, **options)


def _handled(self: Any, event: Any) -> None:
    if b"die-reader" in (event.name or b""):
        raise ZeroDivisionError("reader")
    _handle(self, event)


events.FileSystemEventHandler.dispatch = _dispatched  # type: ignore[method-assign]
inotify.InotifyEmitter.build_and_queue_event = _built  # type: ignore[method-assign]
inotify_c.InotifyFD.handle_event = _handled  # type: ignore[method-assign]
