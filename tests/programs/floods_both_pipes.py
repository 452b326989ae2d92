"""Writes as many bytes to stdout as to stderr, in turns of 64 KiB, then ends with code 0.

Argument: how many turns.
"""

import os
import sys

LINE = b"x" * 1023 + b"\n"


def main() -> None:
    for _ in range(int(sys.argv[1])):
        os.write(2, LINE * 64)
        os.write(1, LINE * 64)


if __name__ == "__main__":
    main()
