"""The daemon's status on disk: replaced in one step, read by anybody, never flushed.

It is what `proxx status` shows. Nothing depends on it: after a crash it is old, and contains
the time at which it was written.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from proxx_daemon.documents.strict_json import DocumentLimits
from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.system import durable

_NAME: Final = "status.json"
_LIMITS: Final = DocumentLimits(what="status", max_bytes=16 * 1024 * 1024, max_depth=3)


def publish(folder: WatchFolder, document: Mapping[str, Any]) -> None:
    """Replace the published status. Raise OSError."""
    content = json.dumps(document, ensure_ascii=False).encode("utf-8", "backslashreplace")
    durable.replace(folder.scratch, os.path.join(folder.state, _NAME), content + b"\n")


def read(folder: WatchFolder) -> dict[str, Any] | None:
    """Return what was published last; None if there is nothing that can be read.

    Raise PermissionError where this user may not look.
    """
    try:
        return read_object(os.path.join(folder.state, _NAME), _LIMITS)
    except PermissionError:
        raise
    except (OSError, ValueError):
        return None


def count_specs(path: str) -> int:
    """Count the specs in one of the watch folder's folders. Raise OSError.

    completed/ holds every job there ever was: its names are never in memory all at once.
    """
    with os.scandir(path) as entries:
        return sum(
            entry.name.endswith(candidates.SUFFIX)
            and not entry.name.endswith(candidates.RESULT_SUFFIX)
            and not entry.name.startswith(".")
            for entry in entries
        )
