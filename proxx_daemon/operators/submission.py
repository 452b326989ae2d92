"""Publish a finished JobSpec: complete and durable under its name, or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool.candidates import OWN_PREFIX
from proxx_daemon.system import durable


def pending_folder(watch: str) -> str:
    """Return the folder in which a watch folder's daemon looks for specs.

    Raise FatalError if it does not exist: creating it would hide a mistyped path.
    """
    path = os.path.join(watch, "pending")
    # An empty name is an unset variable of a script, not the current folder.
    if not watch or not os.path.isdir(path):
        raise FatalError(
            f"{escaped(path)} is not a folder, so '{escaped(watch)}' is not a watch folder. "
            "Start `proxx watch` on it once, or create pending/ in it."
        )
    return path


def publish(folder: str, name: str, content: bytes) -> None:
    """Write under a hidden name in the same folder, then rename.

    Raise FileExistsError if the name is taken, OSError for other errors; nothing is then left
    behind. A crash may leave a hidden `.proxx-create-….tmp`, which daemons ignore.
    """
    temporary = os.path.join(folder, f"{OWN_PREFIX}create-{secrets.token_hex(8)}.tmp")
    try:
        durable.write_new(temporary, content)
        durable.rename_noreplace(temporary, os.path.join(folder, name))
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    durable.fsync_directory(folder)


@contextmanager
def reserved(folder: str, job_id: str) -> Iterator[bool]:
    """Keep a job id from all others that ask for it, for as long as the context lasts.

    Yield whether nobody else has it: other processes and machines see the hidden file that is made
    in one step. Whoever gets it must look afterwards whether a job has it by now. After a crash the
    file stays, and the id is never given. Raise OSError.
    """
    path = os.path.join(folder, f"{OWN_PREFIX}id-{job_id}.tmp")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        os.close(os.open(path, flags, 0o644))
    except FileExistsError:
        yield False
        return
    try:
        yield True
    finally:
        with suppress(OSError):
            os.unlink(path)
