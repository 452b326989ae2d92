"""Prove that published proxies still are what their result recorded."""

import os
import stat
from collections.abc import Callable
from functools import partial
from typing import Final

from proxx_daemon.failures.errors import not_answering
from proxx_daemon.result.proof import (
    ClipProof,
    Proof,
    ProofFinding,
    ProofVerdict,
    Reason,
    RecordedClip,
    RecordedJob,
    reason,
)
from proxx_daemon.source.hashing import sha256_of
from proxx_daemon.system import storage
from proxx_daemon.system.bounded import Silent, within

#: a FIFO does not block; links are followed, because an editing system follows them too
_READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def verify(
    job: RecordedJob,
    *,
    folder: str | None,
    report: Callable[[ClipProof], None],
    step_seconds: float,
) -> Proof:
    """Read every published proxy and return how it compares with the record.

    `folder` is where the proxies are now, None for where they were published. `report` is called
    with each clip as soon as it is decided. `step_seconds` is for each step on a proxy's volume.
    Nothing is written.
    """
    clips = []
    silent: set[str] = set()
    for clip in job.clips:
        path = placed(clip, folder)
        place = os.path.dirname(path)
        try:
            # What was silent is not asked again: each time takes as long.
            found = silent_volume(path) if place in silent else None
            found = found or within(step_seconds, partial(_check, clip, path))
        except Silent:
            silent.add(place)
            found = silent_volume(path)
        clips.append(
            ClipProof(index=clip.index, output_path=path, reasons=() if found is None else (found,))
        )
        report(clips[-1])
    return Proof(clips=tuple(clips), reasons=nothing_published(job))


def placed(clip: RecordedClip, folder: str | None) -> str:
    """Return where a clip's proxy should be."""
    if folder is None:
        return clip.output_path
    return os.path.join(folder, os.path.basename(clip.output_path))


def nothing_published(job: RecordedJob) -> tuple[Reason, ...]:
    """Return a reason if there is nothing to prove: that must not count as a proof."""
    if job.clips:
        return ()
    return (reason(ProofFinding.NOTHING_PUBLISHED, "The result has no completed clip."),)


def silent_volume(path: str) -> Reason:
    """Return the reason of a proof that a volume keeps from ending."""
    failed = not_answering(path)
    return Reason(
        code=str(failed.code),
        message=failed.message,
        action=failed.action,
        verdict=ProofVerdict.BROKEN,
    )


def _check(clip: RecordedClip, path: str) -> Reason | None:
    storage.step(path)
    try:
        descriptor = os.open(path, _READ)
        try:
            return _compare(clip, path, descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return reason(ProofFinding.OUTPUT_GONE, f"'{path}' does not exist.")
    except OSError as error:
        why = os.strerror(error.errno or 0)
        return reason(ProofFinding.OUTPUT_READ_ERROR, f"'{path}' cannot be read: {why}.")


def _compare(clip: RecordedClip, path: str, descriptor: int) -> Reason | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return reason(ProofFinding.OUTPUT_GONE, f"'{path}' is not a file.")
    if status.st_size != clip.size:
        return reason(
            ProofFinding.OUTPUT_SIZE_DIFFERS,
            f"'{path}' has {status.st_size:,} bytes, but {clip.size:,} were published.",
        )
    digest = sha256_of(descriptor)
    if digest != clip.sha256:
        return reason(
            ProofFinding.OUTPUT_DIGEST_DIFFERS,
            f"'{path}' has the SHA-256 {digest}, but {clip.sha256} was published.",
        )
    return None
