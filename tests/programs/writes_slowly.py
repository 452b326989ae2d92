"""Writes half of a file into another, says so, and writes the rest when told to.

Arguments: the file to copy, the file to write. Prints "half" after the first half and waits
for a line on stdin; the file stays open all the time.
"""

import sys
from pathlib import Path


def main() -> int:
    content = Path(sys.argv[1]).read_bytes()
    middle = len(content) // 2
    with Path(sys.argv[2]).open("wb", buffering=0) as target:
        target.write(content[:middle])
        print("half", flush=True)
        sys.stdin.readline()
        target.write(content[middle:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
