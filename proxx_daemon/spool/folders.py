"""The watch folder on disk: its layout, the claim of a spec, and where a finished one goes."""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from attrs import Factory, field, frozen

from proxx_daemon.documents.strict_json import MAX_BYTES
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, failure
from proxx_daemon.pipeline.watch_folders import PENDING, STATE
from proxx_daemon.spool import candidates
from proxx_daemon.spool.settling import Sighting, WriterEvidence
from proxx_daemon.spool.writers import WriterDetector
from proxx_daemon.system import durable

#: what opening answers for a link, and for a socket or a device without a driver
_NOT_A_FILE: Final = (errno.ELOOP, errno.ENXIO, errno.ENODEV)
_NO_SPACE: Final = (errno.ENOSPC, errno.EDQUOT)


class Filing(StrEnum):
    """The two folders for finished specs."""

    COMPLETED = "completed"
    FAILED = "failed"


class NotACandidateError(Exception):
    """An entry of pending/ is not to be executed; the message says why."""


class GoneError(Exception):
    """An entry of pending/ is not there any more."""


@frozen(kw_only=True)
class Claim:
    """A spec that was renamed into running/ and belongs to this daemon."""

    #: file name in running/
    name: str
    #: open read-only; None when the file could not be opened
    descriptor: int | None
    #: device and inode of the file in running/ now
    file_id: tuple[int, int]
    #: why it must fail without being read; None when it may be read
    problem: Failure | None
    #: seconds since 1970 at which it got its name in pending/, as the file system has it
    dropped_at: float


@frozen(kw_only=True)
class Filed:
    """Where the files of a finished job are."""

    #: absolute path of the spec
    spec: str
    #: absolute path of the result
    result: str
    #: absolute path of the engine's log; None if there is none
    log: str | None


def _inside(relative: str) -> Any:
    """Return the attribute of a path inside the watch folder."""
    path = Factory(lambda folder: os.path.join(folder.root, relative), takes_self=True)
    return field(init=False, default=path)


@frozen
class WatchFolder:
    """Paths of one watch folder, all on one file system."""

    #: absolute path
    root: str
    pending: str = _inside(PENDING)
    running: str = _inside("running")
    state: str = _inside(STATE)
    journal: str = _inside(".proxx/journal")
    scratch: str = _inside(".proxx/tmp")
    quarantine: str = _inside(".proxx/quarantine")
    requests: str = _inside(".proxx/requests")

    @property
    def shared(self) -> tuple[str, ...]:
        """The folders that users see."""
        return self.pending, self.running, *map(self.filed, Filing)

    def filed(self, filing: Filing) -> str:
        """Return the folder for specs that ended so."""
        return os.path.join(self.root, filing)

    def prepare(self) -> None:
        """Make the folders that are missing and check that renames between them work.

        Raise FatalError with what is wrong.
        """
        if not os.path.isdir(self.root):
            raise FatalError(f"{self.root} is not a folder. Create it, or mount its volume.")
        try:
            # Anybody may read the status in .proxx; what else is there is the daemon's own.
            for path in (*self.shared, self.state):
                _make(path, 0o755)
            for path in (self.journal, self.scratch, self.requests):
                _make(path, 0o700)
            durable.fsync_directory(self.state)
            durable.fsync_directory(self.root)
            check_renames((self.scratch, *self.shared))
        except OSError as error:
            raise FatalError(
                f"{error.filename or self.root} cannot be used: "
                f"{error.strerror}. Proxx needs to write in the watch folder."
            ) from error

    def make_requests(self) -> None:
        """Make the folder of the operators' requests where it is missing. Raise OSError."""
        with suppress(FileExistsError):
            os.mkdir(self.requests, 0o700)

    def clear_scratch(self) -> None:
        """Remove what earlier daemons left half-written; only with the folder's lock held.

        What Proxx did not make stays.
        """
        with os.scandir(self.scratch) as entries:
            for entry in entries:
                if durable.is_temporary(entry.name):
                    with suppress(OSError):
                        os.unlink(entry.path)

    def pending_names(self) -> Iterator[str]:
        """Yield every entry of pending/, in no order, those of Proxx too. Raise OSError."""
        with os.scandir(self.pending) as entries:
            for entry in entries:
                yield entry.name

    def look(self, name: str, detector: WriterDetector) -> Sighting:
        """Look at a candidate without claiming it.

        Raise GoneError or NotACandidateError. If it cannot be opened, `claim` reports
        that; until then only its size and times are used.
        """
        try:
            descriptor = self._open_pending(name)
        except OSError:
            descriptor = None
        try:
            if descriptor is not None:
                return _sighting(os.fstat(descriptor), detector.evidence(descriptor))
            status = os.lstat(os.path.join(self.pending, name))
            return _sighting(status, WriterEvidence.UNKNOWN)
        except OSError as error:
            raise GoneError(name) from error
        finally:
            _close(descriptor)

    def claim(self, name: str) -> Claim:
        """Take a spec: rename it into running/ and make that durable.

        Raise GoneError, NotACandidateError, FileExistsError when running/ holds one of that
        name, and OSError when the file system fails; the spec is then still in pending/.
        """
        descriptor = self._open_pending(name)
        source, target = os.path.join(self.pending, name), os.path.join(self.running, name)
        try:
            seen = os.lstat(source) if descriptor is None else os.fstat(descriptor)
            durable.rename_noreplace(source, target)
        except FileNotFoundError as error:
            _close(descriptor)
            if os.path.lexists(source):
                # It is running/ that is not there.
                raise
            raise GoneError(name) from error
        except BaseException:
            _close(descriptor)
            raise
        # From here on the spec belongs to this daemon: every error becomes the job's failure.
        return self._claimed(name, descriptor, seen)

    def _claimed(self, name: str, descriptor: int | None, seen: os.stat_result) -> Claim:
        """Judge what was renamed into running/; `seen` is what was to be renamed."""
        file_id = seen.st_dev, seen.st_ino
        problem: Failure | None
        try:
            durable.fsync_directory(self.running)
            durable.fsync_directory(self.pending)
            taken = os.lstat(os.path.join(self.running, name))
        except OSError as error:
            problem = spool_failure(error)
        else:
            problem = _objection(seen, taken, readable=descriptor is not None)
            file_id = taken.st_dev, taken.st_ino
        return Claim(
            name=name,
            descriptor=descriptor,
            file_id=file_id,
            problem=problem,
            dropped_at=seen.st_ctime,
        )

    def _open_pending(self, name: str) -> int | None:
        """Open a candidate; None when its permissions do not allow it.

        Raise GoneError, NotACandidateError, or OSError where opening fails for a reason that
        is not about the file and can pass.
        """
        path = os.path.join(self.pending, name)
        try:
            _require_spec(os.lstat(path), name)
            descriptor = os.open(path, durable.READ_FLAGS)
        except FileNotFoundError:
            raise GoneError(name) from None
        except PermissionError:
            return None
        except OSError as error:
            if error.errno in _NOT_A_FILE:
                raise NotACandidateError(os.strerror(error.errno or 0)) from error
            raise
        try:
            _require_spec(os.fstat(descriptor), name)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def check_renames(folders: Sequence[str]) -> None:
    """Check that a file could be renamed from each folder to the next; nothing is written.

    Raise FatalError when they are on different file systems, OSError when one is not there.
    """
    absent = durable.temporary_name()
    for one, other in pairwise(folders):
        split = os.stat(one).st_dev != os.stat(other).st_dev
        try:
            # A second mount of one file system looks the same and refuses renames too. Linux
            # reports that before it looks for the file.
            durable.rename_noreplace(os.path.join(one, absent), os.path.join(other, absent))
        except FileNotFoundError:
            pass
        except OSError as error:
            split = split or error.errno == errno.EXDEV
        if split:
            raise FatalError(
                f"{other} is on another file system than {one}; a rename between them would "
                "be a copy. Put all folders of the watch folder on one."
            )


