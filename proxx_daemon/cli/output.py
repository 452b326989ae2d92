"""What a command prints: its answer on stdout, everything else on stderr."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import TextIOWrapper
from typing import Any

from proxx_daemon.documents.failure import failure_document
from proxx_daemon.documents.json_text import harmless
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import Failure, Problem, ProxxError


class UnwritableError(ProxxError):
    """Stdout does not take the answer; the cause is its OSError."""


def escape_what_cannot_be_encoded() -> None:
    """Let stdout print characters that its encoding lacks as escapes; stderr always does."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def answer(*lines: str) -> None:
    """Print lines of the answer, without control characters. Raise UnwritableError."""
    _write("".join(f"{_harmless(line)}\n" for line in lines))


def answer_json(document: Any, *, indent: int | None = 2) -> None:
    """Print the answer as one JSON document. Raise UnwritableError."""
    _write(harmless(json.dumps(document, indent=indent)) + "\n")


def answer_bytes(content: bytes) -> None:
    """Print a finished document as it is. Raise UnwritableError."""
    _write(content)


def flush() -> None:
    """Write out what was printed in other ways. Raise UnwritableError."""
    _write("")


def _write(content: str | bytes) -> None:
    # A process may be started without any stdout.
    if sys.stdout is None:
        return
    try:
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)
        sys.stdout.flush()
    except OSError as error:
        # Otherwise Python would try again at its end, and report a second error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = os.strerror(error.errno or 0)
        raise UnwritableError(f"its output cannot be written to stdout: {reason}.") from error


def tell(*lines: str) -> None:
    """Print lines on stderr; if that is impossible, they are lost."""
    # A process may be started without any stderr.
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write("".join(f"{_harmless(line)}\n" for line in lines))
            sys.stderr.flush()


def _harmless(text: str) -> str:
    """Return a text without control characters; messages of Proxx may have several lines."""
    return "\n".join(map(escaped, text.split("\n")))


def refuse(reason: Failure, *, as_json: bool = False) -> int:
    """Print why a command refuses; return the exit code. JSON goes to stdout, as an answer."""
    if as_json:
        answer_json({"failure": failure_document(reason)})
    else:
        tell(*failure_lines(reason))
    return 1


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line for each row; every column is as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def failure_lines(reason: Failure) -> Iterator[str]:
    """Yield the message with its code, each single problem if there are several, and the action."""
    yield f"{reason.message}  [{reason.code}]"
    for problem in reason.errors:
        code = "" if problem.code is reason.code else f"  [{problem.code}]"
        yield f"  {problem.message}{code}"
        yield from found_and_allowed(problem)
    yield f"  do: {reason.action}"


def found_and_allowed(problem: Problem) -> Iterator[str]:
    """Yield what was found where a problem is, and what is allowed there."""
    if problem.found is not None:
        yield f"    found:   {problem.found}"
    if problem.allowed is not None:
        yield f"    allowed: {problem.allowed}"
