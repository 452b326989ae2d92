"""The parts of the JSON Schemas.

Patterns use only what every regular expression engine understands: no look-around. Some engines,
such as Python's, let `$` match before a final newline; a second rule refuses that newline.
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
    """Return a whole schema: dialect, identifier, title and description, then its body."""
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
    """Return the schema of an object with exactly these fields, all required by default."""
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
    """Return the schema of a string."""
    return {"type": "string", "description": description, **rules}


def choice(description: str, values: Iterable[str]) -> Schema:
    """Return the schema of one string out of a list."""
    return {"description": description, "enum": [str(value) for value in values]}


def whole(pattern: str) -> Schema:
    """Return the rule that a string is one line and matches a pattern from end to end."""
    return {"pattern": f"^(?:{pattern})$", "not": {"pattern": "\\n"}}


def moment(description: str) -> Schema:
    """Return the schema of a time with its offset from UTC."""
    return text(
        description,
        pattern=f"^(?:{MOMENT_PATTERN})$",
        **{"not": {"pattern": "^0000|\\n"}},
    )


def absolute_path(description: str) -> Schema:
    """Return the schema of an absolute path without control characters."""
    return text(description, pattern="^/", **{"not": {"pattern": CONTROL}})


def source_path(description: str) -> Schema:
    """Return the schema of an absolute path without control characters and without %."""
    return text(description, pattern="^/", **{"not": {"pattern": f"%|{CONTROL}"}})


def sha256(description: str) -> Schema:
    """Return the schema of a SHA-256 in lower-case hex."""
    return text(description, **whole("[0-9a-f]{64}"))


def optional(schema: Schema) -> Schema:
    """Return a schema that also allows null; the description stays in front."""
    inner = dict(schema)
    words = {"description": inner.pop("description")} if "description" in inner else {}
    return {**words, "anyOf": [inner, {"type": "null"}]}


def when(field: str, value: str, then: Schema) -> Schema:
    """Return a rule for objects in which a field is present and has one value."""
    return {
        "if": {"properties": {field: {"const": str(value)}}, "required": [field]},
        "then": then,
    }
