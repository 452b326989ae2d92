"""Jobs as a table for people, with what failed and what to do below it."""

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.monitor.job_list import JobRow

#: the heads of the columns of the editing systems, by their names in results
_EDITORS = {
    "Adobe Premiere Pro": "PREMIERE",
    "DaVinci Resolve": "RESOLVE",
    "Avid Media Composer": "AVID",
}
#: jobs that are named for one failure
_NAMED = 20


def lines(rows: Sequence[JobRow], width: int | None) -> Iterator[str]:
    """Yield the table, then every kind of failure and every reason not to attach.

    `width` is that of the terminal; None leaves the lines as long as they are.
    """
    head = ("JOB", "STATUS", *_EDITORS.values(), "ENDED", "CLIP", "REASON")
    yield from _columns([head, *map(_cells, rows)], width)
    yield from _failures(rows)
    yield from _not_attaching(rows)


def count(rows: Sequence[JobRow]) -> str:
    """Return how many jobs there are, and how many of each status."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.status] = found.get(row.status, 0) + 1
    parts = ", ".join(f"{number} {status.lower()}" for status, number in sorted(found.items()))
    return f"{len(rows)} job(s): {parts}" if found else "0 jobs"


def local(moment: str) -> str:
    """Return a moment of a result in local time; the text itself if it is none."""
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return printable(moment, 30)


def _cells(row: JobRow) -> tuple[str, ...]:
    clip = "-" if row.source is None else printable(row.source.rpartition("/")[2], 200)
    return (
        printable(row.job, 200),
        printable(row.status, 20),
        *(_verdict(row, editor) for editor in _EDITORS),
        "-" if row.ended_at is None else local(row.ended_at),
        f"{clip} +{row.clips - 1}" if row.clips > 1 else clip,
        "" if row.code is None else printable(f"{row.code}: {row.message}", 1000),
    )


def _verdict(row: JobRow, editor: str) -> str:
    if editor not in row.attaches:
        return "-"
    return "yes" if row.attaches[editor] is None else "NO"


def _failures(rows: Sequence[JobRow]) -> Iterator[str]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.code is not None:
            kinds.setdefault((row.code, row.action or ""), []).append(row.job)
    for (code, action), jobs in kinds.items():
        yield ""
        yield f"{printable(code)}  {_named(jobs)}"
        yield f"  do: {printable(action, 20_000)}"


def _not_attaching(rows: Sequence[JobRow]) -> Iterator[str]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for editor, why in row.attaches.items():
            if why is not None:
                kinds.setdefault((editor, why.partition(":")[0]), []).append(row.job)
    for (editor, condition), jobs in kinds.items():
        yield ""
        yield f"does not attach in {printable(editor)} ({printable(condition)})  {_named(jobs)}"
        yield "  do: read the section of this system in docs/reference/relink.md"


def _named(jobs: Sequence[str]) -> str:
    named = [printable(job, 80) for job in jobs[:_NAMED]]
    return ", ".join((*named, f"and {len(jobs) - _NAMED} more") if len(jobs) > _NAMED else named)


def _columns(rows: Sequence[Sequence[str]], width: int | None) -> Iterator[str]:
    widths = [max(map(cells_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (
            cell + " " * (wide - cells_of(cell)) for cell, wide in zip(row, widths, strict=True)
        )
        line = "  ".join(padded).rstrip()
        yield line if width is None else cut(line, width)


def cut(line: str, width: int) -> str:
    """Return a line that fits into a terminal; one that does not ends with an ellipsis."""
    if cells_of(line) <= width:
        return line
    while line and cells_of(line) >= width:
        line = line[:-1]
    return line + "…"


def cells_of(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF")
        for each in text
    )