def _require_spec(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotACandidateError(f"it is {_kind(status.st_mode)}, not a file")
    if status.st_nlink == 0:
        # Removed or replaced since it was opened: the next look finds what is there now.
        raise GoneError(name)
    if status.st_nlink != 1:
        raise NotACandidateError(f"the file has {status.st_nlink} names (hard links)")


def _make(path: str, mode: int) -> None:
    with suppress(FileExistsError):
        os.mkdir(path, mode)
    if not stat.S_ISDIR(os.lstat(path).st_mode):
        raise FatalError(f"{path} exists and is not a folder. Move it away.")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise FatalError(
            f"{path} cannot be written by this user. Give the user that runs Proxx "
            "permission there."
        )


def _sighting(status: os.stat_result, writer: WriterEvidence) -> Sighting:
    return Sighting(
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        changed_ns=status.st_ctime_ns,
        writer=writer,
    )


def _objection(seen: os.stat_result, taken: os.stat_result, *, readable: bool) -> Failure | None:
    """Return why a claimed file must not be read; None when it may."""
    if not os.path.samestat(seen, taken):
        return failure(
            Code.SPEC_REPLACED, "The spec was replaced by another file while it was claimed."
        )
    if not readable:
        return failure(Code.SPEC_UNREADABLE, "The spec's permissions do not let Proxx read it.")
    if taken.st_size > MAX_BYTES:
        return failure(
            Code.SPEC_TOO_LARGE,
            f"The spec has {taken.st_size} bytes; at most {MAX_BYTES} are allowed.",
        )
    return None


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for test, name in kinds if test(mode)), "a device")


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


def is_free(folder: str, stem: str) -> bool:
    """Return whether spec, result and log of that stem are all absent from a folder."""
    return not any(
        os.path.lexists(os.path.join(folder, stem + suffix))
        for suffix in (candidates.SUFFIX, candidates.RESULT_SUFFIX, candidates.LOG_SUFFIX)
    )


def is_full(error: OSError) -> bool:
    """Return whether an error means that no space is left, which can pass."""
    return error.errno in _NO_SPACE


def spool_failure(error: OSError) -> Failure:
    """Return the failure of a job whose notes could not be written."""
    if is_full(error):
        return failure(Code.DISK_FULL, "There is no space left in the watch folder.")
    reason = os.strerror(error.errno or 0)
    return failure(Code.SPOOL_IO_ERROR, f"The watch folder's disk reported: {reason}.")
