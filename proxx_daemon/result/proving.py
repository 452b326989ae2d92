"""Proves that published proxies still are what their result recorded."""

import os
import stat
from collections.abc import Callable
from typing import Final

from proxx_daemon.result.proof import (
    ClipProof,
    Proof,
    ProofFinding,
    Reason,
    RecordedClip,
    RecordedJob,
    reason,
)
from proxx_daemon.source.hashing import sha256_of

#: a FIFO does not block; links are followed, for what counts are the bytes that an editor gets
_READ: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


def verify(job: RecordedJob, *, folder: str | None, report: Callable[[ClipProof], None]) -> Proof:
    """Read every published proxy and compare it with the record.

    `folder` is where the proxies are now, None for where they were published. `report` hears of
    each clip as soon as it is decided. Nothing is written.
    """
    clips = []
    for clip in job.clips:
        path = placed(clip, folder)
        found = _check(clip, path)
        clips.append(
            ClipProof(index=clip.index, output_path=path, reasons=() if found is None else (found,))
        )
        report(clips[-1])
    return Proof(clips=tuple(clips), reasons=nothing_published(job))


def placed(clip: RecordedClip, folder: str | None) -> str:
    """Say where a clip's proxy is looked for."""
    if folder is None:
        return clip.output_path
    return os.path.join(folder, os.path.basename(clip.output_path))


def nothing_published(job: RecordedJob) -> tuple[Reason, ...]:
    """Say so when there is nothing to prove: it must not pass for a proof."""
    if job.clips:
        return ()
    return (reason(ProofFinding.NOTHING_PUBLISHED, "The result has no completed clip."),)


def _check(clip: RecordedClip, path: str) -> Reason | None:
    try:
        descriptor = os.open(path, _READ)
        try:
            return _compare(clip, path, descriptor)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        return reason(ProofFinding.OUTPUT_GONE, f"There is no '{path}'.")
    except OSError as error:
        why = os.strerror(error.errno or 0)
        return reason(ProofFinding.OUTPUT_READ_ERROR, f"'{path}' cannot be read: {why}.")


def _compare(clip: RecordedClip, path: str, descriptor: int) -> Reason | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return reason(ProofFinding.OUTPUT_GONE, f"'{path}' is no file.")
    if status.st_size != clip.size:
        return reason(
            ProofFinding.OUTPUT_SIZE_DIFFERS,
            f"'{path}' has {status.st_size:,} bytes; {clip.size:,} were published.",
        )
    digest = sha256_of(descriptor)
    if digest != clip.sha256:
        return reason(
            ProofFinding.OUTPUT_DIGEST_DIFFERS,
            f"'{path}' has the SHA-256 {digest}; {clip.sha256} was published.",
        )
    return None
