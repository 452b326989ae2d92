"""Proxx for programs: the canonical profiles, and JobSpecs read, written and checked.

This module is the one place to import from; the modules behind it may move. Nothing here runs a
job: `proxx run` and `proxx watch` do. Its page is docs/reference/api.md.
"""

import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from proxx_daemon.cli import build, settings
from proxx_daemon.documents import strict_json
from proxx_daemon.failures.errors import (
    Failure,
    FatalError,
    JobFailed,
    Problem,
    ProxxError,
    failure_of,
)
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import (
    JOBSPEC_VERSION,
    Codec,
    Container,
    EngineKind,
    FpsMode,
    JobSpec,
    ProfileOrigin,
)
from proxx_daemon.plan import naming
from proxx_daemon.profiles import match
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.system.cancel import CancelToken

__all__ = [
    "JOBSPEC_VERSION",
    "PROXY_PROFILES",
    "CanonicalProfile",
    "Codec",
    "Container",
    "EngineType",
    "FatalError",
    "FpsMode",
    "JobSpec",
    "JobSpecValidationError",
    "Problem",
    "ProfileOrigin",
    "from_json",
    "get_profile",
    "get_profile_metadata",
    "list_profiles_for_engine",
    "to_json",
    "validate",
    "validate_profile_for_engine",
]

#: the engines that a profile can be for
EngineType = EngineKind

#: every canonical profile by name, FFmpeg's first; read-only
PROXY_PROFILES: Final[Mapping[str, CanonicalProfile]] = profiles()


class JobSpecValidationError(ProxxError):
    """A JobSpec, or the name of a profile, is not valid.

    Its text is the message of the one problem, or all messages behind their number.
    """

    def __init__(self, reason: Failure) -> None:
        super().__init__(reason.message)
        #: the failure as a result would carry it: code, message and action
        self.failure = reason
        #: every problem that was found, each with its code, place and advice; never empty
        self.problems: tuple[Problem, ...] = reason.errors or (
            Problem(code=reason.code, path="", message=reason.message, action=reason.action),
        )


def get_profile(name: str) -> CanonicalProfile:
    """Return the canonical profile of a name.

    Raise JobSpecValidationError if there is none.
    """
    profile, problems = match.check({"proxy_profile": name}, PROXY_PROFILES)
    if profile is None:
        raise JobSpecValidationError(failure_of(problems))
    return profile


def get_profile_metadata(name: str) -> dict[str, Any]:
    """Return what a profile says about itself as plain JSON values, without engine arguments.

    Raise JobSpecValidationError when there is no profile of that name.
    """
    profile = get_profile(name)
    return {
        "name": profile.name,
        "engine": str(profile.engine),
        "codec": str(profile.codec),
        "container": str(profile.container),
        "resolution": profile.resolution,
        "audio": str(profile.audio.policy),
        "intra_frame_only": profile.intra_frame_only,
        "resolve_preset": profile.resolve_preset,
        "notes": profile.notes,
        "fingerprint": profile.fingerprint,
    }


def list_profiles_for_engine(engine: EngineKind) -> Mapping[str, CanonicalProfile]:
    """Return the profiles of one engine by name, read-only."""
    return MappingProxyType(
        {name: profile for name, profile in PROXY_PROFILES.items() if profile.engine is engine}
    )


def validate_profile_for_engine(name: str, engine: EngineKind) -> None:
    """Make sure that a profile exists and is for the engine that a job routes to.

    Raise JobSpecValidationError when it is not.
    """
    problems = match.check_engine(get_profile(name), engine)
    if problems:
        raise JobSpecValidationError(failure_of(problems))


def from_json(text: str | bytes) -> JobSpec:
    """Read a JobSpec; the inverse of `to_json`.

    Checks what the document alone can tell: its fields, that they repeat what the profile says,
    and the template's tokens. A spec without `job_id` gets a random one, another each time.

    Raise JobSpecValidationError with every problem.
    """
    try:
        document = strict_json.read_document(_bytes(text))
    except strict_json.Refused as refused:
        raise JobSpecValidationError(failure_of([refused.problem])) from None
    draft = reading.read(document, generated_id=uuid.uuid4().hex)
    _, found = match.check(draft.fields, PROXY_PROFILES)
    problems = [*draft.problems, *found]
    if "naming_template" in draft.fields:
        problems += naming.check_template(draft.fields["naming_template"])
    if problems:
        raise JobSpecValidationError(failure_of(problems))
    return draft.spec()


def to_json(spec: JobSpec) -> str:
    """Write a JobSpec: fields in a fixed order, those without a value left out.

    `from_json(to_json(spec)) == spec`. Raise JobSpecValidationError with every problem when
    the spec is not valid, so that nothing is written that cannot be read, and ValueError when
    `fps_explicit` is a fraction that no number names, such as 24001/1001, which is too close to
    24000/1001.
    """
    document = reading.write(spec)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    from_json(text)
    return text


def validate(spec: JobSpec | str | bytes, *, check_paths: bool = True) -> JobSpec:
    """Make sure that a JobSpec, or its JSON, is valid, and return it.

    Without `check_paths`, checks what the document alone can tell, as `from_json`. With it, does
    what `proxx validate` does: looks at the output directory, asks ffprobe about every source,
    routes the job, asks the engine for its encoders, and names every output. Writes nothing.

    Raise JobSpecValidationError with every problem of the stage that failed: first the
    document and its paths, then the sources, then the outputs. Raise FatalError when the
    environment sets one of Proxx's variables to something impossible.
    """
    text = to_json(spec) if isinstance(spec, JobSpec) else spec
    if not check_paths:
        return from_json(text)
    cancel = CancelToken()
    try:
        chosen = settings.read()
        plan = build.pipeline(chosen, recorded=False).validate(
            _bytes(text), uuid.uuid4().hex, step_seconds=chosen.stall_seconds, cancel=cancel
        )
    except JobFailed as error:
        raise JobSpecValidationError(error.failure) from None
    finally:
        cancel.close()
    return plan.spec


def _bytes(text: str | bytes) -> bytes:
    """Return a document as a file has it; half a surrogate pair is left for the reader."""
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
