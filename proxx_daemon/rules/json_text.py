"""JSON for people and programs: indented, with everything short on one line.

json's own indentation is written in Python and was the dearest part of a short job; here each
line is written by its encoder in C. Keys keep their order.
"""

import json
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

#: characters of a line that a list or an object without inner ones may fill
_WIDTH: Final = 100
_STEP: Final = "  "
_CONTAINERS: Final = (dict, list, tuple)
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def readable(document: object) -> str:
    """Write a document whose keys are text; the outermost object is always spread out."""
    return _spread(document, "")


def _text(value: object, indent: str) -> str:
    if not isinstance(value, _CONTAINERS):
        return _ENCODE(value)
    if _is_flat(value):
        line = _ENCODE(value)
        return line if len(indent) + len(line) <= _WIDTH else _lines(value, indent)
    return _spread(value, indent)


def _is_flat(value: object) -> bool:
    """Whether a container holds none."""
    inside = value.values() if isinstance(value, dict) else value
    return isinstance(inside, Iterable) and not any(
        isinstance(each, _CONTAINERS) for each in inside
    )


def _spread(value: object, indent: str) -> str:
    """Give each element a line of its own."""
    if not value or not isinstance(value, _CONTAINERS) or _is_flat(value):
        return _lines(value, indent)
    inner = indent + _STEP
    if isinstance(value, dict):
        lines = [f"{inner}{_ENCODE(key)}: {_text(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join([inner + _text(each, inner) for each in value]) + f"\n{indent}]"


def _lines(value: object, indent: str) -> str:
    """Write a scalar or a flat container, each element on its line, in one go of the encoder."""
    if not value or not isinstance(value, _CONTAINERS):
        return _ENCODE(value)
    inner = f"\n{indent}{_STEP}"
    text = _encoder(f",{inner}")(value)
    return f"{text[0]}{inner}{text[1:-1]}\n{indent}{text[-1]}"


@cache
def _encoder(separator: str) -> Callable[[object], str]:
    return json.JSONEncoder(ensure_ascii=False, separators=(separator, ": ")).encode
