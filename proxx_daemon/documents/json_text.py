"""JSON for people and programs: indented, with everything short on one line.

The indentation of the json module is written in Python and was the most expensive part of a short
job; here its encoder in C writes each line. Keys keep their order.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

#: characters of a line that a list or an object without inner ones may fill
_WIDTH: Final = 100
_STEP: Final = "  "
#: what a document consists of besides scalars; compared by type, because that is fast
_CONTAINERS: Final = frozenset({dict, list, tuple})
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


#: what the encoder leaves as it is and a terminal obeys; JSON has it in strings only
_OBEYED: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def readable(document: object) -> str:
    """Return a document as JSON; its outermost object always has one line per key.

    Nothing in it moves a cursor or turns the direction of the text.
    """
    return harmless(_spread(document, ""))


def harmless(text: str) -> str:
    """Return a JSON text with escapes for all characters that a terminal obeys."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _text(value: object, indent: str) -> str:
    if value is None:
        return "null"
    if type(value) not in _CONTAINERS:
        return _ENCODE(value)
    if _is_flat(value):
        line = _ENCODE(value)
        return line if len(indent) + len(line) <= _WIDTH else _lines(value, indent)
    return _spread(value, indent)


def _is_flat(value: Any) -> bool:
    for each in value.values() if type(value) is dict else value:
        if type(each) in _CONTAINERS:
            return False
    return True


def _spread(value: Any, indent: str) -> str:
    if type(value) not in _CONTAINERS or _is_flat(value):
        return _lines(value, indent)
    inner = indent + _STEP
    if type(value) is dict:
        lines = [f"{inner}{_ENCODE(key)}: {_text(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join([inner + _text(each, inner) for each in value]) + f"\n{indent}]"


def _lines(value: object, indent: str) -> str:
    """Return a scalar or a flat container, one line per element, in one call of the encoder."""
    if not value or type(value) not in _CONTAINERS:
        return _ENCODE(value)
    inner = f"\n{indent}{_STEP}"
    text = _encoder(f",{inner}")(value)
    return f"{text[0]}{inner}{text[1:-1]}\n{indent}{text[-1]}"


@cache
def _encoder(separator: str) -> Callable[[object], str]:
    return json.JSONEncoder(ensure_ascii=False, separators=(separator, ": ")).encode
