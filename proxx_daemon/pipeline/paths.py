"""Looks at the paths that a spec names: sources and output directory."""

import os
import stat

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem
from proxx_daemon.pipeline.watch_folders import enclosing
from proxx_daemon.plan import naming
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.source import measure
from proxx_daemon.source.raw_files import raw_format
from proxx_daemon.system import storage


def check_source(path: str, index: int) -> list[Problem]:
    """Find what keeps a source from being looked into."""
    storage.step(path)
    watch_folder = enclosing(path)
    if watch_folder is not None:
        return [
            Problem(
                code=Code.SOURCE_IN_WATCH_FOLDER,
                path=f"sources[{index}]",
                message=f"Source '{path}' is in the watch folder '{watch_folder}'.",
                found=path,
                allowed="a file outside of every watch folder",
            )
        ]
    try:
        if raw_format(path) is None:
            measure.identify(path)
    except JobFailed as error:
        return [as_problem(error, f"sources[{index}]")]
    return []


def as_problem(error: JobFailed, place: str) -> Problem:
    """Return the failure of one source as a problem at its place in the spec."""
    reason = error.failure
    found = next((detail.found for detail in reason.errors), None)
    return Problem(
        code=reason.code, path=place, message=reason.message, found=found, action=reason.action
    )


def check_outside_of_watch_folders(path: str) -> list[Problem]:
    """Find that an output directory, as far as this machine sees it, is in a watch folder."""
    watch_folder = enclosing(path)
    if watch_folder is None:
        return []
    return [
        Problem(
            code=Code.OUTPUT_DIRECTORY_IN_WATCH_FOLDER,
            path="output_directory",
            message=f"Output directory '{path}' is in the watch folder '{watch_folder}', where "
            "only Proxx itself writes.",
            found=path,
            allowed="a folder outside of every watch folder",
        )
    ]


def check_output_directory(path: str) -> list[Problem]:
    """Find what keeps proxies from being written to a folder."""
    storage.step(path)
    # First: creating a folder there, or giving permission, would help nobody.
    inside = check_outside_of_watch_folders(path)
    if inside:
        return inside
    try:
        status = os.stat(path)
    except FileNotFoundError:
        code, what = Code.OUTPUT_DIRECTORY_MISSING, "does not exist"
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        code, what = Code.OUTPUT_DIRECTORY_NOT_WRITABLE, f"cannot be looked at: {reason}"
    else:
        if not stat.S_ISDIR(status.st_mode):
            code, what = Code.OUTPUT_DIRECTORY_NOT_A_DIRECTORY, "is not a directory"
        elif not os.access(path, os.W_OK | os.X_OK):
            code, what = Code.OUTPUT_DIRECTORY_NOT_WRITABLE, "is not writable by this user"
        else:
            return []
    return [
        Problem(
            code=code,
            path="output_directory",
            message=f"Output directory '{path}' {what}.",
            found=path,
            allowed="an existing writable directory",
        )
    ]


def output_keys(plan: JobPlan) -> frozenset[tuple[object, ...]]:
    """Return what the outputs of a plan share with those of another plan that are the same files.

    The folder counts by what it is, not by its path: links and `..` lead to it as well.
    """
    folder = plan.spec.output_directory
    storage.step(folder)
    try:
        status = os.stat(folder)
        place: tuple[object, ...] = (status.st_dev, status.st_ino)
    except OSError:
        # The engine's executor reports that.
        place = (os.path.realpath(folder),)
    return frozenset(
        (*place, naming.same_file(os.path.basename(clip.output_path))) for clip in plan.clips
    )


def check_publishable(path: str) -> None:
    """Raise JobFailed if the folder of an output has become a part of a watch folder."""
    storage.step(path)
    watch_folder = enclosing(os.path.dirname(path))
    if watch_folder is not None:
        message = (
            f"The folder of '{path}' has become a part of the watch folder '{watch_folder}' while "
            "the clip was encoded."
        )
        raise JobFailed.of(Code.PUBLISH_REFUSED, message)
