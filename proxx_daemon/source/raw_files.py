"""Looks at camera RAW on disk: which files it is made of, and what identifies them.

FFmpeg is not used. The fingerprint (method `proxx-raw-1`) is the SHA-256 over the size
of every file and samples of 64 KiB: 16 of a single file, one of each of 16 evenly spaced frames
of a sequence. Names, folders and times are no part of it, so a copy has the same one.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Sequence
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, Problem, failed, failure_of
from proxx_daemon.source import image_sequence
from proxx_daemon.source.hashing import sample_places
from proxx_daemon.source.measure import identify
from proxx_daemon.source.media import FileIdentity
from proxx_daemon.source.raw import FrameRange, RawSource
from proxx_daemon.source.routing import raw_by_name
from proxx_daemon.system import storage

_SAMPLES: Final = 16
_SAMPLE_BYTES: Final = 64 * 1024


def raw_format(path: str) -> str | None:
    """Return the camera RAW format of an existing source; None for everything else.

    RAW is recognised by extension, because FFmpeg cannot be relied on to read any of it; what it
    does read (ProRes RAW in MOV) is recognised by its codec in `source.routing`. A folder is RAW
    when any visible file in it is: sound and side-car files are beside frames.
    """
    storage.step(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return raw_by_name(path)
        if stat.S_ISDIR(mode):
            visible = sorted(name for name in os.listdir(path) if not name.startswith("."))
            return next((found for name in visible if (found := raw_by_name(name))), None)
    except OSError:
        return None
    return None


def look(path: str, place: str) -> RawSource:
    """Return what a RAW source consists of; `place` is its path in the spec.

    Raise JobFailed when a file is missing, empty or unreadable, or when a folder or frame does
    not belong to exactly one image sequence.
    """
    storage.step(path)
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        folder = path if is_folder else os.path.dirname(path)
        frames = _frames(path, folder, place, is_folder=is_folder)
        files = _files(path, folder, frames)
        identities = [identify(file) for file in files]
        return RawSource(
            path=path,
            folder=folder,
            frames=frames,
            is_folder=is_folder,
            identity=_identity(identities),
            fingerprint=_fingerprint(files, [each.size for each in identities]),
        )
    except OSError as error:
        raise failed(
            Code.SOURCE_UNREADABLE, f"Source '{path}' cannot be read: {error.strerror}."
        ) from error


def changed(source: RawSource) -> bool:
    """Return whether any of the source's files is not the one that was looked at, or has gone."""
    files = _files(source.path, source.folder, source.frames)
    try:
        return _identity([identify(file) for file in files]) != source.identity
    except JobFailed:
        return True


def _files(path: str, folder: str, frames: FrameRange | None) -> list[str]:
    return [path] if frames is None else [os.path.join(folder, name) for name in frames.names()]


def _frames(path: str, folder: str, place: str, *, is_folder: bool) -> FrameRange | None:
    """Find the sequence that a folder holds or a frame belongs to; None for another file."""
    if not is_folder and not image_sequence.is_frame(os.path.basename(path)):
        return None
    names = [name for name in os.listdir(folder) if not name.startswith(".")]
    if is_folder:
        found: FrameRange | Problem | None = image_sequence.of_folder(path, names, place)
    else:
        found = image_sequence.of_frame(path, names, place)
    if isinstance(found, Problem):
        raise JobFailed(failure_of([found]))
    return found


def _identity(identities: Sequence[FileIdentity]) -> str:
    digest = hashlib.sha256()
    for each in identities:
        line = f"{each.device} {each.inode} {each.size} {each.modified_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def _fingerprint(files: Sequence[str], sizes: Sequence[int]) -> str:
    digest = hashlib.sha256(json.dumps(sizes, separators=(",", ":")).encode())
    for file, place in _sampled(files, sizes):
        storage.step(file)
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        try:
            digest.update(os.pread(descriptor, _SAMPLE_BYTES, place))
        finally:
            os.close(descriptor)
    return digest.hexdigest()


def _sampled(files: Sequence[str], sizes: Sequence[int]) -> Iterator[tuple[str, int]]:
    """Yield file and offset of every sample."""
    if len(files) == 1:
        yield from ((files[0], place) for place in sample_places(sizes[0]))
        return
    last = len(files) - 1
    for index in sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}):
        # The middle of a frame: headers of neighbours differ in little but their number.
        yield files[index], max(0, sizes[index] - _SAMPLE_BYTES) // 2
