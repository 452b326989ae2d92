"""Build the JobSpec of a new job from a compiled user profile, and check it like any other.

The same reader checks it as in the daemon; a document that the daemon would refuse is never
published.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs
from attrs import frozen

from proxx_daemon.documents import strict_json
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, Problem, failure
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import JOBSPEC_VERSION, ORIGIN_TYPE, FpsMode
from proxx_daemon.plan import naming
from proxx_daemon.profiles import match as profile_match
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import UserProfile
from proxx_daemon.spool import candidates

#: names the proxy after its source, as editing systems match them. It changes only the name of
#: the file; the JobSpec always states it, so that it depends on no default.
NAMING_TEMPLATE: Final = "{source_name}_proxy"
#: a number as JSON writes it
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?")


@frozen(kw_only=True)
class JobRequest:
    """What an operator asks for, besides the profile."""

    #: as given; absolute paths make a valid JobSpec, others are refused
    sources: tuple[str, ...]
    #: as given; absolute, likewise
    output_directory: str
    #: text with tokens that makes one file name
    naming_template: str
    #: frames per second as typed; None keeps the source's rate
    fps_explicit: str | None
    #: the job's id
    job_id: str
    #: the time of the selection, with offset
    at: datetime


def document(
    request: JobRequest, profile: UserProfile, canonical: CanonicalProfile
) -> dict[str, Any]:
    """Return the JobSpec, not yet checked; its keys are in the order of the specification."""
    at = request.at.isoformat()
    spec: dict[str, Any] = {
        "jobspec_version": JOBSPEC_VERSION,
        "job_id": request.job_id,
        "sources": list(request.sources),
        "output_directory": request.output_directory,
        "codec": str(canonical.codec),
        "container": str(canonical.container),
        "resolution": canonical.resolution,
        "naming_template": request.naming_template,
        "proxy_profile": canonical.name,
        "fps_mode": str(FpsMode.SAME_AS_SOURCE),
    }
    if request.fps_explicit is not None:
        spec["fps_mode"] = str(FpsMode.EXPLICIT)
        spec["fps_explicit"] = _number(request.fps_explicit)
    if canonical.resolve_preset is not None:
        spec["resolve_preset"] = canonical.resolve_preset
    spec["created_at"] = at
    spec["proxy_profile_origin"] = {
        "type": ORIGIN_TYPE,
        "name": profile.name,
        "version": profile.user_profile_version,
        "selected_at": at,
    }
    return spec


def encode(spec: Mapping[str, Any]) -> bytes:
    """Return a JobSpec as it is published: readable, ASCII, with a final newline."""
    return json.dumps(spec, indent=2).encode() + b"\n"


def check(
    content: bytes, canonical: Mapping[str, CanonicalProfile], file_name: str | None
) -> Failure | None:
    """Return everything that is wrong with a finished JobSpec; None if nothing is.

    `file_name` is the name in pending/ that it will have, if any. The disk is not read: sources
    and folders may be those of another machine.
    """
    problems = [*_document_problems(content, canonical)]
    reason = None if file_name is None else candidates.objection(file_name)
    if reason is not None:
        problems.append(
            Problem(
                code=Code.FIELD_VALUE,
                path="job_id",
                message=f"job_id makes a file name that the daemon does not accept: {reason}.",
                found=strict_json.printable(file_name),
            )
        )
    if not problems:
        return None
    action = Code.JOB_REQUEST_INVALID.action
    facts = "; ".join(problem.message.removesuffix(".") for problem in problems)
    return failure(
        Code.JOB_REQUEST_INVALID,
        f"No JobSpec was made: {facts}.",
        # The actions of its problems are for a JobSpec that exists.
        errors=tuple(attrs.evolve(problem, action=action) for problem in problems),
    )


def _document_problems(
    content: bytes, canonical: Mapping[str, CanonicalProfile]
) -> tuple[Problem, ...]:
    try:
        parsed = strict_json.read_document(content)
    except strict_json.Refused as refused:
        return (refused.problem,)
    draft = reading.read(parsed, generated_id="")
    _, mismatches = profile_match.check(draft.fields, canonical)
    template = draft.fields.get("naming_template")
    unknown = () if template is None else naming.check_template(template)
    return (*draft.problems, *mismatches, *unknown)


def _number(typed: str) -> float | int | str:
    """Return a typed number as JSON has it; other text stays text, and the check refuses it."""
    if not _NUMBER.fullmatch(typed):
        return typed
    number: float | int = json.loads(typed)
    return number
