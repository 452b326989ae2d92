"""The pieces that the JSON Schemas are put together from.

Patterns stay within what every regular expression engine understands: no look-around, and
`$` is helped where an engine lets it match before a final newline (Python's does).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

#: ISO 8601 in its extended form with an offset, the part of it that RFC 3339 has too; seconds
#: may be left out
MOMENT_PATTERN: Final = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: a JSON Schema, or a part of one
Schema = dict[str, Any]

#: what `documents.characters.holds_control` refuses, without the halves of surrogate pairs: engines
#: that work in UTF-16 find those in every character beyond the basic plane
CONTROL: Final = r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]"


def top(name: str, version: str, title: str, description: str, body: Schema) -> Schema:
    """Give a whole schema: dialect, identifier and words first, then its body."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:proxx:{name}:{version}",
        "title": title,
        "description": description,
        **body,
    }


def record(
    properties: Mapping[str, Schema], *, required: Iterable[str] | None = None, **words: Any
) -> Schema:
    """Give an object with exactly these fields; all are required unless `required` says which."""
    first = {"description": words.pop("description")} if "description" in words else {}
    return {
        "type": "object",
        **first,
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
        **words,
    }


def text(description: str, **rules: Any) -> Schema:
    """Give a string."""
    return {"type": "string", "description": description, **rules}


def choice(description: str, values: Iterable[str]) -> Schema:
    """Give one string of a list."""
    return {"description": description, "enum": [str(value) for value in values]}


def whole(pattern: str) -> Schema:
    """Give the rule that a string is one line and matches a pattern from end to end."""
    return {"pattern": f"^(?:{pattern})$", "not": {"pattern": "\\n"}}


def moment(description: str) -> Schema:
    """Give a time with its offset from UTC."""
    return text(
        description,
        pattern=f"^(?:{MOMENT_PATTERN})$",
        **{"not": {"pattern": "^0000|\\n"}},
    )


def absolute_path(description: str) -> Schema:
    """Give an absolute path without control characters."""
    return text(description, pattern="^/", **{"not": {"pattern": CONTROL}})


def source_path(description: str) -> Schema:
    """Give an absolute path without control characters and without %."""
    return text(description, pattern="^/", **{"not": {"pattern": f"%|{CONTROL}"}})


def sha256(description: str) -> Schema:
    """Give a SHA-256 in lower-case hex."""
    return text(description, **whole("[0-9a-f]{64}"))


def optional(schema: Schema) -> Schema:
    """Give a value that may be null instead; the description stays in front."""
    inner = dict(schema)
    words = {"description": inner.pop("description")} if "description" in inner else {}
    return {**words, "anyOf": [inner, {"type": "null"}]}


def when(field: str, value: str, then: Schema) -> Schema:
    """Give a rule for the objects in which a field is there and has one value."""
    return {
        "if": {"properties": {field: {"const": str(value)}}, "required": [field]},
        "then": then,
    }
