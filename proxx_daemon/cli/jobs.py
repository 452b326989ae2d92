"""`proxx jobs FOLDER`: lists the jobs of a watch folder."""

import argparse
import csv
import io
import os
import re
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from proxx_daemon.cli import job_table, named, output
from proxx_daemon.documents.strict_json import escaped, printable
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor import job_list
from proxx_daemon.monitor.job_list import JobRow
from proxx_daemon.operators import batch
from proxx_daemon.spool.folders import WatchFolder

_EXAMPLE: Final = """example:
  proxx jobs /srv/proxies --batch A001
  proxx jobs /srv/proxies --failed --since 2h
  proxx jobs /srv/proxies --csv > jobs.csv

Finished jobs come first, by the time of their end (local time), then running and waiting ones.
PREMIERE, RESOLVE and AVID say whether every proxy of the job attaches there.
WHEN is a date (2026-01-31), a date with a time (2026-01-31T14:00), or a time span (30m, 2h, 3d).

exit codes: 0, or 4 if FOLDER is not a watch folder or cannot be read
"""
_SPAN: Final = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    parser.add_argument("--batch", metavar="NAME", help="only the jobs of this batch")
    parser.add_argument("--failed", action="store_true", help="only jobs that did not complete")
    parser.add_argument(
        "--not-attaching",
        action="store_true",
        help="only jobs with a proxy that an editing system does not attach",
    )
    parser.add_argument(
        "--since", metavar="WHEN", type=_moment, help="only jobs that ended since then"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV with all columns")
    form.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """List the jobs; return the exit code."""
    folder = named.watch_folder(arguments.folder)
    rows = [row for row in read(folder, arguments.batch) if _is_shown(row, arguments)]
    if arguments.json:
        output.answer_json([attrs.asdict(row) for row in rows])
    elif arguments.csv:
        output.answer_bytes(_csv(rows).encode("utf-8", "backslashreplace"))
    else:
        output.answer(*map(escaped, job_table.lines(rows, width())), "", job_table.count(rows))
    return 0


def read(folder: WatchFolder, name: str | None) -> list[JobRow]:
    """Return the jobs of a batch, or all without a name. Raise FatalError."""
    try:
        return job_list.rows(folder, lambda job: name is None or batch.is_of_batch(job, name))
    except OSError as error:
        raise unreadable(folder, error) from error


def unreadable(folder: WatchFolder, error: OSError) -> FatalError:
    """Return the error of a folder that cannot be read."""
    place, reason = error.filename or folder.root, os.strerror(error.errno or 0)
    return FatalError(
        f"{escaped(str(place))} cannot be read: {reason}. Give this user permission to read it."
    )


def width() -> int | None:
    """Return the width of the terminal that stdout is; None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _is_shown(row: JobRow, arguments: argparse.Namespace) -> bool:
    if arguments.failed and (not row.is_over or row.status == "COMPLETED"):
        return False
    if arguments.not_attaching and not any(row.attaches.values()):
        return False
    return arguments.since is None or _ended_since(row, arguments.since)


def _ended_since(row: JobRow, since: datetime) -> bool:
    try:
        return row.ended_at is not None and datetime.fromisoformat(row.ended_at) >= since
    except (ValueError, TypeError):
        return False


def _csv(rows: Sequence[JobRow]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    names = [each.name for each in attrs.fields(JobRow)]
    writer.writerow(names)
    for row in rows:
        no = "; ".join(f"{editor}: {why}" for editor, why in row.attaches.items() if why)
        writer.writerow([no if n == "attaches" else _harmless(getattr(row, n)) for n in names])
    return text.getvalue()


def _harmless(value: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else printable(value if isinstance(value, str) else str(value), 5000)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _moment(text: str) -> datetime:
    span = _SPAN.fullmatch(text)
    if span is not None:
        return datetime.now(UTC) - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        message = f"'{printable(text)}' is no date and no time span such as 30m, 2h or 3d"
        raise argparse.ArgumentTypeError(message) from None
