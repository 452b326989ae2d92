"""`proxx wait FOLDER`: returns when jobs have ended, and says how."""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final

from proxx_daemon.cli import job_table, jobs, named, output
from proxx_daemon.documents.strict_json import escaped, printable
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor import job_list
from proxx_daemon.monitor.job_list import JobRow
from proxx_daemon.operators import batch, resubmission
from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filing, WatchFolder

_EXAMPLE: Final = """example:
  proxx wait /srv/proxies --batch A001
  proxx wait /srv/proxies reel-7 reel-8

Without --batch and JOB it waits for all jobs that wait or run now. Then it prints them as
`proxx jobs` does. Of a job that was submitted again, the last one counts.

exit codes: 0 all completed (or nothing to wait for), 2 none completed, 3 some completed,
            4 system error (no watch folder, no such job)
"""
#: seconds between two looks at the times of four folders
_LOOK: Final = 0.5
#: seconds after which the folders are read even if their times are the same
_READ: Final = 10.0


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--batch", metavar="NAME", help="wait for the jobs of this batch")
    which.add_argument("jobs", metavar="JOB", nargs="*", default=[], help="wait for these jobs")


def run(arguments: argparse.Namespace) -> int:
    """Wait, then print how the jobs ended; return the exit code."""
    folder = named.watch_folder(arguments.folder)
    try:
        names = _chosen(arguments, folder)
        _wait(folder, names)
        rows = job_list.rows(folder, names.__contains__)
    except OSError as error:
        raise jobs.unreadable(folder, error) from error
    if not rows:
        output.answer(f"No job waits or runs in {folder.root}. `proxx jobs` lists finished jobs.")
        return 0
    output.answer(*map(escaped, job_table.lines(rows, jobs.width())), "", job_table.count(rows))
    last = _last_of_each(rows)
    good = sum(row.status == "COMPLETED" for row in last)
    if good == len(last):
        return 0
    return 3 if good else 2


def _chosen(arguments: argparse.Namespace, folder: WatchFolder) -> frozenset[str]:
    """Return the jobs to wait for. Raise FatalError for names that no job has."""
    is_open = set(job_list.open_jobs(folder))
    if arguments.batch is None and not arguments.jobs:
        return frozenset(is_open)
    known = is_open | job_list.ended_jobs(folder).keys()
    if arguments.batch is not None:
        found = frozenset(job for job in known if batch.is_of_batch(job, arguments.batch))
        if not found:
            raise FatalError(
                f"{folder.root} has no job of a batch '{printable(arguments.batch)}'. "
                "`proxx jobs` lists the jobs."
            )
        return found
    asked = frozenset(job.removesuffix(candidates.SUFFIX) for job in arguments.jobs)
    if asked - known:
        missing = ", ".join(f"'{printable(job)}'" for job in sorted(asked - known))
        raise FatalError(f"{folder.root} has no job {missing}. `proxx jobs` lists the jobs.")
    return asked


def _wait(folder: WatchFolder, names: frozenset[str]) -> None:
    """Return when none of the jobs waits or runs any more; show how many are left."""
    shows = sys.stderr.isatty()
    times: tuple[int, ...] = ()
    told, read_at = False, 0.0
    try:
        while True:
            now, before = tuple(_times(folder)), time.monotonic()
            if now != times or before - read_at >= _READ:
                times, read_at = now, before
                is_open = job_list.open_jobs(folder)
                left = {job: is_open[job] for job in names & is_open.keys()}
                if not left:
                    return
                if not told and named.is_served(folder) is False:
                    told = True
                    output.tell(f"No daemon serves {folder.root}: start `proxx watch` there.")
                if shows:
                    _show(len(names), left)
            time.sleep(_LOOK)
    finally:
        if shows:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _times(folder: WatchFolder) -> Iterator[int]:
    for path in (folder.pending, folder.running, *map(folder.filed, Filing)):
        yield os.stat(path).st_mtime_ns


def _show(total: int, left: dict[str, str]) -> None:
    running = sorted(job for job, state in left.items() if state == job_list.RUNNING)
    text = f"{total - len(left)} of {total} jobs ended; running: {', '.join(running) or '-'}"
    sys.stderr.write("\r\x1b[K" + job_table.cut(escaped(text), (jobs.width() or 80) - 1))
    sys.stderr.flush()


def _last_of_each(rows: Sequence[JobRow]) -> list[JobRow]:
    """Return, of each job and those that repeat it, the one that ended last."""
    return list({resubmission.stem_of(row.job): row for row in rows}.values())
