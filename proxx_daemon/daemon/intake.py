"""Finds specs in pending/ and claims them: the periodic scan, hints, and what stops both."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog
from attrs import define, field

from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon import room
from proxx_daemon.daemon.backlog import Backlog
from proxx_daemon.spool import batches, folder_check
from proxx_daemon.spool.candidates import OWN_PREFIX
from proxx_daemon.spool.folders import Claim, GoneError, NotACandidateError, WatchFolder
from proxx_daemon.spool.lock import FolderLock
from proxx_daemon.spool.watcher import Watcher
from proxx_daemon.spool.writers import WriterDetector
from proxx_daemon.system import durable

_LOG: Final = structlog.get_logger()
#: what opening answers if this process or the machine has too little of something
_NO_RESOURCES: Final = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


@define(kw_only=True)
class Intake:
    """What could be claimed; used by the supervisor's thread alone."""

    folder: WatchFolder
    options: Settings
    watcher: Watcher
    backlog: Backlog
    #: returns why the folder cannot be used; None if it can
    objection: Callable[[], str | None]
    #: returns why this process has no room for another job; None if it has
    shortage: Callable[[], str | None] = room.shortage
    #: why nothing is claimed at the moment; None while specs are claimed
    blocked: str | None = field(default=None, init=False)
    #: why the specs of a published batch cannot be moved into pending/; None if there are none
    unfinished: str | None = field(default=None, init=False)
    #: monotonic time of the next scan
    next_scan: float = field(default=0.0, init=False)
    _pending_id: tuple[int, int] | None = field(default=None, init=False)

    @property
    def polls(self) -> bool:
        """Whether the operator wants scans and no events."""
        return self.options.poll_seconds is not None

    def begin(self) -> bool:
        """Start to watch if that is wanted; return whether events come."""
        # Before the watch begins: a folder that is replaced in between is noticed by the scan.
        with suppress(OSError):
            status = os.stat(self.folder.pending)
            self._pending_id = status.st_dev, status.st_ino
        return not self.polls and self.watcher.start()

    def hint(self, name: str, *, announced: bool) -> None:
        """Note that something happened to a name.

        If a scan found a spec first, its event comes after its claim: it must not count as
        waiting. What commands of Proxx write there for a moment is nobody's spec.
        """
        if name.startswith(OWN_PREFIX):
            return
        if os.path.lexists(os.path.join(self.folder.pending, name)):
            self.backlog.hint(name, announced=announced)
        else:
            self.backlog.discard(name)

    def usable(self) -> bool:
        """Return whether the folder can be used now; if not, stop claiming."""
        reason = self.objection()
        if reason is not None:
            self.block(reason)
        return reason is None

    def has_room(self) -> bool:
        """Return whether another job has room in this process; if not, stop claiming."""
        reason = self.shortage()
        if reason is not None:
            self.block(reason)
        return reason is None

    def scan(self, *, may_unblock: bool) -> None:
        """Read pending/ again; what it holds overrides all events."""
        try:
            status = os.stat(self.folder.pending)
            names = list(self.folder.pending_names())
            if any(map(batches.is_published, names)):
                self._finish_batches()
                names = list(self.folder.pending_names())
            # What commands of Proxx have there for a moment is nobody's spec.
            self.backlog.refresh(name for name in names if not name.startswith(OWN_PREFIX))
        except OSError as error:
            self.block(f"pending/ cannot be read: {os.strerror(error.errno or 0)}")
            return
        if may_unblock and self.blocked is not None and self.has_room():
            _LOG.info("claiming_resumed", folder=self.folder.root)
            self.blocked = None
        replaced = self._pending_id not in (None, (status.st_dev, status.st_ino))
        self._pending_id = status.st_dev, status.st_ino
        if not self.polls and (replaced or not self.watcher.alive):
            self.watcher.restart(replaced=replaced)

    def _finish_batches(self) -> None:
        """Finish what a command began that published many specs as one, and crashed."""
        self.unfinished = None
        try:
            batches.finish(self.folder.pending)
        except OSError as error:
            self.unfinished = os.strerror(error.errno or 0)
            _LOG.error("batch_unfinished", folder=self.folder.pending, reason=self.unfinished)

    def block(self, reason: str) -> None:
        """Claim nothing until a scan finds that the folder can be used."""
        if self.blocked != reason:
            _LOG.error("claiming_stopped", folder=self.folder.root, reason=reason)
            self.blocked = reason

    def claim_next(self, now: float) -> Claim | None:
        """Claim the first complete spec, in order; None when there is none."""
        while self.blocked is None:
            name = self.backlog.next_complete(now)
            if name is None or not self.usable() or not self.has_room():
                break
            claim = self._claim(name, now)
            if claim is not None:
                return claim
        return None

    def _claim(self, name: str, now: float) -> Claim | None:
        try:
            claim = self.folder.claim(name)
        except GoneError:
            self.backlog.discard(name)
        except NotACandidateError as error:
            self.backlog.reject(name, str(error))
        except FileExistsError:
            self.backlog.postpone(name, now)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            if _is_about_the_spec(error):
                self.backlog.pass_over(name, reason, now + self.options.scan_seconds)
            else:
                self.block(f"a spec cannot be claimed: {reason}")
        else:
            self.backlog.discard(name)
            return claim
        return None


def _is_about_the_spec(error: OSError) -> bool:
    """Return whether a claim failed because of this spec, and others may be claimed."""
    if error.filename2 is None:
        # Opening it failed.
        return error.errno not in _NO_RESOURCES
    return durable.is_protected(error)


def intake_of(
    folder: WatchFolder, options: Settings, watcher: Watcher, lock: FolderLock
) -> tuple[Intake, WriterDetector]:
    """Set up the intake of a locked folder, and what it asks about writers."""
    detector = WriterDetector(folder.scratch)
    intake = Intake(
        folder=folder,
        options=options,
        watcher=watcher,
        backlog=Backlog(lambda name: folder.look(name, detector), options.settle_seconds),
        objection=lambda: folder_check.problem(folder, lock),
    )
    return intake, detector
