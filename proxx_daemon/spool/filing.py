"""Files a finished job: result first, then log, then the spec, each durable and never over
something that exists.

The result is durable before its spec becomes visible beside it, so a spec in completed/ or
failed/ without a result cannot happen.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, TypeAlias

from attrs import evolve

from proxx_daemon.result.reading import LIMITS
from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filed, Filing, WatchFolder, is_free
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.system import durable

#: the attempt and the spec that a result is from; None where it does not say
_Origin: TypeAlias = tuple[str | None, str | None]
#: a job has one result, however large it is
_LIMITS: Final = evolve(LIMITS, max_bytes=256 * 1024 * 1024)


def file_job(
    folder: WatchFolder, name: str, filing: Filing, result: bytes, log_path: str | None
) -> Filed:
    """Put the result and move log and spec beside it, under the first stem that is free.

    Raise OSError; the spec is then still in running/ and recovery finishes what is left.
    """
    target = folder.filed(filing)

    def put(stem: str) -> bool:
        with suppress(FileExistsError):
            durable.put(folder.scratch, target, stem + candidates.RESULT_SUFFIX, result)
            return True
        return False

    stem = next(each for each in candidates.stems(name) if is_free(target, each) and put(each))
    return move_beside(folder, name, filing, stem, log_path)


def move_beside(
    folder: WatchFolder, name: str, filing: Filing, stem: str, log_path: str | None
) -> Filed:
    """Move log and spec to a result that is durable already: the last steps of a job.

    If another file got the spec's new name meanwhile, the result moves to the next free stem
    first. Raise OSError; a later call goes on from there.
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
    target = move_to_free(
        os.path.join(folder.running, name), folder.pending, name, candidates.SUFFIX
    )
    durable.fsync_directory(folder.pending)
    durable.fsync_directory(folder.running)
    return target


def set_aside(folder: WatchFolder, path: str) -> str:
    """Move an entry of the watch folder into .proxx/quarantine; return its new path.

    Raise OSError; the entry is then where it was.
    """
    with suppress(FileExistsError):
        os.mkdir(folder.quarantine, 0o700)
        durable.fsync_directory(folder.state)
    stem, suffix = os.path.splitext(os.path.basename(path))
    target = move_to_free(path, folder.quarantine, stem, suffix)
    durable.fsync_directory(folder.quarantine)
    durable.fsync_directory(os.path.dirname(path))
    return target


def move_to_free(source: str, folder: str, name: str, suffix: str) -> str:
    """Move a file to the first stem of `name` that is free for that suffix; return its path.

    A rename that a crash interrupted is finished. Raise OSError.
    """
    targets = (os.path.join(folder, stem + suffix) for stem in candidates.stems(name))
    return next(target for target in targets if _move(source, target))


def _move(source: str, target: str) -> bool:
    """Rename, or finish a rename that a crash interrupted; False when the name is taken."""
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
    return move_to_free(log_path, target, stem + candidates.SUFFIX, candidates.LOG_SUFFIX)


def _move_result(target: str, name: str, stem: str) -> str:
    """Move a result whose spec's name was taken to another stem, which is returned."""
    source = os.path.join(target, stem + candidates.RESULT_SUFFIX)
    found = next(
        other
        for other in candidates.stems(name)
        if is_free(target, other)
        and _move(source, os.path.join(target, other + candidates.RESULT_SUFFIX))
    )
    durable.fsync_directory(target)
    return found


def find_result(folder: WatchFolder, name: str, attempt_id: str) -> tuple[Filing, str] | None:
    """Find the durable result of an attempt whose spec is still in running/.

    Looks at the stems that the spec could have been filed under, and at no others.
    """
    results = _results(folder, name)
    return next((place for place, origin in results if origin[0] == attempt_id), None)


def find_attempt(folder: WatchFolder, name: str, attempts: set[str]) -> str | None:
    """Find which of some attempts left a result for a spec that is still in running/.

    For attempts that ended before their record was put: only their result names the spec.
    """
    for (filing, stem), (attempt_id, spec_name) in _results(folder, name):
        if spec_name == name and attempt_id in attempts:
            beside = os.path.join(folder.filed(filing), stem + candidates.SUFFIX)
            if not os.path.lexists(beside):
                return attempt_id
    return None


def specs_without_result(folder: WatchFolder) -> list[str]:
    """Return the absolute paths of specs in completed/ and failed/ that have no result.

    This cannot happen, and is checked at each start. Reads the names of every job that there
    ever was, about 0.1 s for 100,000 files. Raise OSError.
    """
    found = []
    for target in map(folder.filed, Filing):
        names = set(os.listdir(target))
        found += [
            os.path.join(target, name)
            for name in sorted(names)
            if name.endswith(candidates.SUFFIX)
            and not name.endswith(candidates.RESULT_SUFFIX)
            and name.removesuffix(candidates.SUFFIX) + candidates.RESULT_SUFFIX not in names
            and candidates.objection(name) is None
        ]
    return found


def _results(folder: WatchFolder, name: str) -> Iterator[tuple[tuple[Filing, str], _Origin]]:
    """Yield filing and stem of each result that can be that of a spec, and where it is from."""
    stem = name.removesuffix(candidates.SUFFIX)
    pattern = re.compile(f"({re.escape(stem)}(?:-[0-9]+)?){re.escape(candidates.RESULT_SUFFIX)}")
    for filing in Filing:
        target = folder.filed(filing)
        # Not sorted as a whole: these folders hold every job there ever was.
        near = [entry for entry in os.listdir(target) if entry.startswith(stem)]
        for entry in sorted(near):
            match = pattern.fullmatch(entry)
            if match:
                yield (filing, match.group(1)), _origin(os.path.join(target, entry))


def _origin(path: str) -> _Origin:
    try:
        metadata = read_object(path, _LIMITS).get("_metadata")
    except (OSError, ValueError):
        return None, None
    if not isinstance(metadata, dict):
        return None, None
    attempt_id, spec_name = metadata.get("attempt_id"), metadata.get("spec_name")
    return _text(attempt_id), _text(spec_name)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
