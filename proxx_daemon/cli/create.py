"""`proxx create`: makes a JobSpec from a user profile and publishes it in one step."""

import argparse
import os
import uuid
from datetime import UTC, datetime

from proxx_daemon.cli import output, signals, user_profiles
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure, FatalError, JobFailed, failure
from proxx_daemon.operators import creation, submission
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.eligibility import find
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import UserProfile

_EXAMPLE = f"""example:
  proxx create --profile HD_Editorial_LT --output-directory /edit/proxies \\
      --into /srv/proxies /footage/A001_C001.mov /footage/A001_C002.mov

{user_profiles.RULE}

Without --into and --out the JobSpec goes to stdout.

exit codes: 0 created, 1 refused (no JobSpec was created), 4 system error
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("sources", metavar="SOURCE", nargs="+", help="absolute path of a source")
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
    parser.add_argument("--job-id", metavar="ID", help="id of the job; generated if omitted")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--into", metavar="FOLDER", help="submit it to this watch folder")
    target.add_argument("--out", metavar="FILE", help="write it to this new file")
    user_profiles.add_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Make the JobSpec or print why not; return the exit code."""
    job_id = arguments.job_id if arguments.job_id is not None else uuid.uuid4().hex
    name = f"{job_id}.json" if arguments.into is not None else None
    try:
        content = _content(arguments, job_id, name)
        _deliver(arguments, name, content)
    except JobFailed as refused:
        return output.refuse(refused.failure)
    return 0


def _content(arguments: argparse.Namespace, job_id: str, name: str | None) -> bytes:
    """Build and check the JobSpec. Raise JobFailed."""
    profile, canonical = _compiled(arguments)
    request = creation.JobRequest(
        sources=tuple(arguments.sources),
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
    return content


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
