"""JSON for people and programs: indented, with everything short on one line.

json's own indentation is written in Python and was the dearest part of a short job; here each
line is written by its encoder in C. Keys keep their order.
"""

import json
from typing import Final

#: characters of a line that a list or an object without inner ones may fill
_WIDTH: Final = 100
_STEP: Final = "  "
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def readable(document: object) -> str:
    """Write a document whose keys are text; the outermost object is always spread out."""
    return _spread(document, "")


def _text(value: object, indent: str) -> str:
    if not isinstance(value, dict | list | tuple):
        return _ENCODE(value)
    if not any(isinstance(each, dict | list | tuple) for each in _inside(value)):
        line = _ENCODE(value)
        if len(indent) + len(line) <= _WIDTH:
            return line
    return _spread(value, indent)


def _inside(value: dict[str, object] | list[object] | tuple[object, ...]) -> list[object]:
    return list(value.values() if isinstance(value, dict) else value)


def _spread(value: object, indent: str) -> str:
    """Give each element a line of its own."""
    inner = indent + _STEP
    if isinstance(value, dict) and value:
        lines = [f"{inner}{_ENCODE(key)}: {_text(each, inner)}" for key, each in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list | tuple) and value:
        return "[\n" + ",\n".join(inner + _text(each, inner) for each in value) + f"\n{indent}]"
    return _ENCODE(value)
