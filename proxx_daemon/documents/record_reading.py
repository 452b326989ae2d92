"""Reads a parsed document into the values of a record: strictly, and every problem at once.

Nothing is coerced: a value is right as it is, or it is reported with its path, what was found
and what is allowed.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, get_args, get_origin

import attrs
from attrs import define, field

from proxx_daemon.documents.fields import DocumentField, Fault, fields_of
from proxx_daemon.documents.schema import MOMENT_PATTERN
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem

_ABSENT: Final = object()
#: the value of a field whose problems were noted
_WRONG: Final = object()


def kind_of(value: object) -> str:
    """Return the name of a value's JSON type; TOML also has dates and times."""
    if isinstance(value, bool):
        return "boolean"
    kinds = ((str, "string"), (int | float, "number"), (list, "array"), (dict, "object"))
    for kind, name in kinds:
        if isinstance(value, kind):
            return name
    return "null" if value is None else "date or time"


@define
class RecordReader:
    """Reads one document; what is wrong with it gathers in `problems`."""

    #: what messages call the document, such as "JobSpec 2.1"
    document: str
    #: what messages call an object
    an_object: str = "an object"
    #: whether Proxx wrote it: every field is there, null where its type admits None; fields of a
    #: later version are not looked at
    written: bool = False
    problems: list[Problem] = field(factory=list, init=False)

    def record(
        self,
        record: type,
        document: Mapping[str, Any],
        prefix: str = "",
        *,
        only: Container[str] | None = None,
    ) -> dict[str, Any]:
        """Return the good values of a record's fields, of all or only of some.

        `prefix` is the path up to them.

        Problems come in this order: constants, missing fields, unknown fields, then field by
        field, then fields that do not go together.
        """
        fields = {
            name: each for name, each in fields_of(record).items() if only is None or name in only
        }
        values = {}
        constants = [each for each in fields.values() if each.constant is not None]
        for each in constants:
            found = document.get(each.name, _ABSENT)
            if found == each.constant:
                values[each.name] = found
            else:
                self._wrong_constant(each, found, prefix)
        for each in fields.values():
            missing = each.name not in document and each not in constants
            if missing and (each.required or self.written):
                path = prefix + each.name
                fault = Fault(Code.FIELD_MISSING, f"Required field '{path}' is missing.")
                self._note(path, _ABSENT, fault, whole=True)
        if not self.written:
            self._unknown(fields, document, prefix)
        for each in fields.values():
            if each.name in document and each not in constants:
                value = self._field(each, document[each.name], prefix + each.name)
                if value is not _WRONG:
                    values[each.name] = value
        for each in fields.values():
            self._only_with(each, fields, document, values, prefix)
        return values

    def wrong(self, path: str, message: str) -> None:
        """Note what is wrong with a value beyond its own field; the message continues the path."""
        self._note(path, _ABSENT, Fault(Code.FIELD_VALUE, message))

    def _note(self, path: str, found: object, fault: Fault, *, whole: bool = False) -> None:
        """Note a problem; its message continues the path unless it is `whole` already."""
        self.problems.append(
            Problem(
                code=fault.code,
                path=path,
                message=str(fault) if whole else f"{path} {fault}",
                found=None if found is _ABSENT else printable(found),
                allowed=fault.allowed,
            )
        )

    def _wrong_constant(self, each: DocumentField, found: object, prefix: str) -> None:
        code = Code.FIELD_VALUE if isinstance(found, str) else Code.FIELD_TYPE
        if found is _ABSENT:
            code, what = Code.FIELD_MISSING, "missing"
        elif isinstance(found, str):
            what = f'"{printable(found, 60)}"'
        elif found is None:
            what = "null"
        else:
            what = f"the {kind_of(found)} {printable(found, 60)}"
        message = f'must be the string "{each.constant}"; it is {what}.'
        self._note(prefix + each.name, found, Fault(code, message, f'"{each.constant}"'))

    def _unknown(
        self, fields: Mapping[str, DocumentField], document: Mapping[str, Any], prefix: str
    ) -> None:
        for name, value in document.items():
            if name not in fields:
                path = prefix + printable(name, 60)
                message = f"'{path}' is not a field of {self.document}."
                fault = Fault(Code.FIELD_UNKNOWN, message, ", ".join(fields))
                self._note(path, value, fault, whole=True)

    def _only_with(
        self,
        each: DocumentField,
        fields: Mapping[str, DocumentField],
        document: Mapping[str, Any],
        values: Mapping[str, Any],
        prefix: str,
    ) -> None:
        """Check that a field is given exactly with the value of the other field that it needs."""
        if each.only_with is None:
            return
        name, wanted = each.only_with
        if name not in values and (name in document or fields[name].required):
            return
        path, given = prefix + each.name, each.name in document
        if values.get(name, fields[name].default) is wanted:
            if not given:
                message = f"is required when {prefix}{name} is {wanted}."
                self._note(path, _ABSENT, Fault(Code.FIELD_MISSING, message))
        elif given:
            message = f"is allowed only when {prefix}{name} is {wanted}."
            fault = Fault(Code.FIELD_VALUE, message, "absent")
            self._note(path, document[each.name], fault)

    def _field(self, each: DocumentField, value: object, path: str) -> Any:
        """Read one field: its type first, then its rule."""
        rule = each.rule
        null = self.written or each.default is attrs.NOTHING
        kind = each.type if null else _without_none(each.type)
        read = rule.read if rule and rule.read else None
        structured = self._leaf(read, value, path) if read else self._value(kind, value, path)
        if structured in (_WRONG, None) or rule is None or rule.check is None:
            return structured
        before = len(self.problems)
        for found in rule.check(structured):
            fault = Fault(Code.FIELD_VALUE, found.message, found.allowed)
            self._note(path + found.place, found.found, fault)
        return structured if len(self.problems) == before else _WRONG

    def _value(self, kind: Any, value: Any, path: str) -> Any:
        """Read a value of a type: a record, an array or a scalar."""
        if isinstance(kind, UnionType):
            return None if value is None else self._value(_without_none(kind), value, path)
        if attrs.has(kind):
            return self._object(kind, value, path)
        if get_origin(kind) is tuple:
            return self._array(get_args(kind)[0], value, path)
        if issubclass(kind, StrEnum):
            return self._leaf(lambda value: member(value, kind), value, path)
        return self._leaf(_LEAVES[kind], value, path)

    def _object(self, kind: Any, value: Any, path: str) -> Any:
        before = len(self.problems)
        good = self._is(dict, self.an_object, "object", value, path)
        values = self.record(kind, value, f"{path}.") if good else {}
        if len(self.problems) > before:
            return _WRONG
        fields = fields_of(kind)
        return kind(**{fields[name].attribute: each for name, each in values.items()})

    def _array(self, item: Any, value: Any, path: str) -> Any:
        allowed = "array of strings" if item is str else "array"
        if not self._is(list, "an array", allowed, value, path):
            return _WRONG
        items = [self._value(item, each, f"{path}[{i}]") for i, each in enumerate(value)]
        return _WRONG if _WRONG in items else tuple(items)

    def _is(self, kind: type, what: str, allowed: str, value: object, path: str) -> bool:
        if isinstance(value, kind):
            return True
        message = f"must be {what}, not {kind_of(value)}."
        self._note(path, value, Fault(Code.FIELD_TYPE, message, allowed))
        return False

    def _leaf(self, read: Callable[[object], Any], value: object, path: str) -> Any:
        try:
            return read(value)
        except Fault as fault:
            self._note(path, value, fault)
            return _WRONG


