"""Files a finished job: result first, then log, then the spec, each durable and never over
something that exists.

The result is durable before its spec becomes visible beside it, so a spec in completed/ or
failed/ without a result cannot happen.
"""

import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder, is_free
from proxx_daemon.system import durable

#: bytes of a result that are read
_MOST_BYTES: Final = 256 * 1024 * 1024


def file_job(
    folder: WatchFolder, name: str, filing: Filing, result: bytes, log_path: str | None
) -> Filed:
    """Put the result and move log and spec beside it, under the first stem that is free.

    Raise OSError; the spec is then still in running/ and recovery finishes what is left.
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

    Where somebody put another file under the spec's new name meanwhile, the result moves on to
    the next free stem first. Raise OSError; a later call goes on from there.
    """
    target = folder.filed(filing)
    source = os.path.join(folder.running, name)
    log = _move_log(target, stem, log_path)
    while not _move(source, os.path.join(target, stem + candidates.SUFFIX)):
        stem = _move_result(target, name, stem)
    durable.fsync_directory(target)
    durable.fsync_directory(folder.running)
    place = os.path.join(target, stem)
    return Filed(spec=place + candidates.SUFFIX, result=place + candidates.RESULT_SUFFIX, log=log)


def return_spec(folder: WatchFolder, name: str) -> str:
    """Move a spec of which nothing has begun back to pending/, durably; return its new path.

    Where a newer spec has its name there, it gets a numbered one. Raise OSError; the spec is then
    still in running/.
    """
    source = os.path.join(folder.running, name)
    for stem in candidates.stems(name):
        target = os.path.join(folder.pending, stem + candidates.SUFFIX)
        if _move(source, target):
            durable.fsync_directory(folder.pending)
            durable.fsync_directory(folder.running)
            return target
    raise AssertionError("stems never end")


def _move(source: str, target: str) -> bool:
    """Rename, or finish a rename that a crash cut in two; False when the name is taken."""
    try:
        durable.rename_noreplace(source, target)
    except FileExistsError:
        return durable.finish_rename(source, target)
    return True


def _move_log(target: str, stem: str, log_path: str | None) -> str | None:
    """Move the log to its stem, or the next one that has none; return its path."""
    first = os.path.join(target, stem + candidates.LOG_SUFFIX)
    if log_path is None or not os.path.lexists(log_path):
        # An earlier call may have moved it.
        return first if os.path.lexists(first) else None
    for other in candidates.stems(stem + candidates.SUFFIX):
        place = os.path.join(target, other + candidates.LOG_SUFFIX)
        if _move(log_path, place):
            return place
    raise AssertionError("stems never end")


def _move_result(target: str, name: str, stem: str) -> str:
    """Move a result whose spec's name was taken to another stem, which is returned."""
    source = os.path.join(target, stem + candidates.RESULT_SUFFIX)
    for other in candidates.stems(name):
        if is_free(target, other) and _move(
            source, os.path.join(target, other + candidates.RESULT_SUFFIX)
        ):
            durable.fsync_directory(target)
            return other
    raise AssertionError("stems never end")


def find_result(folder: WatchFolder, name: str, attempt_id: str) -> tuple[Filing, str] | None:
    """Find the durable result of an attempt whose spec is still in running/.

    Looks at the stems that the spec could have been filed under, and at no others.
    """
    for filing, stem, origin in _results(folder, name):
        if origin.attempt_id == attempt_id:
            return filing, stem
    return None


def find_attempt(folder: WatchFolder, name: str, attempts: set[str]) -> str | None:
    """Find which of some attempts left a result for a spec that is still in running/.

    For attempts that ended before their record was put: they know no spec, their result does.
    """
    for filing, stem, origin in _results(folder, name):
        if origin.spec_name != name or origin.attempt_id not in attempts:
            continue
        beside = os.path.join(folder.filed(filing), stem + candidates.SUFFIX)
        if not os.path.lexists(beside):
            return origin.attempt_id
    return None


@frozen(kw_only=True)
class _Origin:
    """Where a result comes from."""

    attempt_id: str | None
    spec_name: str | None


def _results(folder: WatchFolder, name: str) -> Iterator[tuple[Filing, str, _Origin]]:
    """Yield the results that can be those of a spec: filing, stem and origin."""
    stem = name.removesuffix(candidates.SUFFIX)
    pattern = re.compile(f"({re.escape(stem)}(?:-[0-9]+)?){re.escape(candidates.RESULT_SUFFIX)}")
    for filing in Filing:
        target = folder.filed(filing)
        # Looked through as it is: these folders hold every job there ever was.
        near = [entry for entry in os.listdir(target) if entry.startswith(stem)]
        for entry in sorted(near):
            match = pattern.fullmatch(entry)
            if match:
                yield filing, match.group(1), _origin(os.path.join(target, entry))


def _origin(path: str) -> _Origin:
    try:
        content = durable.read_regular(path, _MOST_BYTES)
        metadata: Any = json.loads(content)["_metadata"]
        return _Origin(attempt_id=metadata["attempt_id"], spec_name=metadata["spec_name"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return _Origin(attempt_id=None, spec_name=None)
