"""Takes a watch folder's lock, says "locked", and keeps it until a line comes on stdin.

Argument: the lock's file.
"""

import os
import sys

from proxx_daemon.spool.lock import FolderLock


def main() -> None:
    lock = FolderLock(
        sys.argv[1], {"pid": os.getpid(), "host": "cutting-room", "since": "2024-05-01T08:00:00Z"}
    )
    sys.stdout.write("locked\n")
    sys.stdout.flush()
    sys.stdin.readline()
    lock.release()


if __name__ == "__main__":
    main()
