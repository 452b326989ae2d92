"""Names every clip and writes down its command, before the first one runs."""

import os
from collections.abc import Sequence

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, failure_of
from proxx_daemon.jobspec.jobspec import Container, EngineKind
from proxx_daemon.pipeline.preparation import Prepared
from proxx_daemon.plan import ffmpeg_command, naming, space, transformation, umid
from proxx_daemon.plan.expectation import expectation
from proxx_daemon.plan.plan import ClipPlan, JobPlan
from proxx_daemon.profiles.profile import CanonicalProfile


def plan_job(prepared: Prepared, attempt_id: str) -> JobPlan:
    """Plan a prepared job.

    Raises JobFailed when names collide, are unusable, or stand for a file that exists, and when
    the proxies are likely to need more space than there is.
    """
    spec, profile = prepared.spec, prepared.profile
    problems: list[Problem] = []
    names: list[naming.Name] = []
    for index, source in enumerate(prepared.sources):
        tokens = naming.token_values(spec, profile, source, index)
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
    clips = tuple(_plan_clip(prepared, index, name, attempt_id) for index, name in enumerate(names))
    problems += _check_space(clips, profile, spec.output_directory)
    if problems:
        raise JobFailed(failure_of(problems))
    return JobPlan(spec=spec, profile=profile, clips=clips)


def _check_space(
    clips: Sequence[ClipPlan], profile: CanonicalProfile, directory: str
) -> tuple[Problem, ...]:
    status = os.statvfs(directory)
    if status.f_blocks == 0:
        # Some network and user-space file systems do not say how large they are.
        return ()
    return space.check(clips, profile.space, status.f_bavail * status.f_frsize)


def check_free(path: str, index: int) -> list[Problem]:
    """Find that an output exists already; `index` is the clip's position in the job."""
    if not os.path.lexists(path):
        return []
    return [
        Problem(
            code=Code.OUTPUT_EXISTS,
            path=f"sources[{index}]",
            message=f"Output path '{path}' already exists.",
            found=path,
            allowed="a name that is free",
        )
    ]


def _plan_clip(prepared: Prepared, index: int, name: naming.Name, attempt_id: str) -> ClipPlan:
    spec, profile, source = prepared.spec, prepared.profile, prepared.sources[index]
    # Short and of one length: the final name may use all 255 bytes. The extension stays, so
    # that a kept partial file opens in a player.
    partial = os.path.join(
        spec.output_directory, f".proxx-{attempt_id}-{index:03d}.partial.{spec.container}"
    )
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
            spec,
            profile,
            source,
            program=prepared.engine.tools.ffmpeg,
            partial_path=partial,
        ),
        expectation=expectation(spec, profile, source),
        transformation=made,
        package_ids=umid.package_ids(made) if stamped else None,
    )
