"""Reads one user profile out of its parsed TOML or JSON: a record, or every problem at once.

Nothing is coerced and nothing has a default: a field is right as it stands, or it is reported
with its path, what was found and what is allowed.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from attrs import define, field, frozen

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.user_profile import (
    DECLARABLE,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    USER_PROFILE_VERSION,
    CodecFamily,
    Constraints,
    LifecycleState,
    SizeLimit,
    UserProfile,
)

_Enum = TypeVar("_Enum", bound=StrEnum)
_REQUIRED: Final = ("user_profile_version", "name", "description", "state", "constraints")


class _Fault(ValueError):
    """One value that is refused; the message continues the field's path."""

    def __init__(self, message: str, allowed: str) -> None:
        super().__init__(message)
        self.allowed = allowed


@frozen(kw_only=True)
class Reading:
    """What a document says: the profile, or everything that is wrong with it."""

    #: None exactly when there are problems
    profile: UserProfile | None
    #: the name, where it could be read, of a profile that is otherwise wrong too
    name: str | None
    #: every problem
    problems: tuple[Problem, ...]


@define
class _Notes:
    """The problems found so far."""

    problems: list[Problem] = field(factory=list)

    def add(
        self, path: str, message: str, found: str | None = None, allowed: str | None = None
    ) -> None:
        """Note one problem; the message starts with the path."""
        self.problems.append(
            Problem(
                code=Code.USER_PROFILE_INVALID,
                path=path,
                message=f"{path} {message}".strip(),
                found=found,
                allowed=allowed,
            )
        )


def read(document: object) -> Reading:
    """Check a parsed document completely."""
    notes = _Notes()
    if not isinstance(document, dict):
        notes.add(
            "", "A user profile is one table (TOML) or object (JSON).", printable(document), "table"
        )
        return Reading(profile=None, name=None, problems=tuple(notes.problems))
    values = _structure(document, _TOP, _REQUIRED, "", notes)
    if "constraints" in values:
        table = values["constraints"]
        constraints = _structure(table, _CONSTRAINTS, (), "constraints.", notes)
        values["constraints"] = Constraints(**constraints)
    _check_graduation(document, values, notes)
    problems = tuple(notes.problems)
    name = values.get("name")
    profile = None if problems else UserProfile(**values)
    return Reading(profile=profile, name=name, problems=problems)


def _structure(
    table: Mapping[str, Any],
    fields: Mapping[str, Callable[[Any], Any]],
    required: tuple[str, ...],
    prefix: str,
    notes: _Notes,
) -> dict[str, Any]:
    """Read every field of a table; gives the good ones and notes what is wrong."""
    for name in required:
        if name not in table:
            notes.add(prefix + name, "is required and missing.")
    values = {}
    for name, value in table.items():
        path = prefix + printable(name, 60)
        if name not in fields:
            allowed = ", ".join(fields)
            notes.add(path, "is not a field of a user profile.", printable(value), allowed)
            continue
        try:
            values[name] = fields[name](value)
        except _Fault as fault:
            notes.add(path, str(fault), printable(value), fault.allowed)
    return values


def _check_graduation(
    document: Mapping[str, Any], values: Mapping[str, Any], notes: _Notes
) -> None:
    """Hold state and graduated_to together."""
    if "state" not in values:
        return
    graduated = values["state"] is LifecycleState.GRADUATED
    given = "graduated_to" in document
    if graduated and not given:
        notes.add("graduated_to", "is required when state is GRADUATED.")
    if given and not graduated:
        # Its value may be the name of a canonical profile, which operators are never told.
        notes.add("graduated_to", "is allowed only when state is GRADUATED.", None, "absent")


def _text(value: object, limit: int) -> str:
    allowed = f"a string of 1 to {limit} printable characters"
    if not isinstance(value, str):
        raise _Fault("must be a string.", allowed)
    if not value or len(value) > limit or not value.isprintable():
        raise _Fault(f"must have 1 to {limit} printable characters.", allowed)
    if value != value.strip():
        raise _Fault("must not start or end with a space.", allowed)
    return value


def _version(value: object) -> str:
    if not isinstance(value, str) or value != USER_PROFILE_VERSION:
        message = f'must be the string "{USER_PROFILE_VERSION}".'
        raise _Fault(message, f'"{USER_PROFILE_VERSION}"')
    return value


def _name(value: object) -> str:
    name = _text(value, MAX_NAME_LENGTH)
    if name.startswith("-"):
        message = "must not start with '-', which the command line reads as an option."
        raise _Fault(message, "a name that starts otherwise")
    return name


def _description(value: object) -> str:
    return _text(value, MAX_DESCRIPTION_LENGTH)


def _canonical_name(value: object) -> str:
    return _text(value, MAX_NAME_LENGTH)


def _table(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Fault("must be a table (TOML) or object (JSON).", "table")
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Fault("must be true or false.", "true, false")
    return value


def _member(enum: type[_Enum], members: tuple[_Enum, ...] = ()) -> Callable[[object], _Enum]:
    """Make the reader of one of an enum's values, all of them where `members` is empty."""
    admitted = members or tuple(enum)
    allowed = ", ".join(admitted)

    def reader(value: object) -> _Enum:
        if not isinstance(value, str) or value not in admitted:
            raise _Fault(f"must be one of {allowed}.", allowed)
        return enum(value)

    return reader


_TOP: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "user_profile_version": _version,
        "name": _name,
        "description": _description,
        "state": _member(LifecycleState, DECLARABLE),
        "graduated_to": _canonical_name,
        "constraints": _table,
    }
)
_CONSTRAINTS: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "engine": _member(EngineKind),
        "codec": _member(Codec),
        "codec_family": _member(CodecFamily),
        "container": _member(Container),
        "intra_frame_only": _boolean,
        "max_resolution": _member(SizeLimit),
    }
)
