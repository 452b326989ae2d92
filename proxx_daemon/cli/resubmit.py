"""`proxx resubmit FOLDER JOB`: submits a finished job again, as a new job."""

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from proxx_daemon.cli import named, operate, output, signals
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.operators import creation, resubmission, submission
from proxx_daemon.operators.resubmission import NotResubmittableError, OldJob
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.result.reading import LIMITS
from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.json_file import read_object
from proxx_daemon.spool.requests import Action

_EXAMPLE: Final = """example:
  proxx resubmit /srv/proxies reel-7.json
  proxx resubmit /srv/proxies reel-7.json --failed-clips

JOB is the file name of the spec in failed/ or completed/, or its job_id. The id of the new job
names the old one (reel-7 becomes reel-7.r2). The old spec and its result stay where they are.
Fix the cause first: Proxx does nothing differently the second time.

exit codes: 0 submitted, 1 refused (nothing was submitted), 4 system error
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    parser.add_argument("job", metavar="JOB", help="the finished job")
    parser.add_argument(
        "--failed-clips", action="store_true", help="leave out the clips that completed"
    )
    parser.add_argument("--job-id", metavar="ID", help="id of the new job; generated if omitted")


def run(arguments: argparse.Namespace) -> int:
    """Submit the job again or print why not; return the exit code."""
    folder = named.watch_folder(arguments.folder)
    try:
        old = resubmission.read(_result(folder, arguments.job))
        new_id = _published(arguments, folder, old)
    except NotResubmittableError as refused:
        output.tell(f"{printable(arguments.job)} was not submitted again. {refused}")
        return 1
    except JobFailed as refused:
        return output.refuse(refused.failure)
    except OSError as error:
        raise FatalError(
            f"{folder.pending} cannot be written: {os.strerror(error.errno or 0)}. Submit as a "
            "user that may drop specs there."
        ) from error
    _report(folder, old.job_id, new_id)
    return 0


def _published(arguments: argparse.Namespace, folder: WatchFolder, old: OldJob) -> str:
    """Publish the new job under an id that no other job of the folder has; return the id.

    Raise NotResubmittableError, JobFailed, or OSError.
    """
    taken = set(_taken(folder))
    while True:
        new_id: str = arguments.job_id or resubmission.next_id(old.job_id, taken)
        spec = resubmission.document(
            old, new_id, datetime.now(UTC), failed_only=arguments.failed_clips
        )
        if _publish(folder, new_id, creation.encode(spec)):
            return new_id
        if arguments.job_id:
            raise NotResubmittableError(
                f"'{printable(new_id)}' is the id of another job of this folder, or is just being "
                "given to one. Choose another --job-id."
            )
        taken.add(new_id)


def _publish(folder: WatchFolder, new_id: str, content: bytes) -> bool:
    """Publish a new job; return False if another one has its id. Raise JobFailed, OSError."""
    name = new_id + candidates.SUFFIX
    reason = creation.check(content, profiles(), name)
    if reason is not None:
        raise JobFailed(reason)
    # Once it is published, it is too late to interrupt.
    signals.hold()
    with submission.reserved(folder.pending, new_id) as free:
        # Whoever had the id before has published by now.
        if not free or new_id in set(_taken(folder)):
            return False
        try:
            submission.publish(folder.pending, name, content)
        except FileExistsError:
            return False
    return True


def _report(folder: WatchFolder, old_id: str, new_id: str) -> None:
    """Say where the new job is, and have the daemon record it."""
    output.answer(os.path.join(folder.pending, new_id + candidates.SUFFIX))
    try:
        operate.ask(folder, Action.RESUBMITTED, old_id, new_id)
    except FatalError as error:
        output.tell(f"The job was submitted, but the daemon does not record this: {error}")


def _result(folder: WatchFolder, job: str) -> Any:
    """Return the result of the job. Raise NotResubmittableError unless exactly one matches."""
    found = dict(_by_name(folder, job)) or dict(_by_id(folder, job))
    if not found:
        raise NotResubmittableError(
            "No result in failed/ or completed/ has that name or job_id. `proxx status` lists the "
            "last failures."
        )
    if len(found) > 1:
        raise NotResubmittableError(
            f"{len(found)} jobs match ({', '.join(map(printable, found))}). Give a file name."
        )
    return next(iter(found.values()))


def _by_name(folder: WatchFolder, job: str) -> Iterator[tuple[str, Any]]:
    stem = job.removesuffix(candidates.RESULT_SUFFIX).removesuffix(candidates.SUFFIX)
    if "/" in stem or not stem:
        return
    for filing in (Filing.FAILED, Filing.COMPLETED):
        path = os.path.join(folder.filed(filing), stem + candidates.RESULT_SUFFIX)
        if os.path.lexists(path):
            document = _read(path)
            if document is None:
                return None
            yield path, document


def _by_id(folder: WatchFolder, job: str) -> Iterator[tuple[str, Any]]:
    for filing in (Filing.FAILED, Filing.COMPLETED):
        for name in sorted(_names(folder.filed(filing))):
            if name.endswith(candidates.RESULT_SUFFIX):
                path = os.path.join(folder.filed(filing), name)
                document = _read(path)
                if document is not None and document.get("job_id") == job:
                    yield path, document


def _taken(folder: WatchFolder) -> Iterator[str]:
    """Yield every name in use in the folder, without suffix: the new job needs one of its own.

    Specs move while this looks: in the order of the folders, and now and then from running/ back.
    """
    filed = (folder.filed(filing) for filing in Filing)
    paths = (folder.pending, folder.running, *filed, folder.pending)
    for path in paths:
        for name in _names(path):
            yield name.removesuffix(candidates.RESULT_SUFFIX).removesuffix(candidates.SUFFIX)


def _names(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError as error:
        raise FatalError(
            f"{path} cannot be read: {os.strerror(error.errno or 0)}. Give this user permission to "
            "read it."
        ) from error


def _read(path: str) -> dict[str, Any] | None:
    """Return a result; None for a file that is none."""
    with suppress(OSError, ValueError):
        return read_object(path, LIMITS)
    return None
