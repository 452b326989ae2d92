"""JobSpec 2.1 to the letter: a JSON value in, a frozen JobSpec or every problem out.

cattrs structures each field by its type with strict hooks (its own would turn 5 into "5");
the loop over the fields is ours, so that one bad field hides no other and the good ones can
still be checked against profile and disk.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import attrs
from attrs import frozen
from cattrs import Converter, IterableValidationError
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError

from proxx_daemon.model.failure_codes import Code
from proxx_daemon.model.failures import Problem
from proxx_daemon.model.jobspec import (
    JOB_ID_PATTERN,
    JOBSPEC_VERSION,
    Codec,
    Container,
    FpsMode,
    JobSpec,
)
from proxx_daemon.rules import frame_rate
from proxx_daemon.rules.strict_json import printable

_REQUIRED: Final = tuple(
    field.name
    for field in attrs.fields(JobSpec)
    if field.default is attrs.NOTHING and field.name != "job_id"
)
_ALL: Final = tuple(field.name for field in attrs.fields(JobSpec))
_TYPES: Final = get_type_hints(JobSpec)


class _Fault(ValueError):
    """One value that a hook refuses."""

    def __init__(self, code: Code, message: str, allowed: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.allowed = allowed


@frozen(kw_only=True)
class Draft:
    """What could be read of a spec: the good fields, and what is wrong with the others."""

    #: structured values by field name
    fields: Mapping[str, Any]
    #: every problem, in document order
    problems: tuple[Problem, ...]

    def spec(self) -> JobSpec:
        """Give the frozen spec; only for a draft without problems."""
        return JobSpec(**self.fields)


def read(document: object, *, generated_id: str) -> Draft:
    """Check a parsed document field by field.

    `generated_id` becomes the job's id where the document names none.
    """
    if not isinstance(document, dict):
        problem = Problem(
            code=Code.FIELD_TYPE,
            path="",
            message="A JobSpec is one JSON object.",
            found=_kind(document),
            allowed="object",
        )
        return Draft(fields=MappingProxyType({}), problems=(problem,))
    problems = _version(document) + _missing(document) + _unknown(document)
    fields: dict[str, Any] = {"job_id": generated_id}
    for name in _ALL:
        if name not in document or name == "jobspec_version":
            continue
        value, found = _structure(name, document[name])
        problems += found
        if not found:
            fields[name] = value
    if "jobspec_version" in document:
        fields["jobspec_version"] = document["jobspec_version"]
    problems += _fps(document, fields)
    return Draft(fields=MappingProxyType(fields), problems=tuple(problems))


def _version(document: Mapping[str, Any]) -> list[Problem]:
    found = document.get("jobspec_version")
    if found == JOBSPEC_VERSION:
        return []
    missing = "jobspec_version" not in document
    text = "missing" if missing else printable(found)
    return [
        Problem(
            code=Code.VERSION_UNSUPPORTED,
            path="jobspec_version",
            message=f'jobspec_version must be the string "{JOBSPEC_VERSION}"; it is {text}.',
            found=None if missing else printable(found),
            allowed=JOBSPEC_VERSION,
        )
    ]


def _missing(document: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name in _REQUIRED:
        if name in document or name == "jobspec_version":
            continue
        if name == "proxy_profile":
            problems.append(_no_profile())
        else:
            problems.append(
                Problem(
                    code=Code.FIELD_MISSING,
                    path=name,
                    message=f"Required field '{name}' is missing.",
                )
            )
    return problems


def _no_profile(found: str | None = None) -> Problem:
    return Problem(
        code=Code.PROFILE_MISSING,
        path="proxy_profile",
        message="V2 jobs must specify proxy_profile",
        found=found,
    )


def _unknown(document: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(
            code=Code.FIELD_UNKNOWN,
            path=printable(name, 60),
            message=f"'{printable(name, 60)}' is not a field of JobSpec {JOBSPEC_VERSION}.",
            found=printable(value),
            allowed=", ".join(_ALL),
        )
        for name, value in document.items()
        if name not in _ALL
    ]


def _structure(name: str, value: object) -> tuple[Any, list[Problem]]:
    """Structure one field; the problems are empty when it is good."""
    try:
        structured = _CONVERTER.structure(value, _TYPES[name])
        _CHECKS.get(name, lambda _: None)(structured)
    except _Fault as fault:
        if name == "proxy_profile" and value == "":
            return None, [_no_profile("(empty)")]
        return None, [_problem(name, value, fault)]
    except (IterableValidationError, ClassValidationError) as group:
        return None, list(_problems_of_group(name, value, group))
    return structured, []


def _problem(path: str, value: object, fault: _Fault) -> Problem:
    return Problem(
        code=fault.code,
        path=path,
        message=f"{path}: {fault}",
        found=printable(value),
        allowed=fault.allowed,
    )


def _problems_of_group(
    path: str, value: Any, group: IterableValidationError | ClassValidationError
) -> Sequence[Problem]:
    """Flatten what cattrs collected, each with the path of its value."""
    if isinstance(group, IterableValidationError):
        items, others = group.group_exceptions()
        placed = [(f"{path}[{note.index}]", value[note.index], error) for error, note in items]
    else:
        members, others = group.group_exceptions()
        placed = [(f"{path}.{note.name}", value.get(note.name), error) for error, note in members]
    problems = [
        _problem(place, item, error if isinstance(error, _Fault) else _absent(error))
        for place, item, error in placed
    ]
    for error in others:
        extra = sorted(error.extra_fields) if isinstance(error, ForbiddenExtraKeysError) else []
        fault = _Fault(Code.FIELD_UNKNOWN, f"unknown fields {printable(', '.join(extra))}")
        problems.append(_problem(path, value, fault))
    return problems


def _absent(error: Exception) -> _Fault:
    if isinstance(error, KeyError):
        return _Fault(Code.FIELD_MISSING, "a required field is missing")
    return _Fault(Code.FIELD_VALUE, str(error))


def _fps(document: Mapping[str, Any], fields: Mapping[str, Any]) -> list[Problem]:
    """Hold fps_mode and fps_explicit together."""
    if "fps_mode" in document and "fps_mode" not in fields:
        return []
    explicit = fields.get("fps_mode") is FpsMode.EXPLICIT
    given = "fps_explicit" in document
    if explicit and not given:
        return [
            Problem(
                code=Code.FIELD_MISSING,
                path="fps_explicit",
                message="fps_explicit is required when fps_mode is explicit.",
            )
        ]
    if given and not explicit:
        return [
            Problem(
                code=Code.FIELD_VALUE,
                path="fps_explicit",
                message="fps_explicit is allowed only when fps_mode is explicit.",
                found=printable(document["fps_explicit"]),
            )
        ]
    return []


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((str, "string"), (int, "number"), (float, "number"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "object" if isinstance(value, dict) else "null"


def _text(value: Any, _: object = str) -> str:
    if not isinstance(value, str):
        raise _Fault(Code.FIELD_TYPE, f"must be a string, not {_kind(value)}.", "string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _Fault(Code.FIELD_VALUE, "holds half a surrogate pair.") from error
    return value


def _enum(enum: type[Codec | Container | FpsMode]) -> Callable[[Any, Any], Any]:
    allowed = ", ".join(enum)

    def hook(value: Any, _: object) -> Codec | Container | FpsMode:
        text = _text(value)
        if text not in tuple(enum):
            raise _Fault(Code.FIELD_VALUE, f"'{printable(text, 60)}' is not allowed.", allowed)
        return enum(text)

    return hook


def _list(value: Any, _: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _Fault(Code.FIELD_TYPE, f"must be an array, not {_kind(value)}.", "array of strings")
    structured: tuple[str, ...] = tuple(_CONVERTER.structure(value, list[str]))
    return structured


def _rate(value: Any, _: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Fault(Code.FIELD_TYPE, f"must be a number, not {_kind(value)}.", "number")
    rate = frame_rate.exact(value)
    if rate is None:
        allowed = f"more than 0, at most {frame_rate.HIGHEST}"
        raise _Fault(Code.FIELD_VALUE, "is not a usable frame rate.", allowed)
    return rate


def _moment(value: Any, _: object) -> datetime:
    text = _text(value)
    allowed = "ISO 8601 with offset, as 2026-01-31T10:00:00+01:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Fault(Code.FIELD_VALUE, "is not an ISO 8601 time.", allowed) from None
    if moment.tzinfo is None:
        raise _Fault(Code.FIELD_VALUE, "has no offset from UTC.", allowed)
    return moment


def _tokens(value: Any, _: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise _Fault(Code.FIELD_TYPE, f"must be an object, not {_kind(value)}.", "empty object")
    if value:
        raise _Fault(Code.FIELD_VALUE, "must be empty on submission.", "{}")
    return MappingProxyType({})


def _converter() -> Converter:
    # Under this option cattrs refuses extra keys of nested records as well.
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(str, _text)
    for enum in (Codec, Container, FpsMode):
        converter.register_structure_hook(enum, _enum(enum))
    converter.register_structure_hook_func(lambda kind: kind == tuple[str, ...], _list)
    converter.register_structure_hook(Fraction, _rate)
    converter.register_structure_hook(Fraction | None, _rate)
    converter.register_structure_hook(datetime, _moment)
    converter.register_structure_hook(datetime | None, _moment)
    converter.register_structure_hook(str | None, _text)
    converter.register_structure_hook_func(lambda kind: kind == Mapping[str, str], _tokens)
    origin = _TYPES["proxy_profile_origin"]
    record = next(part for part in origin.__args__ if part is not type(None))

    def structure_origin(value: Any, _: object) -> Any:
        if not isinstance(value, dict):
            raise _Fault(Code.FIELD_TYPE, f"must be an object, not {_kind(value)}.", "object")
        structured = converter.structure(value, record)
        if structured.type != "user_profile":
            raise _Fault(Code.FIELD_VALUE, "type must be user_profile.", "user_profile")
        return structured

    converter.register_structure_hook(origin, structure_origin)
    return converter


def _check_sources(sources: tuple[str, ...]) -> None:
    if not sources:
        raise _Fault(Code.FIELD_VALUE, "must name at least one source.", "a non-empty array")
    for index, path in enumerate(sources):
        _check_path(path, f"source {index} ")
        if path in sources[:index]:
            raise _Fault(Code.FIELD_VALUE, f"source {index} is named twice.", "each path once")


def _check_path(path: str, what: str = "") -> None:
    if not path.startswith("/"):
        raise _Fault(Code.FIELD_VALUE, f"{what}must be an absolute path.", "absolute path")
    if any(ord(character) < 32 or ord(character) == 127 for character in path):  # noqa: PLR2004
        raise _Fault(Code.FIELD_VALUE, f"{what}holds a control character.", "printable path")


def _check_job_id(value: str) -> None:
    if not re.fullmatch(JOB_ID_PATTERN, value):
        allowed = "1 to 64 of A-Z a-z 0-9 . _ -"
        raise _Fault(Code.FIELD_VALUE, "is not a usable id.", allowed)


def _check_resolution(value: str) -> None:
    if value not in ("same", "half", "quarter") and not re.fullmatch(
        r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}", value
    ):
        allowed = "same, half, quarter or WIDTHxHEIGHT"
        raise _Fault(Code.FIELD_VALUE, f"'{printable(value, 60)}' is not allowed.", allowed)


def _check_not_empty(value: str) -> None:
    if not value:
        raise _Fault(Code.FIELD_VALUE, "must not be empty.", "a non-empty string")


_CHECKS: Final[Mapping[str, Callable[[Any], None]]] = MappingProxyType(
    {
        "sources": _check_sources,
        "output_directory": _check_path,
        "job_id": _check_job_id,
        "resolution": _check_resolution,
        "naming_template": _check_not_empty,
        "proxy_profile": _check_not_empty,
    }
)
_CONVERTER: Final = _converter()
