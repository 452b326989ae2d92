"""`proxx status FOLDER`: shows the status that the daemon of a folder publishes."""

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from proxx_daemon.cli import named, output, status_view
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.monitor import published_status
from proxx_daemon.spool import status_file
from proxx_daemon.spool.folders import Filing, WatchFolder

_EXAMPLE: Final = """example:
  proxx status /srv/proxies
  proxx status /srv/proxies --follow
  proxx status /srv/proxies --json | jq .counts

It only reads, and works while the daemon is down. Ctrl-C ends --follow.

exit codes: 0, or 4 if FOLDER is not a watch folder or cannot be read
"""
#: seconds between two updates of --follow
_PAUSE: Final = 1.0
#: a daemon that has not published for this many scans, and this long, hangs
_SILENT_SCANS: Final = 3
_SILENT_SECONDS: Final = 30.0


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    parser.add_argument("--json", action="store_true", help="print JSON, one object per update")
    parser.add_argument("--follow", action="store_true", help="update every second")


def run(arguments: argparse.Namespace) -> int:
    """Show the status, once or until Ctrl-C; return the exit code."""
    folder, follow = named.watch_folder(arguments.folder), arguments.follow
    if follow and sys.stdout.isatty() and not arguments.json:
        _live(folder)
    while True:
        document = look(folder)
        if arguments.json:
            output.answer_json(document, indent=None if follow else 2)
        else:
            output.answer(*status_view.lines(document), *([""] if follow else []))
        if not follow:
            return 0
        time.sleep(_PAUSE)


def look(folder: WatchFolder) -> dict[str, Any]:
    """Return the last published status and what was added to it. Raise FatalError."""
    try:
        document = published_status.read(folder)
        served = named.is_served(folder)
        now = datetime.now(UTC)
        silent = _age(document.get("published_at"), now)
        longest = max(_SILENT_SECONDS, _SILENT_SCANS * float(document.get("scan_seconds") or 0.0))
        if served is None:
            served = document.get("mode") != "stopped" and silent is not None and silent < longest
        if not served or not document:
            # No daemon updates the counts: the specs are counted here.
            document["counts"] = dict(_counted(folder))
    except OSError as error:
        raise FatalError(
            f"the status of {folder.root} cannot be read: {error.strerror}. Give this user "
            f"permission to read {folder.state}."
        ) from error
    hangs = served and silent is not None and silent > longest
    return document | {
        "folder": folder.root,
        "daemon": "up" if served else "down",
        "healthy": bool(served and not hangs and document.get("healthy", False)),
        "hangs": bool(hangs),
        "published_seconds_ago": silent,
        "last_scan_seconds_ago": _age(document.get("last_scan_at"), now),
    }


def _counted(folder: WatchFolder) -> Iterator[tuple[str, int]]:
    places = {"pending": folder.pending, "running": folder.running}
    places |= {str(filing): folder.filed(filing) for filing in Filing}
    for name, path in places.items():
        try:
            yield name, status_file.count_specs(path)
        except FileNotFoundError:
            # The first daemon makes it.
            yield name, 0


def _age(moment: object, now: datetime) -> float | None:
    """Return the seconds since a published moment; None if there is none."""
    try:
        return round(max(0.0, (now - datetime.fromisoformat(str(moment))).total_seconds()), 1)
    except (ValueError, TypeError):
        return None


def _live(folder: WatchFolder) -> NoReturn:
    """Keep one status on the terminal up to date, until Ctrl-C."""
    # Rich takes a tenth of a second to import: only a person waits for it.
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    with Live(auto_refresh=False, screen=False) as live:
        while True:
            text = "\n".join(status_view.lines(look(folder), width=live.console.width))
            live.update(Text(text, no_wrap=True, overflow="ellipsis"), refresh=True)
            time.sleep(_PAUSE)
