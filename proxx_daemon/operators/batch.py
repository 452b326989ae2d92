"""A batch: one job for each clip of a shoot, with ids and outputs that are fixed beforehand.

Only decides: `operators.shoot` looks at the disk and publishes.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import attrs
from attrs import frozen

from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, Problem, failure
from proxx_daemon.operators import creation
from proxx_daemon.operators.creation import JobRequest
from proxx_daemon.plan import naming
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import UserProfile
from proxx_daemon.source.file_kinds import FoundClip
from proxx_daemon.spool import candidates

#: digits of the number in an id, at the least
_DIGITS: Final = 4
#: characters of a batch's name: a number, and `.r9` of a job that is submitted again, fit behind it
MOST_CHARACTERS: Final = 48
_NAME: Final = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MOST_CHARACTERS - 1}}}")
_JOB: Final = r"-[0-9]{4,}(?:\.r[1-9][0-9]*)?"


class Layout(StrEnum):
    """Where the proxies of a folder go."""

    #: all directly into the output directory
    FLAT = "flat"
    #: into the same folders below the output directory as the clips have in theirs
    MIRROR = "mirror"


@frozen(kw_only=True)
class BatchRequest:
    """What an operator asks for, besides the profile."""

    #: the batch's name, with which the ids of its jobs begin
    name: str
    #: the clips, in the order of their numbers
    clips: tuple[FoundClip, ...]
    #: absolute path
    output_directory: str
    #: which folder below it each proxy goes to
    layout: Layout
    #: text with tokens that makes one file name
    naming_template: str
    #: frames per second as typed; None keeps the source's rate
    fps_explicit: str | None
    #: the time of the selection, with offset
    at: datetime


@frozen(kw_only=True)
class BatchJob:
    """One job of a batch."""

    #: its id, and with `.json` the name of its spec
    job_id: str
    #: its one clip
    clip: FoundClip
    #: absolute path of the folder of its proxy
    output_directory: str
    #: absolute path of its proxy; None if only the daemon, which measures the clip, can tell
    output: str | None


def name_problem(name: str) -> str | None:
    """Return why a text cannot be the name of a batch; None if it can."""
    if _NAME.fullmatch(name):
        return None
    return (
        f"'{printable(name)}' cannot be the name of a batch. Use 1 to {MOST_CHARACTERS} of "
        "A-Z a-z 0-9 . _ -, with a letter, a digit or _ in front."
    )


def name_for(folder: str, at: datetime) -> str:
    """Return the name of a batch that was given none: the folder's, and the local time."""
    stamp = at.strftime("-%Y%m%d-%H%M%S")
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", posixpath.basename(folder.rstrip("/")))
    return (stem.lstrip(".-") or "batch")[: MOST_CHARACTERS - len(stamp)] + stamp


def is_of_batch(job_id: str, name: str) -> bool:
    """Return whether an id is that of a job of a batch, or of one that was submitted again."""
    return job_id.startswith(name) and re.fullmatch(_JOB, job_id[len(name) :]) is not None


def jobs(
    request: BatchRequest, canonical: CanonicalProfile
) -> tuple[tuple[BatchJob, ...], tuple[Problem, ...]]:
    """Return the jobs of a batch in order, and everything that is wrong with their outputs."""
    digits = max(_DIGITS, len(str(len(request.clips))))
    found: list[BatchJob] = []
    problems: list[Problem] = []
    for number, clip in enumerate(request.clips, start=1):
        job_id = f"{request.name}-{number:0{digits}d}"
        below = clip.subfolder if request.layout is Layout.MIRROR else ""
        folder = posixpath.join(request.output_directory, below).rstrip("/") or "/"
        name = _output_name(request, canonical, clip, job_id)
        if isinstance(name, Problem):
            problems.append(name)
        output = posixpath.join(folder, name) if isinstance(name, str) else None
        found.append(BatchJob(job_id=job_id, clip=clip, output_directory=folder, output=output))
    return tuple(found), (*problems, *_collisions(found, request.layout))


def _output_name(
    request: BatchRequest, canonical: CanonicalProfile, clip: FoundClip, job_id: str
) -> str | Problem | None:
    template = request.naming_template
    if naming.check_template(template) or naming.is_measured(template):
        # The check of the spec reports what is wrong with a template.
        return None
    tokens = naming.known_values(clip.path, canonical, is_folder=clip.is_folder, index=0)
    tokens = {token: value for token, value in (tokens | {"job_id": job_id}).items() if value}
    name = naming.resolve(template, tokens, str(canonical.container), 0)
    if isinstance(name, naming.Name):
        return name.file_name
    message = name.message.replace("sources[0]", f"'{printable(clip.path, 1000)}'")
    action = "Rename these clips."
    if name.code is Code.TOKEN_UNRESOLVED:
        action = "Use a --naming-template without that token."
    return attrs.evolve(name, message=message, found=None, allowed=None, action=action)


def _collisions(found: Sequence[BatchJob], layout: Layout) -> Iterator[Problem]:
    action = (
        "Use --layout mirror, or rename one of the clips with the same name."
        if layout is Layout.FLAT
        else "Rename one of the clips with the same name, or add {source_ext} to --naming-template."
    )
    first: dict[str, BatchJob] = {}
    for job in found:
        if job.output is None:
            continue
        earlier = first.setdefault(naming.same_file(job.output), job)
        if earlier is not job:
            yield Problem(
                code=Code.OUTPUT_COLLISION,
                path="",
                message=f"'{printable(earlier.clip.path, 1000)}' and "
                f"'{printable(job.clip.path, 1000)}' would both become "
                f"'{printable(job.output, 1000)}'.",
                action=action,
            )


def specs(
    every: Sequence[BatchJob],
    request: BatchRequest,
    profile: UserProfile,
    canonical: CanonicalProfile,
    profiles: Mapping[str, CanonicalProfile],
) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """Return the JobSpec of each job by the name of its file, and everything wrong with them."""
    found: dict[str, bytes] = {}
    problems: list[Problem] = []
    for job in every:
        asked = JobRequest(
            sources=(job.clip.path,),
            output_directory=job.output_directory,
            naming_template=request.naming_template,
            fps_explicit=request.fps_explicit,
            job_id=job.job_id,
            at=request.at,
        )
        name = job.job_id + candidates.SUFFIX
        found[name] = creation.encode(creation.document(asked, profile, canonical))
        reason = creation.check(found[name], profiles, name)
        if reason is not None:
            problems += [_named(each, job.clip) for each in reason.errors]
    # What is wrong with the template or the rate is wrong with every one of them.
    return found, tuple(dict.fromkeys(problems))


def _named(problem: Problem, clip: FoundClip) -> Problem:
    """Return a problem of one spec as one of the batch: about the clip, if it is about that."""
    about = problem.path.startswith("sources[0]")
    named = f"'{printable(clip.path, 1000)}'"
    return attrs.evolve(
        problem,
        message=problem.message.replace("sources[0]", named, 1) if about else problem.message,
        action="Rename these clips or their folders." if about else None,
    )


def refusal(problems: Sequence[Problem], clips: int) -> Failure:
    """Return why no job of a batch was made: every problem at once, with what to do."""
    actions = dict.fromkeys(each.action for each in problems if each.action)
    return failure(
        Code.JOB_REQUEST_INVALID,
        f"No job was created: {len(problems)} problem(s) with {clips} clip(s).",
        action=" ".join(actions) or None,
        errors=tuple(problems),
    )
