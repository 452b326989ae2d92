"""Fingerprints: the identity of a source, its content, and the digest of a published proxy.

The source's fingerprint (method `proxx-source-1`) is the SHA-256 over its intrinsic properties
and 16 evenly spaced samples of 64 KiB. Name, folder and times are no part of it, so a copy has
the same one; the samples keep apart two clips of equal size and length.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from typing import Final

import xxhash

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.jobspec import frame_rate
from proxx_daemon.source.fingerprint import CONTENT_METHOD, Fingerprint
from proxx_daemon.source.media import FileIdentity, MediaInfo
from proxx_daemon.system import storage
from proxx_daemon.system.cancel import CancelToken

_SAMPLES: Final = 16
_SAMPLE_BYTES: Final = 64 * 1024
_CHUNK: Final = 1024 * 1024


def identity_of(status: os.stat_result) -> FileIdentity:
    """Return the identity of a file; it differs after a change."""
    return FileIdentity(
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )


def fingerprint(descriptor: int, identity: FileIdentity, media: MediaInfo) -> str:
    """Return the fingerprint of an open source as lower-case hex; read at most 1 MiB.

    Raise OSError when the file cannot be read.
    """
    digest = hashlib.sha256()
    intrinsic = {
        "size": identity.size,
        "container": media.container,
        "timecode": media.timecode,
        "video": [
            {
                "codec": stream.codec,
                "profile": stream.profile,
                "size": [stream.width, stream.height],
                "pixel_format": stream.pixel_format,
                "rate": None if stream.rate is None else frame_rate.fraction_text(stream.rate),
                "frames": stream.declared_frames,
            }
            for stream in media.video
        ],
        "audio": [
            [stream.codec_name, stream.channels, stream.sample_rate] for stream in media.audio
        ],
    }
    digest.update(json.dumps(intrinsic, sort_keys=True, separators=(",", ":")).encode())
    storage.step(media.path)
    for place in sample_places(identity.size):
        digest.update(os.pread(descriptor, _SAMPLE_BYTES, place))
        storage.beat()
    return digest.hexdigest()


def sample_places(size: int) -> tuple[int, ...]:
    """Offsets of the samples: the first and the last bytes are always among them."""
    last = max(0, size - _SAMPLE_BYTES)
    return tuple(sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}))


def source_content(descriptor: int, path: str, cancel: CancelToken) -> Fingerprint:
    """Read an open source once and hash every byte; `path` is for messages.

    Raise JobFailed when it cannot be read, or the token is cancelled.
    """
    storage.step(path)
    try:
        value = content_hash(descriptor, stop=lambda: cancel.cancelled)
    except OSError as error:
        raise failed(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {error.strerror}.") from error
    if value is None:
        raise failed(Code.INTERRUPTED, "Proxx was stopped while it hashed a source.")
    return Fingerprint(method=CONTENT_METHOD, value=value)


def content_hash(descriptor: int, *, stop: Callable[[], bool] = lambda: False) -> str | None:
    """Return the XXH3 hash, 128 bits, of every byte of an open file, as lower-case hex; one read.

    It is what ASC MHL calls xxh128. `stop` is asked between two pieces; return None when it is
    true. Raise OSError when the file cannot be read.
    """
    digest = xxhash.xxh3_128()
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    for chunk in _chunks(descriptor):
        digest.update(chunk)
        if stop():
            return None
    return digest.hexdigest()


def sha256_of(descriptor: int) -> str:
    """Digest a whole open file from its start; the position of the descriptor is not used."""
    digest = hashlib.sha256()
    for chunk in _chunks(descriptor):
        digest.update(chunk)
    return digest.hexdigest()


def sha256_unless(descriptor: int, stop: Callable[[], bool]) -> str | None:
    """Digest as `sha256_of`, but ask `stop` before each piece; return None when it is true."""
    digest = hashlib.sha256()
    for chunk in _chunks(descriptor):
        if stop():
            return None
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(descriptor: int) -> Iterator[bytes]:
    place = 0
    while chunk := os.pread(descriptor, _CHUNK, place):
        storage.beat()
        yield chunk
        place += len(chunk)
