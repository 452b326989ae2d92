"""Load the user profiles of one folder. A file that cannot be read is reported, never skipped."""

import os
import stat
from typing import Final

from proxx_daemon.documents import strict_json, strict_toml
from proxx_daemon.documents.strict_json import MAX_BYTES
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FatalError, Problem
from proxx_daemon.profiles import catalogue, user_reading
from proxx_daemon.profiles.user_profile import UserProfileFile

#: how the name of a user profile's file ends, in small or capital letters
SUFFIXES: Final = (".toml", ".json")


class _Unreadable(ValueError):
    """The file has no document; the message says why."""


def shipped_folder() -> str:
    """Return the folder of the examples that ship with Proxx."""
    return catalogue.shipped_folder("user")


def load(folder: str) -> tuple[UserProfileFile, ...]:
    """Return every `*.toml` and `*.json` of a folder, in file-name order.

    Hidden files and other names are no user profiles. The record of a file has everything that is
    wrong with it. Raise FatalError if the folder itself cannot be read.
    """
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise FatalError(
            f"The user profiles in {strict_json.escaped(folder)} cannot be read: "
            f"{os.strerror(error.errno or 0)}. Choose a folder that this user may read."
        ) from error
    return tuple(
        _load(os.path.join(folder, name))
        for name in names
        if name.lower().endswith(SUFFIXES) and not name.startswith(".")
    )


def _load(path: str) -> UserProfileFile:
    shown = strict_json.printable(path, 1000)
    try:
        content = _content(path)
        document = _toml(content) if path.lower().endswith(".toml") else _json(content)
    except _Unreadable as error:
        problem = Problem(code=Code.USER_PROFILE_INVALID, path="", message=str(error))
        return UserProfileFile(path=shown, name=None, profile=None, problems=(problem,))
    return user_reading.read(shown, document)


def _content(path: str) -> bytes:
    """Return the content of a regular file within the size limit; a FIFO never blocks."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise _Unreadable("It is not a regular file.")
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise _Unreadable(f"The file cannot be read: {reason}.") from error
    if len(content) > MAX_BYTES:
        raise _Unreadable(f"The file has more than {MAX_BYTES} bytes.")
    return content


def _json(content: bytes) -> object:
    try:
        document: object = strict_json.read_document(content)
    except strict_json.Refused as refused:
        # The reader calls every document a spec; this file is none.
        raise _Unreadable(str(refused).replace("The spec", "The file")) from None
    return document


def _toml(content: bytes) -> object:
    if not content.strip():
        raise _Unreadable("The file is empty.")
    try:
        return strict_toml.parse(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _Unreadable(f"The file is not UTF-8: {error.reason}.") from None
    except ValueError as error:
        # Besides syntax: integers of more than 4,300 digits, and nesting without end.
        raise _Unreadable(f"The file is not valid TOML: {error}.") from None
