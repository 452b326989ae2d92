"""What tells a file from every other, and from itself after a change."""

import os

from proxx_daemon.source.media import FileIdentity


def identity_of(status: os.stat_result) -> FileIdentity:
    """Take a file's identity from its status."""
    return FileIdentity(
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )
