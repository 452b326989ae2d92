"""The page of the result document, from its JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_TYPES: Final = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
    "null": "null",
}
#: only the failure codes are more
_MANY: Final = 20


def lines(schema: Mapping[str, Any]) -> Iterator[str]:
    """Write the page below its title."""
    yield "`proxx run` prints this document. The daemon files it as `NAME.result.json` beside the"
    yield "spec. `proxx schema result` prints its JSON Schema;"
    yield "[result.schema.json](schemas/result.schema.json) is a copy."
    parts = schema.get("$defs", {})
    yield from _table("The document", schema, parts)
    for name, part in parts.items():
        yield from _table(f"`{name}`", part, parts)


def _table(title: str, schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield "| field | value | meaning |"
    yield "| --- | --- | --- |"
    yield from _rows("", schema, parts)


def _rows(above: str, schema: Mapping[str, Any], parts: Mapping[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        path = f"{above}{name}"
        meaning = field.get("description", "").replace("|", "\\|")
        yield f"| `{path}` | {_value(field, parts)} | {meaning} |"
        for one in field.get("anyOf", (field,)):
            yield from _rows(f"{path}.", one, parts)
            yield from _rows(f"{path}[].", one.get("items", {}), parts)


def _value(field: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return f"[`{name}`](#{name})" if name in parts else name
    if "anyOf" in field:
        return " or ".join(_value(one, parts) for one in field["anyOf"])
    if "const" in field:
        return f"`{field['const']}`"
    if len(field.get("enum", ())) > _MANY:
        return "one of [failures](failures.md)"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    kind = field.get("type", "any JSON value")
    kinds = [kind] if isinstance(kind, str) else kind
    text = " or ".join(_TYPES.get(each, each) for each in kinds)
    items = _value(field["items"], parts) if field.get("items") else ""
    return f"{text} of {items}" if items and items != "object" else text
