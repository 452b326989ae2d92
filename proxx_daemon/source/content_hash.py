"""The hash of every byte of a source, for results of those who ask for it."""

import os

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.source.fingerprint import CONTENT_METHOD, Fingerprint
from proxx_daemon.source.hashing import content_hash
from proxx_daemon.system.child import CancelToken


def source_content(path: str, cancel: CancelToken) -> Fingerprint:
    """Read a source once and hash it; raises JobFailed when it fails or is cancelled."""
    try:
        value = content_hash(path, stop=lambda: cancel.cancelled)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise JobFailed(
            failure(Code.SOURCE_UNREADABLE, f"{path} cannot be read: {reason}.")
        ) from error
    if value is None:
        raise JobFailed(failure(Code.INTERRUPTED, "Proxx was stopped while it hashed a source."))
    return Fingerprint(method=CONTENT_METHOD, value=value)
