"""How an operator's command reaches the daemon: a small file in .proxx/requests, and its answer.

The asker puts `ID.request.json`; the daemon acts, puts `ID.answer.json` and removes the request.
A request is complete or absent, survives a crash on either side, and works over a network
share. Users who may write in that folder may control the daemon; the name of the user is that of
the file's owner, not read from its content.
"""

import json
import os
import pwd
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Any, Final

from attrs import frozen

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system import durable

_REQUEST: Final = ".request.json"
_ANSWER: Final = ".answer.json"
_MOST_BYTES: Final = 16384
#: seconds after which an answer that was not fetched is removed
_ANSWER_SECONDS: Final = 600.0


class Action(StrEnum):
    """What an operator can ask of a daemon."""

    #: claim nothing more
    PAUSE = "pause"
    #: claim again
    RESUME = "resume"
    #: finish the running jobs, then end
    DRAIN = "drain"
    #: end one running job
    CANCEL = "cancel"
    #: record that a job was submitted again
    RESUBMITTED = "resubmitted"
    #: record that the partial files of a filed job were removed
    DISCARDED = "discarded"


@frozen(kw_only=True)
class Request:
    """One thing that was asked."""

    #: unique; also names its files
    request_id: str
    #: what
    action: Action
    #: the job it is about; None where it is about none
    job: str | None
    #: the new job of RESUBMITTED
    new_job: str | None
    #: user and machine of the asker
    by: str


@frozen(kw_only=True)
class Answer:
    """What happened to a request."""

    #: whether it was done
    done: bool
    #: one sentence for the operator
    message: str


def post(
    folder: WatchFolder, action: Action, host: str, job: str | None, new_job: str | None = None
) -> str:
    """Ask a daemon for something; return the request's id. Raise OSError."""
    request_id = uuid.uuid4().hex
    document = {"action": str(action), "job": job, "new_job": new_job, "host": host}
    content = json.dumps(document).encode() + b"\n"
    # The asker may not be allowed into the daemon's scratch folder.
    durable.put(folder.requests, folder.requests, request_id + _REQUEST, content)
    return request_id


def answer_to(folder: WatchFolder, request_id: str) -> Answer | None:
    """Fetch the answer to a request and remove it; None while there is none."""
    path = os.path.join(folder.requests, request_id + _ANSWER)
    try:
        document: Any = json.loads(durable.read_regular(path, _MOST_BYTES))
        with suppress(OSError):
            os.unlink(path)
        return Answer(done=bool(document["done"]), message=str(document["message"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def withdraw(folder: WatchFolder, request_id: str) -> bool:
    """Withdraw a request; return False if the daemon has taken it. Raise OSError."""
    try:
        os.unlink(os.path.join(folder.requests, request_id + _REQUEST))
    except FileNotFoundError:
        return False
    return True


def waiting(folder: WatchFolder) -> Iterator[Request | tuple[str, str]]:
    """Yield every request that waits, oldest first; for an unreadable one, name and reason.

    Raise OSError when the folder cannot be read.
    """
    with os.scandir(folder.requests) as entries:
        names = [entry.name for entry in entries if entry.name.endswith(_REQUEST)]
    for _, name in sorted((_age(folder, name), name) for name in names):
        try:
            yield _read(folder, name)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield name, printable(str(error) or type(error).__name__)


def _age(folder: WatchFolder, name: str) -> int:
    try:
        return os.lstat(os.path.join(folder.requests, name)).st_mtime_ns
    except OSError:
        return 0


def _read(folder: WatchFolder, name: str) -> Request:
    path = os.path.join(folder.requests, name)
    with durable.opened_regular(path) as descriptor:
        status = os.fstat(descriptor)
        document: Any = json.loads(os.read(descriptor, _MOST_BYTES))
    return Request(
        request_id=name.removesuffix(_REQUEST),
        action=Action(document["action"]),
        job=_text(document["job"]),
        new_job=_text(document["new_job"]),
        by=f"{user_name(status.st_uid)}@{printable(str(document['host']), 80)}",
    )


def _text(value: object) -> str | None:
    return None if value is None else printable(str(value), 300)


def user_name(uid: int) -> str:
    """Return the name of a user, or the number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def conclude(folder: WatchFolder, request_id: str, answer: Answer) -> None:
    """Answer a request, then remove it: after a crash in between it is carried out again.

    Raise OSError.
    """
    content = json.dumps({"done": answer.done, "message": answer.message}).encode() + b"\n"
    with suppress(FileExistsError):
        durable.put(folder.scratch, folder.requests, request_id + _ANSWER, content)
    discard(folder, request_id + _REQUEST)
    _forget_answers(folder)


def discard(folder: WatchFolder, name: str) -> None:
    """Remove a request; a folder of that name is set aside. Raise OSError."""
    path = os.path.join(folder.requests, name)
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError:
        if not os.path.isdir(path):
            raise
        filing.set_aside(folder, path)


def _forget_answers(folder: WatchFolder) -> None:
    """Remove the answers that nobody will fetch."""
    now = time.time()
    with suppress(OSError), os.scandir(folder.requests) as entries:
        for entry in entries:
            with suppress(OSError):
                old = now - entry.stat(follow_symlinks=False).st_mtime > _ANSWER_SECONDS
                if old and entry.name.endswith((_ANSWER, ".tmp")):
                    os.unlink(entry.path)
