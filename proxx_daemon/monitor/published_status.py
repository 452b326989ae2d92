"""Reads the status that a daemon has published, whatever is in its file by now."""

from typing import Any

from proxx_daemon.documents.writing import converter
from proxx_daemon.monitor.status import Status
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import WatchFolder


def read(folder: WatchFolder) -> dict[str, Any]:
    """Return the last published status, each field of its type; empty if there is none.

    What a later version of Proxx has added stays as it is. Raise PermissionError where this user
    may not look.
    """
    published = status_file.read(folder)
    if published is None:
        return {}
    try:
        status = converter().structure(published, Status)
    except Exception:  # noqa: BLE001 - no content of it may stop a command
        return {}
    return published | status.document()
