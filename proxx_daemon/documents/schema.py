"""JSON Schemas that follow from the records of documents, and the pieces beside them.

Patterns stay within what every regular expression engine understands: no look-around, and
`$` is helped where an engine lets it match before a final newline (Python's does).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import chain
from types import NoneType, UnionType
from typing import Any, Final, get_args, get_origin

import attrs

from proxx_daemon.documents.fields import DocumentField, Schema, fields_of

#: ISO 8601 in its extended form with an offset, the part of it that RFC 3339 has too; seconds
#: may be left out
MOMENT_PATTERN: Final = (
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]+)?)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: what `documents.strict_json.holds_control` refuses, without the halves of surrogate pairs:
#: engines that work in UTF-16 find those in every character beyond the basic plane
CONTROL: Final = r"[\u0000-\u001f\u007f-\u009f\u2028\u2029]"

NULL: Final[Schema] = {"type": "null"}
_SCALARS: Final[Mapping[Any, Schema]] = {
    Any: {},
    NoneType: NULL,
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    datetime: {
        "type": "string",
        "pattern": f"^(?:{MOMENT_PATTERN})$",
        "not": {"pattern": "^0000|\\n"},
    },
}


def top(name: str, version: str, title: str, description: str, body: Schema) -> Schema:
    """Return a whole schema: dialect, identifier and words first, then its body."""
    return {
        "$schema": DIALECT,
        "$id": f"urn:proxx:{name}:{version}",
        "title": title,
        "description": description,
        **body,
    }


def record_schema(
    record: type, *, written: bool = False, refs: Mapping[type, str] | None = None
) -> Schema:
    """Return the schema of a record: an object with exactly its fields.

    `written`: Proxx writes the document, so that every field is there, null where it is None;
    otherwise it is read, and a field with a default may be absent but not null. `refs` are the
    records that have a definition of their own, with its name.
    """
    fields = fields_of(record).values()
    pairs = [] if written else [pair for each in fields if (pair := _pair(each)) is not None]
    return {
        "type": "object",
        "properties": {each.name: _field(each, written, refs or {}) for each in fields},
        "required": [each.name for each in fields if written or each.required],
        "additionalProperties": False,
        **({"allOf": pairs} if pairs else {}),
    }


def _field(each: DocumentField, written: bool, refs: Mapping[type, str]) -> Schema:  # noqa: FBT001
    words: Schema = {"description": each.about}
    if each.constant is not None:
        return words | {"const": each.constant}
    members = get_args(each.type) if isinstance(each.type, UnionType) else (each.type,)
    kinds = [member for member in members if member is not NoneType]
    if each.rule is not None and each.rule.read is not None:
        schema = each.rule.schema
    else:
        # Of several, all are enums.
        schema = _type(kinds[0], written, refs) if len(kinds) == 1 else one_of(chain(*kinds))
        schema |= each.rule.schema if each.rule else {}
    if NoneType in members and (written or each.default is attrs.NOTHING):
        return words | {"anyOf": [schema, NULL]}
    default = {"default": str(each.default)} if isinstance(each.default, StrEnum) else {}
    return words | schema | ({} if written else default)


def _type(kind: Any, written: bool, refs: Mapping[type, str]) -> Schema:  # noqa: FBT001
    if kind in _SCALARS:
        return dict(_SCALARS[kind])
    if isinstance(kind, UnionType):
        return {"anyOf": [_type(member, written, refs) for member in get_args(kind)]}
    if attrs.has(kind):
        reference = {"$ref": f"#/$defs/{refs[kind]}"} if kind in refs else None
        return reference or record_schema(kind, written=written, refs=refs)
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _type(get_args(kind)[0], written, refs)}
    if get_origin(kind) is Mapping:
        return {"type": "object", "additionalProperties": {"type": "string"}}
    return one_of(kind)


def _pair(each: DocumentField) -> Schema | None:
    """Return the rule of a field that is given exactly with one value of another field."""
    if each.only_with is None:
        return None
    name, value = each.only_with
    return {
        "$comment": f"{each.name} goes with {name} {value}, and only with it.",
        **when(name, value, {"required": [each.name]}),
        "else": {"properties": {each.name: False}},
    }


def one_of(values: Iterable[str]) -> Schema:
    """Return the schema of one string of a list."""
    return {"enum": [str(value) for value in values]}


def whole(pattern: str) -> Schema:
    """Return the rule that a string is one line and matches a pattern from end to end."""
    return {"pattern": f"^(?:{pattern})$", "not": {"pattern": "\\n"}}


def when(field: str, value: str, then: Schema) -> Schema:
    """Return a rule for the objects in which a field is there and has one value."""
    return {"if": {"properties": {field: {"const": str(value)}}, "required": [field]}, "then": then}
