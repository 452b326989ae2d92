"""watchdog's inotify observer, tuned to one folder that files are renamed into and out of.

Two things differ from the stock observer. A file renamed in is distinguished from a new, empty one
(the "full" emitter does that). And renames out of the folder are not listened to: watchdog
holds the queue back for half a second after each, waiting for its other half, and every claim
of ours is one.
"""

from watchdog.observers.inotify import InotifyFullEmitter, InotifyObserver
from watchdog.observers.inotify_c import InotifyConstants, Mask


class _PendingEmitter(InotifyFullEmitter):
    """Listens to what can make a spec complete, and to the end of the folder."""

    def get_event_mask_from_filter(self) -> Mask:
        """Return the events that the kernel is asked for."""
        return Mask(
            InotifyConstants.IN_CREATE
            | InotifyConstants.IN_MODIFY
            | InotifyConstants.IN_CLOSE_WRITE
            | InotifyConstants.IN_MOVED_TO
            | InotifyConstants.IN_DELETE_SELF
        )


class PendingObserver(InotifyObserver):
    """The observer of pending/ on Linux."""

    def __init__(self) -> None:
        super().__init__(generate_full_events=True)
        self._emitter_class = _PendingEmitter

    @property
    def reads(self) -> bool:
        """Whether the thread lives that reads the kernel's events for all emitters."""
        return self._inotify_fd.is_alive()
