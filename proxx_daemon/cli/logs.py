"""Structured logs on stderr: JSON lines, or readable text on a terminal.

A log line that cannot be written, because the disk is full or the reader has gone, is lost; the
job goes on.
"""

import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import structlog

from proxx_daemon.monitor.event_stream import Listener

#: writes one finished line
Sink = Callable[[str], None]


def to_stderr(line: str) -> None:
    """Write a line to stderr, or lose it."""
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


class _Logger:
    """What structlog writes to: one line at a time, from any thread."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lock = threading.Lock()

    def msg(self, message: str) -> None:
        with self._lock:
            self._sink(message)

    debug = info = warning = error = critical = msg


def configure(level: str, *, readable: bool, sink: Sink = to_stderr) -> None:
    """Set up logging for this process; `readable` is for terminals."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if readable:
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), pad_event_to=20, sort_keys=False, exception_formatter=_plain
        )
    logger = _Logger(sink)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _ascii_safe,
            structlog.processors.TimeStamper(
                fmt="%H:%M:%S" if readable else "iso", utc=not readable
            ),
            *([_drop_empty] if readable else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: logger,
        cache_logger_on_first_use=False,
    )


def display(stack: ExitStack, level: str, form: str | None = None) -> tuple[Listener, ...]:
    """Set up the log and, on a terminal, a live display, which the stack ends.

    `form` is text or json; by default it is text on a terminal, otherwise JSON.
    """
    if form == "json" or not sys.stderr.isatty():
        configure(level, readable=form == "text")
        return ()
    # Rich takes a tenth of a second to import: only a person waits for it.
    from proxx_daemon.cli.terminal import Terminal  # noqa: PLC0415

    terminal = Terminal()
    stack.enter_context(terminal.bars)
    configure(level, readable=True, sink=terminal.line)
    return (terminal,)


def _plain(sio: Any, exc_info: Any) -> None:
    sio.write(str(exc_info[1]))


def _ascii_safe(_logger: Any, _name: str, event: Any) -> Any:
    """Make names with invalid UTF-8 or control characters printable."""
    for key, value in event.items():
        event[key] = _printable(value)
    return event


def _printable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in value
    )


def _drop_empty(_logger: Any, _name: str, event: Any) -> Any:
    return {key: value for key, value in event.items() if value is not None}
