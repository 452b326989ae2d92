"""Publishes a sealed proxy under its final name, which must be free."""

import os
from collections.abc import Callable
from contextlib import suppress

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, fail_if_any
from proxx_daemon.output.seal import READ_FLAGS, io_failure
from proxx_daemon.plan.plan import JobPlan
from proxx_daemon.source.hashing import identity_of, sha256_of
from proxx_daemon.source.media import FileIdentity
from proxx_daemon.system import durable, storage


def check_free(plan: JobPlan) -> None:
    """Raise JobFailed when the output of any clip exists already."""
    problems = [
        problem for clip in plan.clips for problem in taken_name(clip.output_path, clip.index)
    ]
    fail_if_any(problems)


def taken_name(path: str, index: int) -> tuple[Problem, ...]:
    """Return the problem that an output exists; `index` is the clip's position in the job."""
    storage.step(path)
    if not os.path.lexists(path):
        return ()
    return (
        Problem(
            code=Code.OUTPUT_EXISTS,
            path=f"sources[{index}]",
            message=f"Output path '{path}' already exists.",
            found=path,
            allowed="a name that is free",
        ),
    )


def check_sealed(partial: str, sha256: str, identity: FileIdentity | None) -> None:
    """Make sure that a partial file still is what its executor sealed; raise JobFailed.

    It is read again unless it is, by its identity, the very file that was hashed on this machine.
    """
    storage.step(partial)
    try:
        descriptor = os.open(partial, READ_FLAGS)
        try:
            known = identity is not None and identity_of(os.fstat(descriptor)) == identity
            same = known or sha256_of(descriptor) == sha256
        finally:
            os.close(descriptor)
    except OSError as error:
        raise JobFailed(io_failure(error, partial)) from error
    if not same:
        message = f"'{partial}' changed after it was verified; it was not published."
        raise JobFailed.of(Code.VERIFICATION_FAILED, message)


def publish(partial: str, final: str, *, record: Callable[[], None]) -> None:
    """Publish a sealed partial file under its final name.

    `record` makes the publish record durable. Raise JobFailed; nothing is then under the final
    name that was not there before.
    """
    record()
    storage.step(final)
    try:
        durable.rename_noreplace(partial, final)
        storage.step(final, flushes=True)
        _flush_name(partial, final)
    except FileExistsError:
        raise JobFailed.of(
            Code.PUBLISH_REFUSED,
            f"'{final}' appeared while the clip was encoded. It was not changed.",
        ) from None
    except OSError as error:
        raise JobFailed(io_failure(error, final)) from error


def _flush_name(partial: str, final: str) -> None:
    """Make the final name durable, or withdraw it: a failed clip leaves no file under it."""
    try:
        durable.fsync_directory(os.path.dirname(final))
    except OSError:
        # A rename in two steps would flush again, and a failed flush fails again.
        with suppress(OSError):
            os.rename(final, partial)
        raise
