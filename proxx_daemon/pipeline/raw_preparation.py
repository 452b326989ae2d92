"""What is checked of a job that routes to Resolve, before it waits for its turn."""

from attrs import frozen

from proxx_daemon.engines.engine import Engine
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, failure_of
from proxx_daemon.jobspec.jobspec import JobSpec
from proxx_daemon.pipeline.paths import as_problem
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.source import raw_files
from proxx_daemon.source.raw import RawSource


@frozen(kw_only=True)
class PreparedRaw:
    """A job that may run once Resolve is free."""

    #: what was asked for
    spec: JobSpec
    #: the profile that decides
    profile: CanonicalProfile
    #: the sources, in the spec's order
    sources: tuple[RawSource, ...]
    #: whose ffprobe measures the proxies
    engine: Engine


def look_at(spec: JobSpec) -> tuple[RawSource, ...]:
    """Look at every source; raises JobFailed with the problems of all of them."""
    sources: list[RawSource] = []
    problems: list[Problem] = []
    for index, path in enumerate(spec.sources):
        place = f"sources[{index}]"
        try:
            sources.append(raw_files.look(path, place))
        except JobFailed as error:
            found = error.failure.errors
            problems += found or [as_problem(error, place)]
    if not problems:
        problems += _twice(sources)
    if problems:
        raise JobFailed(failure_of(problems))
    return tuple(sources)


def _twice(sources: list[RawSource]) -> list[Problem]:
    """Find sources that stand for one image sequence: two of its frames, or folder and frame."""
    problems = []
    first: dict[tuple[str, str], int] = {}
    for index, source in enumerate(sources):
        if source.frames is None:
            continue
        earlier = first.setdefault((source.folder, source.frames.pattern), index)
        if earlier != index:
            problems.append(
                Problem(
                    code=Code.SOURCE_SEQUENCE_INVALID,
                    path=f"sources[{index}]",
                    message=f"sources[{earlier}] and sources[{index}] stand for the same image "
                    "sequence.",
                    found=source.frames.pattern,
                    allowed="each sequence once",
                    action="Name the folder, or one of its frames, once.",
                )
            )
    return problems
