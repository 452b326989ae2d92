"""Finishes a rename that a crash cut in two. Arguments: the old name, the new name."""

import sys

from proxx_daemon.system import durable


def main() -> None:
    source, target = sys.argv[1:]
    if not durable.finish_rename(source, target):
        sys.exit(1)


if __name__ == "__main__":
    main()
