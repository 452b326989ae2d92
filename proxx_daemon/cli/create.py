"""`proxx create`: makes a JobSpec from a user profile and publishes it in one step."""

import argparse
import os
import shlex
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from proxx_daemon.cli import output, signals, user_profiles
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, JobFailed, fail_if_any, failure
from proxx_daemon.operators import batch, creation, shoot, submission
from proxx_daemon.operators.batch import BatchRequest, Layout
from proxx_daemon.operators.shoot import Footage
from proxx_daemon.pipeline.paths import check_outside_of_watch_folders
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.eligibility import find
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import UserProfile
from proxx_daemon.source.footage_tree import FootageTree
from proxx_daemon.spool.folders import WatchFolder

_EXAMPLE = f"""example:
  proxx create --profile HD_Editorial_LT --output-directory /edit/A001 \\
      --into /srv/proxies --batch A001 /footage/A001
  proxx wait /srv/proxies --batch A001

A folder stands for all clips in it and in the folders below it, in the order of their names. What
is not a clip is listed on stderr. Each clip becomes a job of its own, so a bad clip stops no other
one. The jobs are called NAME-0001, NAME-0002 and so on. All of them are submitted, or none.

One job for all clips, with the first failure ending the job: --one-job, or --job-id. Without
--into there is always one JobSpec. Without --into and --out it goes to stdout.

{user_profiles.RULE}

exit codes: 0 created, 1 refused (no JobSpec was created), 4 system error
"""

