"""Formats a status for a person: one block of plain lines."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxx_daemon.cli.output import columns
from proxx_daemon.documents.strict_json import escaped, printable
from proxx_daemon.monitor.numbers import NUMBERS

_WIDTH: Final = 100
_NARROWEST: Final = 40
_MINUTE: Final = 60
_HOUR: Final = 3600


def lines(status: Mapping[str, Any], width: int = _WIDTH) -> Iterator[str]:
    """Return a status that comes from `cli.status.look` as lines without control characters."""
    return map(escaped, _lines(status, width))


def _lines(status: Mapping[str, Any], width: int) -> Iterator[str]:
    yield from _daemon(status)
    counts = status.get("counts") or {}
    yield "  ".join(f"{name} {counts.get(name, 0)}" for name in _COUNTS)
    yield ""
    yield from _running(status.get("running") or [], up=status["daemon"] == "up")
    yield from _failures(status.get("last_failures") or [], width)


_COUNTS: Final = ("pending", "running", "completed", "failed")


def _daemon(status: Mapping[str, Any]) -> Iterator[str]:
    mode = status.get("mode")
    yield printable(status["folder"], 200)
    if status["daemon"] == "down":
        ended = "it was stopped" if mode == "stopped" else "it crashed, or its host is down"
        never = mode is None
        yield "the daemon is DOWN; " + ("it has not run here yet" if never else ended)
        if not never:
            yield f"last status {_ago(status['published_seconds_ago'])}: {_who(status)}"
        yield "do: start `proxx watch` (systemctl start proxx@NAME); pending specs are kept"
        return
    if mode is None:
        yield "UNHEALTHY: the daemon is up, but its status cannot be read"
        yield "do: remove .proxx/status.json in that folder; the daemon writes it again"
        return
    paused = status.get("paused_by")
    by = f" by {printable(paused)}" if paused and mode == "paused" else ""
    yield f"{mode}{by}; {_who(status)}"
    scan = _ago(status["last_scan_seconds_ago"])
    yield f"last scan {scan}, every {status.get('scan_seconds', 0):g} s"
    if status["hangs"]:
        silent = _ago(status["published_seconds_ago"])
        yield f"UNHEALTHY: the last status is from {silent}; the daemon hangs, or a clock is wrong"
    for fact in status.get("health") or []:
        if not fact["ok"]:
            yield f"UNHEALTHY: {printable(fact['detail'], 300)}"
    if status["healthy"]:
        yield "health ok"
    for name, value in (status.get("numbers") or {}).items():
        shown = NUMBERS[name].shown if name in NUMBERS else None
        if shown is not None:
            yield shown(value)


def _who(status: Mapping[str, Any]) -> str:
    workers = status.get("max_workers")
    return (
        f"pid {status.get('pid')} on {printable(status.get('host'))}, Proxx "
        f"{printable(status.get('proxx_version'))}, {workers} worker(s)"
    )


def _running(running: list[dict[str, Any]], *, up: bool) -> Iterator[str]:
    if not running or not up:
        return
    rows = [("RUNNING", "CLIP", "SOURCE", "STATE", "DONE", "FPS", "SPEED", "LEFT")]
    rows += [
        (
            printable(job["spec"], 40),
            "-" if job["clip"] is None else f"{job['clip']}/{job['clips']}",
            printable(job["source"] or "-", 30),
            printable(job["state"], 20),
            "-" if job["percent"] is None else f"{job['percent']:.1f}%",
            "-" if job["fps"] is None else f"{job['fps']:.1f}",
            "-" if job["speed"] is None else f"{job['speed']:.2f}x",
            "-" if job["seconds_left"] is None else span(job["seconds_left"]),
        )
        for job in running
    ]
    yield from columns(rows)
    yield ""


def _failures(failures: list[dict[str, Any]], width: int) -> Iterator[str]:
    if not failures:
        return
    yield "LAST FAILURES"
    for each in failures:
        code, at = printable(each["code"], 40), printable(each["at"][:19])
        yield f"  {printable(each['spec'], 60)}  {code}  {at}Z"
        for label, text in (("", each["message"]), ("do: ", each["action"])):
            yield from textwrap.wrap(
                label + printable(text, 400),
                max(width, _NARROWEST) - 1,
                initial_indent="    ",
                subsequent_indent="      ",
            )
        yield f"    {printable(each['result'], 300)}"


def _ago(seconds: float | None) -> str:
    return "never" if seconds is None else f"{span(seconds)} ago"


def span(seconds: float) -> str:
    """Return a length of time as a person says it."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
