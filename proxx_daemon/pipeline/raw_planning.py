"""Names every clip of a job for Resolve and writes down what a session will be told."""

import os
from typing import Final

from proxx_daemon.failures.errors import JobFailed, Problem, failure_of
from proxx_daemon.pipeline.planning import check_free
from proxx_daemon.pipeline.raw_preparation import PreparedRaw
from proxx_daemon.plan import naming
from proxx_daemon.plan.resolve_clips import ResolveClip, ResolvePlan
from proxx_daemon.plan.resolve_session import RenderOrder
from proxx_daemon.source.raw import RawSource

#: seconds between two looks at a render job: often enough for a person who watches
_POLL_SECONDS: Final = 0.5


def plan_raw_job(prepared: PreparedRaw, attempt_id: str, prefix: str) -> ResolvePlan:
    """Plan a prepared job; `prefix` is how our projects are called on this machine.

    Raises JobFailed when names collide, are unusable, or stand for a file that exists.
    """
    spec, profile = prepared.spec, prepared.profile
    problems: list[Problem] = []
    names: list[naming.Name] = []
    for index, source in enumerate(prepared.sources):
        tokens = naming.raw_token_values(spec, profile, source, index)
        name = naming.resolve(spec.naming_template, tokens, str(spec.container), index)
        if isinstance(name, Problem):
            problems.append(name)
        else:
            names.append(name)
    if not problems:
        problems += naming.collisions([name.file_name for name in names])
        for index, name in enumerate(names):
            problems += check_free(os.path.join(spec.output_directory, name.file_name), index)
    if problems:
        raise JobFailed(failure_of(problems))
    clips = tuple(
        _plan_clip(prepared, index, name, attempt_id, prefix) for index, name in enumerate(names)
    )
    return ResolvePlan(spec=spec, profile=profile, clips=clips)


def _plan_clip(
    prepared: PreparedRaw, index: int, name: naming.Name, attempt_id: str, prefix: str
) -> ResolveClip:
    spec, profile, source = prepared.spec, prepared.profile, prepared.sources[index]
    # A folder of its own: whatever Resolve makes of the name, what lies in there is its output.
    folder = os.path.join(spec.output_directory, f".proxx-{attempt_id}-{index:03d}.partial")
    stem = name.file_name[: -len(f".{spec.container}")]
    return ResolveClip(
        index=index,
        source=source,
        output_path=os.path.join(spec.output_directory, name.file_name),
        partial_path=os.path.join(folder, name.file_name),
        resolved_tokens=name.tokens,
        order=RenderOrder(
            project=f"{prefix}{attempt_id}-{index:03d}",
            media=_media(source),
            first=None if source.frames is None else source.frames.first,
            last=None if source.frames is None else source.frames.last,
            rate=spec.fps_explicit,
            preset=str(profile.resolve_preset),
            folder=folder,
            name=stem,
            divisor=profile.scaling.divisor,
            poll_seconds=_POLL_SECONDS,
        ),
    )


def _media(source: RawSource) -> str:
    if source.frames is None:
        return source.path
    return os.path.join(source.folder, source.frames.pattern)
