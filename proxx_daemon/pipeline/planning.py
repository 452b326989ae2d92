"""Names every clip and plans what its engine does, before the first one runs."""

import os
from collections.abc import Iterator, Sequence
from typing import Final

from proxx_daemon.failures.errors import Problem, fail_if_any
from proxx_daemon.jobspec.jobspec import Container, EngineKind
from proxx_daemon.output.publication import taken_name
from proxx_daemon.pipeline.preparation import Prepared
from proxx_daemon.plan import ffmpeg_command, naming, space, tracks, transformation, umid
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.plan.plan import ClipPlan, JobPlan, PlannedClip, ResolveClip
from proxx_daemon.plan.resolve_session import RenderOrder
from proxx_daemon.source import dolby_vision
from proxx_daemon.source.media import Source
from proxx_daemon.source.raw import RawSource
from proxx_daemon.system import storage

#: seconds between two looks at a render job: often enough for a person who watches
_POLL_SECONDS: Final = 0.5


def plan_job(
    prepared: Prepared, attempt_id: str, *, resolve_prefix: str, hash_sources: bool
) -> JobPlan:
    """Plan a prepared job; `resolve_prefix` begins the names of our projects in Resolve.

    Raise JobFailed when names collide, are unusable, or belong to a file that exists, and when
    the proxies are likely to need more space than there is.
    """
    names = _names(prepared)
    clips: list[PlannedClip] = []
    folder = naming.partial_folder(prepared.spec.output_directory, attempt_id)
    for index, (source, name) in enumerate(zip(prepared.sources, names, strict=True)):
        partial = os.path.join(folder, f"{index:03d}")
        if isinstance(source, RawSource):
            project = f"{resolve_prefix}{attempt_id}-{index:03d}"
            clips.append(
                _resolve_clip(prepared, index, source, name, folder=partial, project=project)
            )
        else:
            clips.append(_ffmpeg_clip(prepared, index, source, name, partial))
    problems = tuple(_check_space(prepared, clips))
    fail_if_any(problems)
    return JobPlan(
        spec=prepared.spec, profile=prepared.profile, clips=tuple(clips), hash_sources=hash_sources
    )


def _names(prepared: Prepared) -> tuple[naming.Name, ...]:
    """Resolve the name of every clip; raise JobFailed with all that is wrong with them."""
    spec = prepared.spec
    found = [
        naming.resolve(
            spec.naming_template,
            naming.token_values(spec, prepared.profile, source, index),
            str(spec.container),
            index,
        )
        for index, source in enumerate(prepared.sources)
    ]
    problems = [each for each in found if isinstance(each, Problem)]
    names = tuple(each for each in found if isinstance(each, naming.Name))
    if not problems:
        problems += naming.collisions([name.file_name for name in names])
        for index, name in enumerate(names):
            problems += taken_name(os.path.join(spec.output_directory, name.file_name), index)
    fail_if_any(problems)
    return names


def _check_space(prepared: Prepared, clips: Sequence[PlannedClip]) -> Iterator[Problem]:
    """Compare what the proxies need with what is free, as far as both are known by now."""
    storage.step(prepared.spec.output_directory)
    status = os.statvfs(prepared.spec.output_directory)
    known = [clip for clip in clips if isinstance(clip, ClipPlan)]
    # Some network and user-space file systems do not say how large they are.
    if status.f_blocks:
        yield from space.check(known, prepared.profile.space, status.f_bavail * status.f_frsize)


def _ffmpeg_clip(
    prepared: Prepared, index: int, source: Source, name: naming.Name, partial: str
) -> ClipPlan:
    spec, profile = prepared.spec, prepared.profile
    # With its extension a kept partial file opens in a player.
    partial = f"{partial}.{spec.container}"
    made = transformation.fingerprint(source, profile, spec.fps_explicit)
    # Other engines write MXF ids of their own; FFmpeg's are zeros.
    stamped = profile.engine is EngineKind.FFMPEG and profile.container is Container.MXF
    return ClipPlan(
        index=index,
        source=source,
        output_path=os.path.join(spec.output_directory, name.file_name),
        partial_path=partial,
        resolved_tokens=name.tokens,
        argv=ffmpeg_command.command(
            spec, profile, source, program=prepared.engine.tools.ffmpeg, partial_path=partial
        ),
        expectation=expectation(spec, profile, source),
        transformation=made,
        left_out=(
            *tracks.left_out(profile, source.media),
            *dolby_vision.left_out(source.media),
        ),
        package_ids=umid.package_ids(made) if stamped else None,
    )


def _resolve_clip(
    prepared: Prepared,
    index: int,
    source: RawSource,
    name: naming.Name,
    *,
    folder: str,
    project: str,
) -> ResolveClip:
    """Plan one clip of camera RAW.

    It gets a folder of its own: whatever Resolve makes of the name, what is in there is its
    output.
    """
    spec, profile, frames = prepared.spec, prepared.profile, source.frames
    media = source.path if frames is None else os.path.join(source.folder, frames.pattern)
    return ResolveClip(
        index=index,
        source=source,
        output_path=os.path.join(spec.output_directory, name.file_name),
        partial_path=os.path.join(folder, name.file_name),
        resolved_tokens=name.tokens,
        order=RenderOrder(
            project=project,
            media=media,
            first=None if frames is None else frames.first,
            last=None if frames is None else frames.last,
            rate=spec.fps_explicit,
            preset=str(profile.resolve_preset),
            folder=folder,
            name=name.file_name[: -len(f".{spec.container}")],
            divisor=profile.scaling.divisor,
            poll_seconds=_POLL_SECONDS,
        ),
    )
