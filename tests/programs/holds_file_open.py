"""Opens a file for writing, says "open", and closes it when a line comes on stdin.

Argument: the file.
"""

import os
import sys


def main() -> None:
    descriptor = os.open(sys.argv[1], os.O_WRONLY)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    sys.stdin.readline()
    os.close(descriptor)
    sys.stdout.write("closed\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    main()
