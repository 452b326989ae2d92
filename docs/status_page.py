"""The page of what a daemon shows: the fields of its status, and its metrics."""

import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from proxx_daemon.monitor.numbers import NUMBERS, MetricKind, gauges_of_the_daemon
from proxx_daemon.monitor.status import FailureStatus, HealthFact, RunningStatus, Status

#: what the command adds to the published status
_ADDED: Final = {
    "daemon": "up or down: whether a daemon holds the folder's lock",
    "healthy": "whether the daemon is up and every condition in `health` is met",
    "hangs": "whether the daemon has not published for three scans",
    "published_seconds_ago": "seconds since `published_at`",
    "last_scan_seconds_ago": "seconds since `last_scan_at`",
}


def lines() -> Iterator[str]:
    """Return the page below its title."""
    yield "## `proxx status --json`"
    yield ""
    yield "The daemon publishes this in `FOLDER/.proxx/status.json`; the last five fields are added"
    yield "by the command. While the daemon is down, `counts` is counted by the command too."
    yield from _table(comments(Status) | _ADDED)
    for name, record in (
        ("running", RunningStatus),
        ("last_failures", FailureStatus),
        ("health", HealthFact),
    ):
        yield ""
        yield f"Each entry of `{name}`:"
        yield from _table(comments(record))
    yield ""
    yield "## Metrics"
    yield ""
    yield "`/metrics` has these and the usual `process_` metrics of the daemon. Those that are"
    yield "marked are also in `numbers` of `proxx status --json`, without the prefix `proxx_`."
    yield ""
    yield "| metric | type | in `numbers` | meaning |"
    yield "|---|---|---|---|"
    for name, number in NUMBERS.items():
        labels = f"{{{','.join(number.labels)}}}" if number.labels else ""
        marked = "yes" if name in gauges_of_the_daemon() else ""
        metric = f"`{metric_name(name)}{labels}`"
        yield f"| {metric} | {number.kind} | {marked} | {number.meaning} |"


def _table(meanings: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "| field | meaning |"
    yield "|---|---|"
    for name, meaning in meanings.items():
        yield f"| `{name}` | {meaning} |"


def comments(record: type[attrs.AttrsInstance]) -> dict[str, str]:
    """Return the comment of every field of a record."""
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in inspect.getsource(record).splitlines():
        text, field = line.strip(), re.match(r"    (\w+): ", line)
        if text.startswith("#:"):
            comment.append(text[2:].strip())
        elif field and comment:
            found[field[1]] = " ".join(comment).replace("None", "null")
            comment = []
    if [*found] != [each.name for each in attrs.fields(record)]:
        raise ValueError(f"a field of {record.__name__} has no comment")
    return found


def metric_name(name: str) -> str:
    """Return the name under which `/metrics` has a number."""
    suffixes = {MetricKind.COUNTER: "_total", MetricKind.INFO: "_info"}
    return f"proxx_{name}{suffixes.get(NUMBERS[name].kind, '')}"
