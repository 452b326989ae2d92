"""`proxx discard FOLDER`: removes the partial files that failed jobs left behind."""

import argparse
import os
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from proxx_daemon.cli import named, operate, output, signals
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import leftovers
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.leftovers import Leftover
from proxx_daemon.spool.requests import Action

_EXAMPLE: Final = """example:
  proxx discard /srv/proxies
  proxx discard /srv/proxies --json

A failed clip leaves what was encoded in a hidden partial file, for a look. Its result
names it (partial_path). This removes those of all jobs in failed/ and prints each path.
It asks nothing. A daemon may run meanwhile: files of running jobs stay, and so do specs,
results, logs and proxies. Run it as the user of the daemon. `proxx doctor FOLDER` counts
the files and removes nothing.

exit codes: 0 done, also if there was nothing to remove; 1 some files could not be removed;
            4 system error
"""


@frozen(kw_only=True)
class _Kept:
    """A file that could not be removed."""

    path: str
    reason: str


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Remove the files and print what was removed; return the exit code."""
    folder = named.watch_folder(arguments.folder)
    found = _found(folder)
    # What is removed is also printed and recorded: a signal comes too late from here on.
    signals.hold()
    removed: list[Leftover] = []
    kept: list[_Kept] = []
    for leftover in found:
        try:
            leftovers.remove(leftover)
        except OSError as error:
            kept.append(_Kept(path=leftover.path, reason=os.strerror(error.errno or 0)))
        else:
            removed.append(leftover)
    _show(removed, kept, as_json=arguments.json)
    _record(folder, removed)
    return 1 if kept else 0


def _found(folder: WatchFolder) -> list[Leftover]:
    try:
        return list(leftovers.find(folder))
    except OSError as error:
        raise FatalError(
            f"{folder.root} cannot be read: {os.strerror(error.errno or 0)}. Run this as the user "
            "of the daemon."
        ) from error


def _show(removed: Sequence[Leftover], kept: Sequence[_Kept], *, as_json: bool) -> None:
    total = sum(each.size for each in removed)
    if as_json:
        output.answer_json(
            {
                "removed": [
                    {"job": each.job, "path": each.path, "bytes": each.size} for each in removed
                ],
                "bytes": total,
                "kept": [{"path": each.path, "reason": each.reason} for each in kept],
            }
        )
        return
    output.answer(
        *(f"{each.path}  {each.size:,} bytes" for each in removed),
        f"{len(removed)} partial file(s) removed, {total:,} bytes.",
    )
    output.tell(*(f"{each.path} was not removed: {each.reason}." for each in kept))


def _record(folder: WatchFolder, removed: Sequence[Leftover]) -> None:
    """Have the daemon note who removed the files of which job."""
    try:
        for job in sorted({each.job for each in removed}):
            operate.ask(folder, Action.DISCARDED, job)
    except FatalError as error:
        output.tell(f"The files were removed, but the daemon does not record this: {error}")
