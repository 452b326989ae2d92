"""`proxx resubmit FOLDER JOB`: submits a finished job again, as a new job."""

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final

from proxx_daemon.cli import named, operate, output, signals
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.operators import creation, resubmission, submission
from proxx_daemon.operators.resubmission import NotResubmittableError
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
        new_id = arguments.job_id or resubmission.next_id(old.job_id, list(_taken(folder)))
        spec = resubmission.document(
            old, new_id, datetime.now(UTC), failed_only=arguments.failed_clips
        )
    except NotResubmittableError as refused:
        output.tell(f"{arguments.job} was not submitted again. {refused}")
        return 1
    name = new_id + candidates.SUFFIX
    content = creation.encode(spec)
    reason = creation.check(content, profiles(), name)
    if reason is not None:
        return output.refuse(reason)
    return _submit(folder, name, content, old.job_id)


def _submit(folder: WatchFolder, name: str, content: bytes, old_id: str) -> int:
    # Once it is published, it is too late to interrupt.
    signals.hold()
    try:
        submission.publish(folder.pending, name, content)
    except FileExistsError:
        output.tell(f"{name} is already in pending/. Choose another --job-id.")
        return 1
    except OSError as error:
        raise FatalError(
            f"{folder.pending} cannot be written: {os.strerror(error.errno or 0)}. Submit as a "
            "user that may drop specs there."
        ) from error
    output.answer(os.path.join(folder.pending, name))
    try:
        operate.ask(folder, Action.RESUBMITTED, old_id, name.removesuffix(candidates.SUFFIX))
    except FatalError as error:
        output.tell(f"The job was submitted, but the daemon does not record this: {error}")
    return 0


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
            f"{len(found)} jobs match ({', '.join(found)}). Give a file name."
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
    """Yield every name in use in the folder, without suffix: the new job needs one of its own."""
    paths = (folder.pending, folder.running, *(folder.filed(filing) for filing in Filing))
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
