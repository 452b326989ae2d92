"""Turns the clips of a shoot into jobs: looks at the disk, and submits all of them or none.

For everybody who submits many jobs at once: `proxx create`, and what comes after it.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from attrs import frozen

from proxx_daemon.documents.strict_json import escaped, printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, JobFailed, Problem, failure
from proxx_daemon.operators import batch
from proxx_daemon.operators.batch import BatchJob, BatchRequest
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import UserProfile
from proxx_daemon.source import footage_tree
from proxx_daemon.source.file_kinds import FoundClip
from proxx_daemon.source.footage_tree import FootageTree
from proxx_daemon.spool import batches, candidates
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.system import durable


@frozen(kw_only=True)
class Footage:
    """The clips that sources stand for."""

    #: every clip, in the order of the sources and of the walks
    clips: tuple[FoundClip, ...]
    #: what was found in each folder, by its path
    trees: Mapping[str, FootageTree]


def look(sources: Sequence[str], canonical: CanonicalProfile, output_directory: str) -> Footage:
    """Return the clips of files and folders; a file is a clip whatever its name is.

    Raise JobFailed for a relative folder, and FatalError if a folder cannot be read.
    """
    _check_absolute([path for path in sources if os.path.isdir(path)])
    clips: list[FoundClip] = []
    trees: dict[str, FootageTree] = {}
    for path in sources:
        if not os.path.isdir(path):
            clips.append(FoundClip(path=path))
            continue
        try:
            found = footage_tree.walk(path.rstrip("/") or "/", canonical.engine, output_directory)
        except OSError as error:
            raise FatalError(
                f"{escaped(str(error.filename or path))} cannot be read: "
                f"{os.strerror(error.errno or 0)}. A clip in there would be missed. Give this user "
                "permission to read it, or name other folders."
            ) from error
        trees[path] = found
        clips += found.clips
    return Footage(clips=tuple(clips), trees=trees)


def submit(
    request: BatchRequest,
    profile: UserProfile,
    canonical: CanonicalProfile,
    profiles: Mapping[str, CanonicalProfile],
    folder: WatchFolder,
    *,
    commit: Callable[[], None] = lambda: None,
) -> tuple[BatchJob, ...]:
    """Submit one job for each clip; return the jobs. `commit` is called right before.

    Everything that can be found wrong with any of them is found before the first is submitted.
    Raise JobFailed with all of it, FatalError, or OSError; then no job was submitted.
    """
    _check_absolute([request.output_directory])
    every, problems = batch.jobs(request, canonical)
    specs, wrong = batch.specs(every, request, profile, canonical, profiles)
    problems = (*problems, *wrong, *_taken_outputs(every), *_directory(request.output_directory))
    if problems:
        raise JobFailed(batch.refusal(problems, len(every)))
    try:
        with batches.preparing(folder.pending, request.name) as prepared:
            # Whoever had the name before has published by now.
            _check_name(folder, request.name)
            with _made_folders(every):
                prepared.write(specs)
                commit()
                prepared.publish()
    except batches.BeingMadeError:
        message = f"Somebody else is just making the batch '{request.name}'."
        raise JobFailed(_name_taken(message)) from None
    batches.finish(folder.pending)
    return every


def _check_absolute(paths: Sequence[str]) -> None:
    relative = [path for path in paths if not path.startswith("/")]
    if relative:
        named = ", ".join(f"'{printable(path, 200)}'" for path in relative)
        raise JobFailed(
            failure(
                Code.JOB_REQUEST_INVALID,
                f"No job was created: {named} must be an absolute path.",
                action="Give paths that begin with /. The daemon has another current folder.",
            )
        )


@contextmanager
def _made_folders(every: Sequence[BatchJob]) -> Iterator[None]:
    """Make the folders of the proxies; after an error those that were made are removed."""
    made: list[str] = []
    try:
        for path in dict.fromkeys(job.output_directory for job in every):
            _make(path, made)
        yield
    except BaseException:
        for path in reversed(made):
            with suppress(OSError):
                os.rmdir(path)
        raise


def _make(path: str, made: list[str]) -> None:
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    _make(above, made)
    os.mkdir(path)
    made.append(path)
    durable.fsync_directory(above)


def _taken_outputs(every: Sequence[BatchJob]) -> Iterator[Problem]:
    for job in every:
        if job.output is not None and os.path.lexists(job.output):
            yield Problem(
                code=Code.OUTPUT_EXISTS,
                path="",
                message=f"'{printable(job.output, 1000)}', the output of "
                f"'{printable(job.clip.path, 1000)}', exists already.",
                action="Move the existing file away, or choose another output directory.",
            )


def _directory(path: str) -> Iterator[Problem]:
    if not os.path.isdir(path):
        yield Problem(
            code=Code.OUTPUT_DIRECTORY_MISSING,
            path="output_directory",
            message=f"The output directory '{printable(path, 1000)}' does not exist.",
            action="Create it, or mount its volume on this machine.",
        )


def _check_name(folder: WatchFolder, name: str) -> None:
    """Raise JobFailed if the folder has a job whose id the batch would use."""
    for place in folder.shared:
        with suppress(FileNotFoundError), os.scandir(place) as entries:
            for entry in entries:
                stem = entry.name.removesuffix(candidates.RESULT_SUFFIX)
                if batch.is_of_batch(stem.removesuffix(candidates.SUFFIX), name):
                    message = (
                        f"The batch '{name}' was submitted already: there is "
                        f"'{printable(entry.name)}' in {os.path.basename(place)}/."
                    )
                    raise JobFailed(_name_taken(message))


def _name_taken(message: str) -> Failure:
    return failure(
        Code.JOBSPEC_EXISTS, message, action="For new jobs, choose another name (--batch)."
    )
