"""JSON without surprises: bytes in, plain values or one clear problem out.

Python's own reader accepts duplicate keys, NaN, Infinity and 1e999, and overflows its stack on
deep nesting; each of these is refused here.
"""

import json
import math
import re
import unicodedata
from typing import Any, Final, NoReturn

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem

#: including the sign; no field needs more, and Python reads long integers in quadratic time
_MAX_DIGITS: Final = 400
#: a string, or the rest of the text after a quote that nothing closes
_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

#: bytes of a document; a larger one is refused before it is parsed
MAX_BYTES: Final = 1024 * 1024
#: levels of arrays and objects in a document
MAX_DEPTH: Final = 32
#: Unicode categories: controls, half surrogate pairs, line and paragraph separators. Unusual
#: spaces and joiners are text: macOS itself writes U+202F into the names of recordings.
_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
#: characters that let a text look as if it were another one: they turn its direction
_TURNS: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


@frozen(kw_only=True)
class DocumentLimits:
    """What is read, and how much of it."""

    #: what messages call the document
    what: str = "spec"
    #: bytes
    max_bytes: int = MAX_BYTES
    #: levels of arrays and objects
    max_depth: int = MAX_DEPTH


_SPEC: Final = DocumentLimits()


class Refused(ValueError):
    """The document is not acceptable JSON."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _refuse(code: Code, message: str, found: str | None = None) -> NoReturn:
    raise Refused(Problem(code=code, path="", message=message, found=found))


def read_document(data: bytes, limits: DocumentLimits = _SPEC) -> Any:
    """Parse one JSON document.

    Raise Refused with the first problem: after such a fault nothing else can be checked.
    """
    text = _decode(data, limits)
    _check_depth(text, limits)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        _refuse(
            Code.SPEC_NOT_JSON,
            f"The {limits.what} is not valid JSON: {error.msg} at line {error.lineno} column "
            f"{error.colno}.",
        )
    return value


def _decode(data: bytes, limits: DocumentLimits) -> str:
    if len(data) > limits.max_bytes:
        _refuse(
            Code.SPEC_TOO_LARGE,
            f"The {limits.what} has more than {limits.max_bytes} bytes.",
            f"{len(data)} bytes",
        )
    if not data.strip(b" \t\r\n\0"):
        _refuse(Code.SPEC_EMPTY, f"The {limits.what} is empty.", f"{len(data)} bytes")
    if data.startswith(_BOMS):
        _refuse(Code.SPEC_NOT_UTF8, f"The {limits.what} starts with a byte order mark.")
    if b"\0" in data:
        # UTF-16 without its mark, or blocks that a crash left unwritten; JSON never has them.
        _refuse(
            Code.SPEC_NOT_UTF8,
            f"The {limits.what} is not UTF-8 text: it has a zero byte at byte {data.index(0)}.",
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(
            Code.SPEC_NOT_UTF8,
            f"The {limits.what} is not UTF-8: {error.reason} at byte {error.start}.",
            data[error.start : error.start + 4].hex(" "),
        )


def _check_depth(text: str, limits: DocumentLimits) -> None:
    depth = 0
    for bracket in re.findall(r"[\[{\]}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limits.max_depth:
            _refuse(
                Code.SPEC_TOO_DEEP,
                f"The {limits.what} is nested deeper than {limits.max_depth} levels.",
            )


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            _refuse(
                Code.SPEC_DUPLICATE_KEY,
                f"The key '{printable(key)}' appears twice.",
                printable(key),
            )
        result[key] = value
    return result


def _no_constant(name: str) -> NoReturn:
    _refuse(Code.SPEC_NOT_JSON, f"{name} is not a JSON number.", name)


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        _refuse(Code.SPEC_NOT_JSON, "A number is too large to be represented.", literal[:40])
    return value


def _whole(literal: str) -> int:
    if len(literal) > _MAX_DIGITS:
        _refuse(
            Code.SPEC_NOT_JSON, f"A number has more than {_MAX_DIGITS} digits.", literal[:40] + "…"
        )
    return int(literal)


def printable(value: object, limit: int = 120) -> str:
    """Return a value for a message: one line, no control characters, shortened."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    # An escape is longer than its character, so what is behind the limit is never shown.
    shown = text[: limit + 1].encode("utf-8", "backslashreplace").decode("utf-8")
    safe = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in shown
    )
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def escaped(text: str) -> str:
    """Return a text with escapes for what moves a cursor, ends a line or turns its direction."""
    if text.isprintable():
        return text
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in _REFUSED or character in _TURNS
        else character
        for character in text
    )


def holds_control(text: str) -> bool:
    """Whether a text has a character that moves a cursor, ends a line or is half a pair."""
    if text.isascii():
        # In ASCII, exactly the control characters cannot be printed.
        return not text.isprintable()
    return any(unicodedata.category(character) in _REFUSED for character in text)
