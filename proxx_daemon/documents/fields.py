"""A field of a document, declared once: on the attribute of its frozen record.

Name, type and default are the attribute's own. `Annotated` adds what a type cannot say: a sentence
about the field, perhaps a `Rule`, perhaps `more`. Reading (`documents.record_reading`), JSON
Schema (`documents.schema`) and the tables of the documentation follow from that.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, get_args

import attrs
from attrs import frozen

from proxx_daemon.failures.codes import Code

#: a JSON Schema, or a part of one
Schema = dict[str, Any]


class Fault(ValueError):
    """What is wrong with one value; the message continues the field's path."""

    def __init__(self, code: Code, message: str, allowed: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.allowed = allowed


@frozen(kw_only=True)
class Objection:
    """What a rule has against a value of the right type."""

    #: continues the field's path
    message: str
    #: what may be there instead
    allowed: str
    #: the place inside the value, such as `[1]`
    place: str = ""
    #: what is at that place
    found: Any


@frozen(kw_only=True, eq=False)
class Rule:
    """What a value must be beyond its type. Its parts say the same in different languages."""

    #: for people: one phrase for the tables of the documentation
    says: str
    #: for JSON Schema: added to the schema of the type
    schema: Schema = attrs.field(factory=dict)
    #: for reading: everything that is wrong with a value of the right type
    check: Callable[[Any], Iterable[Objection]] | None = None
    #: for reading: takes the JSON value instead of the type's own reader, raises Fault; then
    #: `schema` is the whole schema
    read: Callable[[object], Any] | None = None


def _check_size(value: int) -> Iterator[Objection]:
    if value < 1:
        yield Objection(message="must be at least 1.", allowed="number from 1", found=value)


def _check_sha256(value: str) -> Iterator[Objection]:
    if not re.fullmatch("[0-9a-f]{64}", value):
        message, allowed = "must be a SHA-256 in lower-case hex.", "64 digits of 0-9 a-f"
        yield Objection(message=message, allowed=allowed, found=value)


#: a number of seconds, bytes or places
AT_LEAST_0: Final = Rule(says="number from 0", schema={"minimum": 0})
#: likewise, of something that is there
AT_LEAST_1: Final = Rule(says="number from 1", schema={"minimum": 1}, check=_check_size)
#: a digest
SHA256: Final = Rule(
    says="SHA-256 in lower-case hex",
    schema={"pattern": "^(?:[0-9a-f]{64})$", "not": {"pattern": "\\n"}},
    check=_check_sha256,
)


@frozen(kw_only=True)
class DocumentField:
    """One field of a document as its record declares it."""

    #: the key in the document
    name: str
    #: the attribute of the record
    attribute: str
    #: the attribute's type
    type: Any
    #: the attribute's default; attrs.NOTHING without one
    default: Any
    #: what it means, one sentence
    about: str
    #: what its value must be beyond the type
    rule: Rule | None
    #: the only value that it may have
    constant: str | None = None
    #: another field and its value: given exactly when that field has that value
    only_with: tuple[str, StrEnum] | None = None
    #: whether Proxx generates a value if the document omits it
    generated: bool = False

    @property
    def required(self) -> bool:
        """Whether a document that is read must have it."""
        return self.default is attrs.NOTHING and not self.generated


def more(**facts: Any) -> tuple[tuple[str, Any], ...]:
    """Return further facts of a field, by their names in DocumentField; types must be hashable.

    `name` is the key in the document if it is not the attribute's name.
    """
    return tuple(facts.items())


def _declared(annotation: Any) -> dict[str, Any]:
    """Return what an attribute's annotation says about its field, by DocumentField's names."""
    facts: dict[str, Any] = {"rule": None}
    for fact in getattr(annotation, "__metadata__", ()):
        if isinstance(fact, str):
            facts["about"] = fact
        elif isinstance(fact, Rule):
            facts["rule"] = fact
        else:
            facts |= dict(fact)
    return facts


@cache
def fields_of(record: type) -> Mapping[str, DocumentField]:
    """Return the fields of a record by their name in the document, in the record's order."""
    every = [
        DocumentField(
            **{"name": each.name, "attribute": each.name, "default": each.default}
            | {"type": get_args(each.type)[0]}
            | _declared(each.type)
        )
        for each in attrs.fields(record)
    ]
    return MappingProxyType({each.name: each for each in every})


def renamed(record: type) -> Mapping[str, str]:
    """Return the document's name of every attribute that is called something else in Python."""
    names = {each.name: _declared(each.type).get("name") for each in attrs.fields(record)}
    return {own: name for own, name in names.items() if name is not None}
