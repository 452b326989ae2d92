"""Stands in for ffmpeg: runs the real one and notes when an encode starts and ends.

Arguments: the real ffmpeg, the file for the notes, then ffmpeg's own. Questions such as
-version are passed through and not counted.
"""

import os
import subprocess
import sys


def _note(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, text.encode() + b"\n")
    os.close(descriptor)


def main() -> int:
    real, notes, *arguments = sys.argv[1:]
    if "-i" not in arguments:
        return subprocess.run([real, *arguments], check=False).returncode
    _note(notes, "start")
    try:
        return subprocess.run([real, *arguments], check=False).returncode
    finally:
        _note(notes, "end")


if __name__ == "__main__":
    sys.exit(main())
