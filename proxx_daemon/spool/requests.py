"""How an operator's command reaches the daemon: a small file in .proxx/requests, and its answer.

The asker puts `ID.request.json`; the daemon takes it by renaming it to `ID.taken.json`, acts, puts
`ID.answer.json` and removes what it took. A request is complete or absent, survives a crash on
either side, and works over a network share. Users who may write in that folder may control the
daemon; the name of the user is that of the file's owner, not read from its content.
"""

import json
import os
import pwd
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from typing import Final

from attrs import evolve, frozen

from proxx_daemon.documents.strict_json import DocumentLimits, printable
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.json_file import parse_object, read_object
from proxx_daemon.system import durable

_REQUEST: Final = ".request.json"
_TAKEN: Final = ".taken.json"
_ANSWER: Final = ".answer.json"
#: a request and an answer are flat
_LIMITS: Final = DocumentLimits(what="request", max_bytes=16384, max_depth=1)
#: the names of answers as daemons give them
_ANSWERS: Final = re.compile(r"[0-9a-f]{32}\.answer\.json")
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
    #: name of its file
    name: str
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
        document = read_object(path, _LIMITS)
        with suppress(OSError):
            os.unlink(path)
        return Answer(done=bool(document["done"]), message=str(document["message"]))
    except (OSError, ValueError, KeyError):
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
        names = [entry.name for entry in entries if entry.name.endswith((_REQUEST, _TAKEN))]
    for _, name in sorted((_age(folder, name), name) for name in names):
        try:
            yield _read(folder, name)
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError) as error:
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
        document = parse_object(os.read(descriptor, _LIMITS.max_bytes + 1), _LIMITS)
    return Request(
        request_id=name.removesuffix(_REQUEST).removesuffix(_TAKEN),
        name=name,
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


def take(folder: WatchFolder, request: Request) -> Request | None:
    """Take a request before it is carried out; return it, None if it was withdrawn meanwhile.

    One that cannot be renamed could not be removed either, and would be carried out again and
    again. Raise OSError; it must not be carried out then.
    """
    name = request.request_id + _TAKEN
    if request.name != name:
        try:
            durable.rename_noreplace(
                os.path.join(folder.requests, request.name), os.path.join(folder.requests, name)
            )
        except FileNotFoundError:
            return None
    return evolve(request, name=name)


def conclude(folder: WatchFolder, request: Request, answer: Answer) -> None:
    """Answer a request that was taken, then remove it: after a crash in between it is carried
    out again.

    Raise OSError.
    """
    content = json.dumps({"done": answer.done, "message": answer.message}).encode() + b"\n"
    with suppress(FileExistsError):
        durable.put(folder.scratch, folder.requests, request.request_id + _ANSWER, content)
    with suppress(FileNotFoundError):
        os.unlink(os.path.join(folder.requests, request.name))
    _forget_answers(folder)


def discard(folder: WatchFolder, name: str) -> str:
    """Set aside what is no request, whatever it is; return its new path. Raise OSError."""
    return filing.set_aside(folder, os.path.join(folder.requests, name))


def _forget_answers(folder: WatchFolder) -> None:
    """Remove the answers that nobody will fetch."""
    now = time.time()
    with suppress(OSError), os.scandir(folder.requests) as entries:
        for entry in entries:
            with suppress(OSError):
                old = now - entry.stat(follow_symlinks=False).st_mtime > _ANSWER_SECONDS
                if old and (_ANSWERS.fullmatch(entry.name) or durable.is_temporary(entry.name)):
                    os.unlink(entry.path)