#: what to do where there is no clip
_NO_CLIPS = "Check the path, and that its volume is mounted. stderr lists what is there."


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument(
        "sources", metavar="SOURCE", nargs="+", help="absolute path of a clip or of a folder"
    )
    parser.add_argument("--profile", metavar="NAME", required=True, help="an ACTIVE user profile")
    parser.add_argument(
        "--output-directory", metavar="DIR", required=True, help="absolute path for the proxies"
    )
    template = creation.NAMING_TEMPLATE
    parser.add_argument(
        "--naming-template",
        metavar="T",
        default=template,
        help=f"name of each proxy, with tokens (default {template})",
    )
    parser.add_argument(
        "--fps-explicit", metavar="R", help="frame rate, for example 23.976 (default: the source's)"
    )
    parser.add_argument(
        "--layout",
        choices=[str(each) for each in Layout],
        default=str(Layout.FLAT),
        help="flat: all proxies directly in DIR (default); mirror: in the same folders below DIR "
        "as the clips have in their folder; the folders are made",
    )
    parser.add_argument(
        "--batch", metavar="NAME", help="name of the jobs; default: folder, date and time"
    )
    parser.add_argument("--one-job", action="store_true", help="make one job of all clips")
    parser.add_argument("--job-id", metavar="ID", help="id of the one job; generated if omitted")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--into", metavar="FOLDER", help="submit it to this watch folder")
    target.add_argument("--out", metavar="FILE", help="write it to this new file")
    user_profiles.add_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the JobSpecs or print why not; return the exit code."""
    try:
        _check_options(arguments)
        fail_if_any(check_outside_of_watch_folders(arguments.output_directory))
        profile, canonical = _compiled(arguments)
        footage = shoot.look(arguments.sources, canonical, arguments.output_directory)
        for path, tree in footage.trees.items():
            output.tell(*_left_out(path, tree))
        if not footage.clips:
            message = "No job was created: there are no clips in the folders."
            return output.refuse(failure(Code.JOB_REQUEST_INVALID, message, action=_NO_CLIPS))
        if _is_batch(arguments, footage):
            _submit(arguments, profile, canonical, footage)
        else:
            _make_one(arguments, profile, canonical, footage)
    except JobFailed as refused:
        return output.refuse(refused.failure)
    return 0


def _check_options(arguments: argparse.Namespace) -> None:
    """Raise JobFailed for options that contradict each other."""
    contradicts = (
        (arguments.into is None, "--batch needs --into: a JobSpec on its own has no batch"),
        (arguments.one_job, "--one-job makes no batch; use --job-id to name the job"),
        (arguments.job_id is not None, "--job-id names one job, --batch many; give one of them"),
    )
    reason = next((text for wrong, text in contradicts if wrong), None)
    if arguments.batch is not None and reason is None:
        reason = batch.name_problem(arguments.batch)
    if arguments.batch is not None and reason is not None:
        message = f"No job was created: {reason.removesuffix('.')}."
        raise JobFailed(failure(Code.JOB_REQUEST_INVALID, message))


def _is_batch(arguments: argparse.Namespace, footage: Footage) -> bool:
    """Return whether each clip gets a job of its own."""
    if arguments.into is None or arguments.one_job or arguments.job_id is not None:
        return False
    return bool(arguments.batch or footage.trees or len(footage.clips) > 1)


def _submit(
    arguments: argparse.Namespace,
    profile: UserProfile,
    canonical: CanonicalProfile,
    footage: Footage,
) -> None:
    """Submit one job for each clip. Raise JobFailed or FatalError."""
    submission.pending_folder(arguments.into)
    folder, at = WatchFolder(os.path.abspath(arguments.into)), datetime.now(UTC)
    name = arguments.batch or batch.name_for(arguments.sources[0], at.astimezone())
    request = BatchRequest(
        name=name,
        clips=footage.clips,
        output_directory=arguments.output_directory,
        layout=Layout(arguments.layout),
        naming_template=arguments.naming_template,
        fps_explicit=arguments.fps_explicit,
        at=at,
    )
    try:
        # Once it is published, it is too late to interrupt.
        jobs = shoot.submit(request, profile, canonical, profiles(), folder, commit=signals.hold)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        place = printable(str(error.filename or folder.pending), 1000)
        raise FatalError(f"{place} cannot be written: {reason}. No job was created.") from error
    which = jobs[0].job_id if len(jobs) == 1 else f"{jobs[0].job_id} to {jobs[-1].job_id}"
    output.answer(
        f"{len(jobs)} job(s) created: {which}",
        f"next: proxx wait {shlex.quote(arguments.into)} --batch {name}",
    )


def _left_out(path: str, tree: FootageTree) -> Iterator[str]:
    """Yield what of a folder becomes no job, and why."""
    for each in tree.left_out:
        yield f"left out: {printable(each.path, 1000)}: {each.reason}"
    counted = [f"{tree.hidden} hidden file(s)"] if tree.hidden else []
    for what, kinds in (("sidecar", tree.sidecars), ("other", tree.others)):
        if kinds:
            types = (f".{name} {n}" if name else f"no type {n}" for name, n in kinds.items())
            counted.append(f"{sum(kinds.values())} {what} file(s) ({', '.join(types)})")
    if counted:
        yield f"not clips in {printable(path, 1000)}: {'; '.join(counted)}"


def _make_one(
    arguments: argparse.Namespace,
    profile: UserProfile,
    canonical: CanonicalProfile,
    footage: Footage,
) -> None:
    """Make one JobSpec of all clips. Raise JobFailed or FatalError."""
    job_id = arguments.job_id if arguments.job_id is not None else uuid.uuid4().hex
    name = f"{job_id}.json" if arguments.into is not None else None
    request = creation.JobRequest(
        sources=tuple(clip.path for clip in footage.clips),
        output_directory=arguments.output_directory,
        naming_template=arguments.naming_template,
        fps_explicit=arguments.fps_explicit,
        job_id=job_id,
        at=datetime.now(UTC),
    )
    content = creation.encode(creation.document(request, profile, canonical))
    reason = creation.check(content, profiles(), name)
    if reason is not None:
        raise JobFailed(reason)
    _deliver(arguments, name, content)


def _compiled(arguments: argparse.Namespace) -> tuple[UserProfile, CanonicalProfile]:
    """Find the user profile and its canonical profile. Raise JobFailed."""
    found = find(user_profiles.read(arguments), arguments.profile)
    if isinstance(found, Failure):
        raise JobFailed(found)
    if found.refusal is not None:
        raise JobFailed(found.refusal)
    profile = found.file.profile
    canonical = found.compilation.canonical if found.compilation else None
    if profile is None or canonical is None:
        raise AssertionError("a profile that is not refused has compiled")
    return profile, canonical


def _deliver(arguments: argparse.Namespace, name: str | None, content: bytes) -> None:
    """Put the JobSpec where it is wanted. Raise JobFailed if the name is taken."""
    if name is not None:
        folder = submission.pending_folder(arguments.into)
    elif arguments.out is not None:
        folder, name = os.path.split(arguments.out)
        folder = folder or "."
    else:
        output.answer_bytes(content)
        return
    path = os.path.join(folder, name)
    # Once it is published, it is too late to interrupt.
    signals.hold()
    try:
        submission.publish(folder, name, content)
    except FileExistsError:
        taken = failure(Code.JOBSPEC_EXISTS, f"'{printable(path, 1000)}' already exists.")
        raise JobFailed(taken) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise FatalError(f"{printable(path, 1000)} cannot be written: {reason}.") from error
    output.answer(printable(path, 1000))
