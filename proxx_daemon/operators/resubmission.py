"""Build the JobSpec of a job that is submitted again, from the old job's result.

The old spec is used as it was read; only its id, its time and, with `failed_only`, its list of
sources are new. A resubmission that would change the name of a proxy is refused.
"""

import re
from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import frozen

#: characters that a job id may have
_MOST: Final = 64
_AGAIN: Final = re.compile(r"(.+)\.r([1-9][0-9]{0,17})")


class NotResubmittableError(Exception):
    """The old job cannot be submitted again as it was; the message says why and what to do."""


@frozen(kw_only=True)
class OldJob:
    """What the result of a job says."""

    #: its id
    job_id: str
    #: its spec as it was read
    jobspec: Any
    #: status of each clip, in order
    clips: Sequence[Mapping[str, Any]]


def read(result: object) -> OldJob:
    """Return what is needed of a result; raise NotResubmittableError."""
    try:
        old = OldJob(
            job_id=str(result["job_id"]),  # type: ignore[index]
            jobspec=result["jobspec"],  # type: ignore[index]
            clips=result["clips"],  # type: ignore[index]
        )
        statuses = [str(clip["status"]) for clip in old.clips]
    except (KeyError, TypeError) as error:
        raise NotResubmittableError("Proxx did not write its result.") from error
    if not isinstance(old.jobspec, dict) or not isinstance(old.jobspec.get("sources"), list):
        raise NotResubmittableError(
            "Its spec could not be read as a JobSpec. Correct the spec and drop it into pending/."
        )
    if statuses and len(statuses) != len(old.jobspec["sources"]):
        raise NotResubmittableError("Its result and its spec list different clips.")
    return old


def stem_of(job_id: str) -> str:
    """Return the id of the first job of a chain: `reel` for `reel.r3`."""
    match = _AGAIN.fullmatch(job_id)
    return match.group(1) if match else job_id


def next_id(old_id: str, taken: Container[str]) -> str:
    """Return the new job's id, which names the old one: `reel`, then `reel.r2` and `reel.r3`.

    `taken` are the ids and stems that exist. Raise NotResubmittableError if it is too long.
    """
    stem, number = stem_of(old_id), 2
    match = _AGAIN.fullmatch(old_id)
    if match:
        number = int(match.group(2)) + 1
    while f"{stem}.r{number}" in taken:
        number += 1
    name = f"{stem}.r{number}"
    if len(name) > _MOST:
        raise NotResubmittableError(
            f"'{name}' is longer than the {_MOST} characters of a job id. Choose another id "
            "(--job-id)."
        )
    return name


def document(old: OldJob, new_id: str, at: datetime, *, failed_only: bool) -> dict[str, Any]:
    """Return the new JobSpec; raise NotResubmittableError."""
    spec = {**old.jobspec, "job_id": new_id, "created_at": at.isoformat()}
    spec.pop("resolved_tokens", None)
    if not failed_only:
        return spec
    sources = old.jobspec["sources"]
    left = (
        [index for index, clip in enumerate(old.clips) if clip["status"] != "COMPLETED"]
        if old.clips
        else list(range(len(sources)))
    )
    if not left:
        raise NotResubmittableError("All of its clips completed: nothing is left to submit.")
    template = str(old.jobspec.get("naming_template"))
    for token, changes in (("{index}", left != list(range(len(left)))), ("{job_id}", True)):
        if token in template and changes and len(left) < len(sources):
            raise NotResubmittableError(
                f"Its naming_template has {token}, which would give the remaining clips different "
                "names. Write a JobSpec for them with the names that you want."
            )
    spec["sources"] = [sources[index] for index in left]
    return spec
