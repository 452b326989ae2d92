"""Operators' orders, which stay in force when the daemon restarts, and the record of actions.

`.proxx/paused.json` and `.proxx/draining.json` hold until they are withdrawn, so that a daemon
that was restarted still follows them. `.proxx/operator.jsonl` lists every action.
"""

import json
import os
import stat
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import frozen

from proxx_daemon.documents.strict_json import DocumentLimits, printable
from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.system import durable

_LIMITS: Final = DocumentLimits(what="order", max_bytes=4096, max_depth=1)


class OrderKind(StrEnum):
    """Orders that hold until they are withdrawn."""

    #: claim nothing
    PAUSED = "paused"
    #: finish the running jobs, then end
    DRAINING = "draining"


@frozen(kw_only=True)
class Order:
    """Who gave an order, and when."""

    #: user and machine
    by: str
    #: ISO 8601
    at: str


def give(folder: WatchFolder, kind: OrderKind, order: Order) -> None:
    """Make an order durable; if there is one already, it stays as it is. Raise OSError."""
    content = json.dumps({"by": order.by, "at": order.at}).encode() + b"\n"
    with suppress(FileExistsError):
        durable.put(folder.scratch, folder.state, f"{kind}.json", content)


def holding(folder: WatchFolder, kind: OrderKind) -> Order | None:
    """Return who gave an order that is in force; None where there is none."""
    try:
        path = os.path.join(folder.state, f"{kind}.json")
        document = read_object(path, _LIMITS)
        return Order(by=printable(document["by"]), at=printable(document["at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError):
        # An order that cannot be read is still in force.
        return Order(by="somebody", at="")


def withdraw(folder: WatchFolder, kind: OrderKind) -> None:
    """Withdraw an order; do nothing where there is none. Raise OSError."""
    path = os.path.join(folder.state, f"{kind}.json")
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        # No daemon made a folder of it.
        filing.set_aside(folder, path)
    durable.fsync_directory(folder.state)


def record(folder: WatchFolder, at: datetime, **facts: str | bool | None) -> None:
    """Append one action to the record and bring it to the disk. Raise OSError."""
    line = json.dumps({"at": at.isoformat(), **facts}, ensure_ascii=False) + "\n"
    path = os.path.join(folder.state, "operator.jsonl")
    if os.path.lexists(path) and not stat.S_ISREG(os.lstat(path).st_mode):
        # A FIFO, a folder or a link: no daemon made it, and it would stop every action.
        filing.set_aside(folder, path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o644)
    try:
        durable.write_all(descriptor, line.encode("utf-8", "backslashreplace"))
        durable.fsync_descriptor(descriptor)
    finally:
        os.close(descriptor)
