"""JobSpec 2.1 to the letter: a JSON value in, a frozen JobSpec or every problem out.

The loop over the fields is ours, so that one bad field hides no other and the good ones can
still be checked against profile and disk. `jobspec.values` structures each field.
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, get_type_hints

import attrs
from attrs import frozen

from proxx_daemon.documents.characters import holds_control
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec.jobspec import (
    JOB_ID_PATTERN,
    JOBSPEC_VERSION,
    RESOLUTION_NAMES,
    RESOLUTION_PATTERN,
    FpsMode,
    JobSpec,
)
from proxx_daemon.jobspec.values import ABSENT, Fault, Faults, kind_of, structure

#: the fields that every spec has, in the order of the record
REQUIRED: Final = tuple(
    field.name
    for field in attrs.fields(JobSpec)
    if field.default is attrs.NOTHING and field.name != "job_id"
)
_ALL: Final = tuple(field.name for field in attrs.fields(JobSpec))
_TYPES: Final = get_type_hints(JobSpec)

#: what a check finds: the place behind the field's name, what stands there, what is wrong
_Entry = tuple[str, Any, Fault]


@frozen(kw_only=True)
class Draft:
    """What could be read of a spec: the good fields, and what is wrong with the others."""

    #: structured values by field name
    fields: Mapping[str, Any]
    #: every problem: version, missing and unknown fields, then field by field
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
            message=f"A JobSpec is one JSON object; this is {kind_of(document)}.",
            found=printable(document),
            allowed="object",
        )
        return Draft(fields=MappingProxyType({}), problems=(problem,))
    problems = _version(document) + _missing(document) + _unknown(document)
    fields: dict[str, Any] = {"job_id": generated_id}
    for name in _ALL:
        if name not in document:
            continue
        if name == "jobspec_version":
            fields[name] = document[name]
            continue
        value, found = _field(name, document[name])
        problems += found
        if not found:
            fields[name] = value
    problems += _fps(document, fields)
    return Draft(fields=MappingProxyType(fields), problems=tuple(problems))


def _version(document: Mapping[str, Any]) -> list[Problem]:
    found = document.get("jobspec_version", ABSENT)
    if found == JOBSPEC_VERSION:
        return []
    if found is ABSENT:
        what = "missing"
    elif isinstance(found, str):
        what = f'"{printable(found, 60)}"'
    elif found is None:
        what = "null"
    else:
        what = f"the {kind_of(found)} {printable(found, 60)}"
    return [
        Problem(
            code=Code.VERSION_UNSUPPORTED,
            path="jobspec_version",
            message=f'jobspec_version must be the string "{JOBSPEC_VERSION}"; it is {what}.',
            found=None if found is ABSENT else printable(found),
            allowed=f'"{JOBSPEC_VERSION}"',
        )
    ]


def _missing(document: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for name in REQUIRED:
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


def _field(name: str, value: object) -> tuple[Any, list[Problem]]:
    """Structure and check one field; the problems are empty when it is good."""
    if name == "proxy_profile" and value == "":
        return None, [_no_profile("(empty)")]
    try:
        structured = structure(value, _TYPES[name])
    except Faults as faults:
        return None, [_problem(name, entry) for entry in faults.entries]
    check = _CHECKS.get(name)
    entries = check(structured) if check else ()
    return structured, [_problem(name, entry) for entry in entries]


def _problem(name: str, entry: _Entry) -> Problem:
    place, found, fault = entry
    return Problem(
        code=fault.code,
        path=name + place,
        message=f"{name}{place} {fault}",
        found=None if found is ABSENT else printable(found),
        allowed=fault.allowed,
    )


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


def _check_sources(sources: tuple[str, ...]) -> Iterator[_Entry]:
    if not sources:
        fault = Fault(Code.FIELD_VALUE, "must name at least one source.", "a non-empty array")
        yield "", [], fault
    first: dict[str, int] = {}
    for index, path in enumerate(sources):
        faulty = False
        for _, found, fault in (*_check_path(path), *_check_pattern(path)):
            faulty = True
            yield f"[{index}]", found, fault
        # Compared as text: /a//b, /a/./b and /x/../a/b are the same path written differently.
        earlier = first.setdefault("/" + posixpath.normpath(path).lstrip("/"), index)
        if earlier != index and not faulty:
            message = f"is the same path as sources[{earlier}]."
            yield f"[{index}]", path, Fault(Code.FIELD_VALUE, message, "each path once")


def _check_path(path: str) -> Iterator[_Entry]:
    if not path.startswith("/"):
        yield "", path, Fault(Code.FIELD_VALUE, "must be an absolute path.", "absolute path")
    if holds_control(path):
        yield "", path, Fault(Code.FIELD_VALUE, "holds a control character.", "printable path")


def _check_pattern(path: str) -> Iterator[_Entry]:
    # FFmpeg and Resolve read %04d as the pattern of an image sequence: other files.
    if "%" in path:
        message = "holds '%', which engines read as the pattern of an image sequence."
        yield "", path, Fault(Code.FIELD_VALUE, message, "a path without %")


def _check_job_id(value: str) -> Iterator[_Entry]:
    if not re.fullmatch(JOB_ID_PATTERN, value):
        allowed = "1 to 64 of A-Z a-z 0-9 . _ -"
        yield "", value, Fault(Code.FIELD_VALUE, "is not a usable id.", allowed)


def _check_resolution(value: str) -> Iterator[_Entry]:
    if value not in RESOLUTION_NAMES and not re.fullmatch(RESOLUTION_PATTERN, value):
        message = f"'{printable(value, 60)}' is not allowed."
        yield "", value, Fault(Code.FIELD_VALUE, message, "same, half, quarter or WIDTHxHEIGHT")


def _check_not_empty(value: str) -> Iterator[_Entry]:
    if not value:
        yield "", value, Fault(Code.FIELD_VALUE, "must not be empty.", "a non-empty string")


_CHECKS: Final[Mapping[str, Callable[[Any], Iterator[_Entry]]]] = MappingProxyType(
    {
        "sources": _check_sources,
        "output_directory": _check_path,
        "job_id": _check_job_id,
        "resolution": _check_resolution,
        "naming_template": _check_not_empty,
    }
)
