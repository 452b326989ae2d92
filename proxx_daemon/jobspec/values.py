"""Structures the values of a JobSpec by their type, and converts nothing.

cattrs on its own turns 5 into "5"; every hook here takes a value of the right JSON type or
raises a `Fault` that says what is wrong with it.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from cattrs import Converter, IterableValidationError
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError

from proxx_daemon.documents.schema_parts import MOMENT_PATTERN
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.jobspec.jobspec import Codec, Container, FpsMode, ProfileOrigin

#: stands for the value of a field that is not there
ABSENT: Final = object()


class Fault(ValueError):
    """What is wrong with one value."""

    def __init__(self, code: Code, message: str, allowed: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.allowed = allowed


class Faults(ValueError):
    """What is wrong inside one value: the place behind its name, what stands there, the fault."""

    def __init__(self, entries: list[tuple[str, Any, Fault]]) -> None:
        super().__init__("several values are wrong")
        self.entries = entries


def structure(value: object, kind: Any) -> Any:
    """Structure one value as `kind`, a type of a field of JobSpec.

    Raises Faults with everything that is wrong with it.
    """
    try:
        return _CONVERTER.structure(value, kind)
    except Fault as fault:
        raise Faults([("", value, fault)]) from None
    except (IterableValidationError, ClassValidationError) as group:
        raise Faults(_inside(value, group)) from None


def kind_of(value: object) -> str:
    """Name the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((str, "string"), (int, "number"), (float, "number"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object" if isinstance(value, dict) else "null"


def _inside(
    value: Any, group: IterableValidationError | ClassValidationError
) -> list[tuple[str, Any, Fault]]:
    """Flatten what cattrs collected, each with its place."""
    entries: list[tuple[str, Any, Fault]] = []
    if isinstance(group, IterableValidationError):
        for error, note in group.group_exceptions()[0]:
            entries.append((f"[{note.index}]", value[note.index], _fault(error)))
        return entries
    members, others = group.group_exceptions()
    for error, member in members:
        entries.append((f".{member.name}", value.get(member.name, ABSENT), _fault(error)))
    for other in others:
        if isinstance(other, ForbiddenExtraKeysError):
            allowed = ", ".join(_ORIGIN_FIELDS)
            entries += [
                (
                    f".{printable(name, 60)}",
                    value[name],
                    Fault(Code.FIELD_UNKNOWN, "is not a field of this object.", allowed),
                )
                for name in sorted(other.extra_fields)
            ]
    return entries


def _fault(error: Exception) -> Fault:
    if isinstance(error, Fault):
        return error
    if isinstance(error, KeyError):
        return Fault(Code.FIELD_MISSING, "is required.")
    return Fault(Code.FIELD_VALUE, f"cannot be read: {printable(str(error))}.")


def _text(value: Any, _: object = str) -> str:
    if not isinstance(value, str):
        raise Fault(Code.FIELD_TYPE, f"must be a string, not {kind_of(value)}.", "string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Fault(Code.FIELD_VALUE, "holds half a surrogate pair.") from None
    return value


def _enum(enum: type[Codec | Container | FpsMode]) -> Callable[[Any, Any], Any]:
    allowed = ", ".join(enum)

    def hook(value: Any, _: object) -> Codec | Container | FpsMode:
        text = _text(value)
        if text not in tuple(enum):
            raise Fault(Code.FIELD_VALUE, f"'{printable(text, 60)}' is not allowed.", allowed)
        return enum(text)

    return hook


def _list(value: Any, _: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Fault(Code.FIELD_TYPE, f"must be an array, not {kind_of(value)}.", "array of strings")
    structured: tuple[str, ...] = tuple(_CONVERTER.structure(value, list[str]))
    return structured


def _rate(value: Any, _: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(Code.FIELD_TYPE, f"must be a number, not {kind_of(value)}.", "number")
    rate = frame_rate.exact(value)
    if rate is None:
        allowed = f"{frame_rate.LOWEST} to {frame_rate.HIGHEST}"
        raise Fault(Code.FIELD_VALUE, "is not a usable frame rate.", allowed)
    return rate


def _moment(value: Any, _: object) -> datetime:
    text = _text(value)
    allowed = "ISO 8601 with offset, as 2026-01-31T10:00:00+01:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Fault(Code.FIELD_VALUE, "is not an ISO 8601 time.", allowed) from None
    if moment.tzinfo is None:
        raise Fault(Code.FIELD_VALUE, "has no offset from UTC.", allowed)
    # Python takes more, as any letter for the T, and each version of it something else.
    if not re.fullmatch(MOMENT_PATTERN, text):
        raise Fault(Code.FIELD_VALUE, "is not an ISO 8601 time in the extended form.", allowed)
    return moment


def _tokens(value: Any, _: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Fault(Code.FIELD_TYPE, f"must be an object, not {kind_of(value)}.", "empty object")
    if value:
        raise Fault(Code.FIELD_VALUE, "must be empty on submission.", "{}")
    return MappingProxyType({})


def _origin(value: Any, _: object) -> ProfileOrigin:
    if not isinstance(value, dict):
        raise Fault(Code.FIELD_TYPE, f"must be an object, not {kind_of(value)}.", "object")
    structured: ProfileOrigin = _CONVERTER.structure(value, ProfileOrigin)
    if structured.type != "user_profile":
        fault = Fault(Code.FIELD_VALUE, "must be user_profile.", "user_profile")
        raise Faults([(".type", structured.type, fault)])
    return structured


def _converter() -> Converter:
    # Under this option cattrs refuses extra keys of nested records as well.
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for text in (str, str | None):
        converter.register_structure_hook(text, _text)
    for enum in (Codec, Container, FpsMode):
        converter.register_structure_hook(enum, _enum(enum))
    for rate in (Fraction, Fraction | None):
        converter.register_structure_hook(rate, _rate)
    for moment in (datetime, datetime | None):
        converter.register_structure_hook(moment, _moment)
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _list)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, str], _tokens)
    converter.register_structure_hook(ProfileOrigin | None, _origin)
    return converter


_ORIGIN_FIELDS: Final = tuple(ProfileOrigin.__annotations__)
_CONVERTER: Final = _converter()