def _without_none(kind: Any) -> Any:
    """Return `X` for `X | None`, and any other type as it is."""
    if not isinstance(kind, UnionType):
        return kind
    (only,) = (each for each in get_args(kind) if each is not NoneType)
    return only


def text(value: object) -> str:
    """Return a string that UTF-8 can encode; raise Fault for anything else."""
    if not isinstance(value, str):
        raise Fault(Code.FIELD_TYPE, f"must be a string, not {kind_of(value)}.", "string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Fault(Code.FIELD_VALUE, "holds half a surrogate pair.") from None
    return value


def number(value: object) -> int | float:
    """Return a number; raise Fault for anything else, true and false included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault(Code.FIELD_TYPE, f"must be a number, not {kind_of(value)}.", "number")
    return value


def _whole(value: object) -> int:
    if not isinstance(number(value), int):
        raise Fault(Code.FIELD_VALUE, "must be a whole number.", "whole number")
    return int(number(value))


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Fault(Code.FIELD_TYPE, "must be true or false.", "true, false")
    return value


def member(value: object, members: Iterable[StrEnum]) -> StrEnum:
    """Return the member that a string names; raise Fault for anything else."""
    by_name = {str(each): each for each in members}
    named = text(value)
    if named not in by_name:
        message = f"'{printable(named, 60)}' is not allowed."
        raise Fault(Code.FIELD_VALUE, message, ", ".join(by_name))
    return by_name[named]


def _moment(value: object) -> datetime:
    written = text(value)
    allowed = "ISO 8601 with offset, as 2026-01-31T10:00:00+01:00"
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise Fault(Code.FIELD_VALUE, "is not an ISO 8601 time.", allowed) from None
    if moment.tzinfo is None:
        raise Fault(Code.FIELD_VALUE, "has no offset from UTC.", allowed)
    # Python takes more, as any letter for the T, and each version of it something else.
    if not re.fullmatch(MOMENT_PATTERN, written):
        raise Fault(Code.FIELD_VALUE, "is not an ISO 8601 time in the extended form.", allowed)
    return moment


_LEAVES: Final[Mapping[type, Callable[[object], Any]]] = MappingProxyType(
    {str: text, bool: _boolean, int: _whole, float: number, datetime: _moment}
)
