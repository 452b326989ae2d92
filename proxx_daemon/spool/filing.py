"""Files a finished job: result first, then log, then the spec, each durable and never over
something that exists.

The result is durable before its spec becomes visible beside it, so a spec in completed/ or
failed/ without a result cannot happen.
"""

import json
import os
from contextlib import suppress
from typing import Any

from proxx_daemon.rules import candidates
from proxx_daemon.spool import durable
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder, is_free


def file_job(
    folder: WatchFolder, name: str, filing: Filing, result: bytes, log_path: str | None
) -> Filed:
    """Put the result and move log and spec beside it, under the first stem that is free.

    Raises OSError; the spec is then still in running/ and recovery finishes what is left.
    """
    target = folder.filed(filing)
    for stem in candidates.stems(name):
        if not is_free(target, stem):
            continue
        try:
            durable.put(folder.scratch, target, stem + candidates.RESULT_SUFFIX, result)
        except FileExistsError:
            continue
        return move_beside(folder, name, filing, stem, log_path)
    raise AssertionError("stems never end")


def move_beside(
    folder: WatchFolder, name: str, filing: Filing, stem: str, log_path: str | None
) -> Filed:
    """Move log and spec to a result that is durable already: the last steps of a job.

    Raises FileExistsError when somebody else wrote the same names there meanwhile.
    """
    target = folder.filed(filing)
    place = os.path.join(target, stem)
    log: str | None = place + candidates.LOG_SUFFIX
    if log_path is not None and os.path.exists(log_path) and log is not None:
        durable.rename_noreplace(log_path, log)
    elif log is not None and not os.path.exists(log):
        log = None
    durable.rename_noreplace(os.path.join(folder.running, name), place + candidates.SUFFIX)
    durable.fsync_directory(target)
    durable.fsync_directory(folder.running)
    return Filed(spec=place + candidates.SUFFIX, result=place + candidates.RESULT_SUFFIX, log=log)


def find_result(folder: WatchFolder, name: str, attempt_id: str) -> tuple[Filing, str] | None:
    """Find the durable result of an attempt whose spec is still in running/.

    Looks at the stems that the spec could have been filed under, and at no others.
    """
    for filing in Filing:
        target = folder.filed(filing)
        for stem in candidates.stems(name):
            if is_free(target, stem):
                break
            place = os.path.join(target, stem)
            if os.path.lexists(place + candidates.SUFFIX):
                continue
            if _attempt_of(place + candidates.RESULT_SUFFIX) == attempt_id:
                return filing, stem
    return None


def _attempt_of(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            document: Any = json.loads(file.read())
        attempt = document["_metadata"]["attempt_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return attempt if isinstance(attempt, str) else None


def without_result(folder: WatchFolder) -> list[str]:
    """Find specs in completed/ and failed/ that have no result: what cannot happen.

    Returns their absolute paths.
    """
    found = []
    for filing in Filing:
        target = folder.filed(filing)
        names = set(os.listdir(target))
        found += [
            os.path.join(target, name)
            for name in sorted(names)
            if name.endswith(candidates.SUFFIX)
            and not name.endswith(candidates.RESULT_SUFFIX)
            and candidates.objection(name) is None
            and name.removesuffix(candidates.SUFFIX) + candidates.RESULT_SUFFIX not in names
        ]
    return found


def quarantine(folder: WatchFolder, path: str) -> str:
    """Set a finished spec without a result aside; returns its new path. Raises OSError."""
    with suppress(FileExistsError):
        os.mkdir(folder.quarantine, 0o700)
    name = os.path.basename(path)
    for stem in candidates.stems(name):
        target = os.path.join(folder.quarantine, stem + candidates.SUFFIX)
        with suppress(FileExistsError):
            durable.rename_noreplace(path, target)
            durable.fsync_directory(folder.quarantine)
            durable.fsync_directory(os.path.dirname(path))
            return target
    raise AssertionError("stems never end")
