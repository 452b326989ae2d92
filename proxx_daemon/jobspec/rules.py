"""What the values of a JobSpec must be beyond their types."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from proxx_daemon.documents.fields import Fault, Objection, Rule
from proxx_daemon.documents.record_reading import kind_of, number
from proxx_daemon.documents.schema import CONTROL, whole
from proxx_daemon.documents.strict_json import holds_control, printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec import frame_rate

_JOB_ID: Final = r"[A-Za-z0-9._-]{1,64}"
_RESOLUTION: Final = r"same|half|quarter|[1-9][0-9]{0,4}x[1-9][0-9]{0,4}"
_RATES: Final = f"{frame_rate.LOWEST} to {frame_rate.HIGHEST}"


def _check_job_id(value: str) -> Iterator[Objection]:
    if not re.fullmatch(_JOB_ID, value):
        allowed = "1 to 64 of A-Z a-z 0-9 . _ -"
        yield Objection(message="is not a usable id.", allowed=allowed, found=value)


def _check_resolution(value: str) -> Iterator[Objection]:
    if not re.fullmatch(_RESOLUTION, value):
        message = f"'{printable(value, 60)}' is not allowed."
        allowed = "same, half, quarter or WIDTHxHEIGHT"
        yield Objection(message=message, allowed=allowed, found=value)


def _check_path(path: str, place: str = "") -> Iterator[Objection]:
    if not path.startswith("/"):
        message, allowed = "must be an absolute path.", "absolute path"
        yield Objection(message=message, allowed=allowed, place=place, found=path)
    if holds_control(path):
        message, allowed = "holds a control character.", "printable path"
        yield Objection(message=message, allowed=allowed, place=place, found=path)


def _check_sources(sources: tuple[str, ...]) -> Iterator[Objection]:
    if not sources:
        message = "must name at least one source."
        yield Objection(message=message, allowed="a non-empty array", found=[])
    first: dict[str, int] = {}
    for index, path in enumerate(sources):
        place = f"[{index}]"
        faults = [*_check_path(path, place), *_check_pattern(path, place)]
        yield from faults
        # Compared as text: /a//b, /a/./b and /x/../a/b are the same path written differently.
        earlier = first.setdefault("/" + posixpath.normpath(path).lstrip("/"), index)
        if earlier != index and not faults:
            message = f"is the same path as sources[{earlier}]."
            yield Objection(message=message, allowed="each path once", place=place, found=path)


def _check_pattern(path: str, place: str) -> Iterator[Objection]:
    # FFmpeg and Resolve read %04d as the pattern of an image sequence: other files.
    if "%" in path:
        message = "holds '%', which engines read as the pattern of an image sequence."
        yield Objection(message=message, allowed="a path without %", place=place, found=path)


def _check_not_empty(value: str) -> Iterator[Objection]:
    if not value:
        yield Objection(message="must not be empty.", allowed="a non-empty string", found=value)


def _no_tokens(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        message = f"must be an object, not {kind_of(value)}."
        raise Fault(Code.FIELD_TYPE, message, "empty object")
    if value:
        raise Fault(Code.FIELD_VALUE, "must be empty on submission.", "{}")
    return MappingProxyType({})


def _rate(value: object) -> Fraction:
    rate = frame_rate.exact(number(value))
    if rate is None:
        raise Fault(Code.FIELD_VALUE, "is not a usable frame rate.", _RATES)
    return rate


JOB_ID: Final = Rule(
    says="1 to 64 of `A-Z a-z 0-9 . _ -`", schema=whole(_JOB_ID), check=_check_job_id
)
PROFILE: Final = Rule(says="the name of a [canonical profile](profiles.md)", check=_check_not_empty)
RESOLUTION: Final = Rule(
    says="`same`, `half`, `quarter` or `WIDTHxHEIGHT`",
    schema=whole(_RESOLUTION),
    check=_check_resolution,
)
DIRECTORY: Final = Rule(
    says="absolute path of an existing folder that can be written",
    schema={"pattern": "^/", "not": {"pattern": CONTROL}},
    check=_check_path,
)
SOURCES: Final = Rule(
    says="array of absolute paths without `%`, none twice",
    schema={
        "items": {"type": "string", "pattern": "^/", "not": {"pattern": f"%|{CONTROL}"}},
        "minItems": 1,
        "uniqueItems": True,
    },
    check=_check_sources,
)
FRAME_RATE: Final = Rule(
    says=f"number from {_RATES}",
    schema={"type": "number", "minimum": frame_rate.LOWEST, "maximum": frame_rate.HIGHEST},
    read=_rate,
)
NO_TOKENS: Final = Rule(
    says="empty object", schema={"type": "object", "maxProperties": 0}, read=_no_tokens
)


def template(tokens: tuple[str, ...]) -> Rule:
    """Return the rule of a naming template; `plan.naming` checks the tokens when it is read."""
    pattern = r"^(?:[^{}]|\{(?:" + "|".join(tokens) + r")\})*$"
    return Rule(
        says="text with [tokens](#tokens-of-naming_template), not empty",
        schema={"minLength": 1, "pattern": pattern},
        check=_check_not_empty,
    )
