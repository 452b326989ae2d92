"""Stands in for ffmpeg on another machine: the real one, with other instructions or threads.

Arguments: the real ffmpeg, the instruction sets that it may use (or "all"), x264's name for
them, the number of threads that decode, then ffmpeg's own arguments.
"""

import subprocess
import sys


def main() -> int:
    real, flags, assembler, threads, *arguments = sys.argv[1:]
    if "-i" in arguments:
        # The first one stands before the input; the encoder's own is pinned by the profile.
        place = arguments.index("-threads:v") + 1
        arguments[place] = threads
        if flags != "all":
            exact = "cpu-independent=1"
            arguments = [f"{exact}:asm={assembler}" if a == exact else a for a in arguments]
            arguments = ["-cpuflags", flags, *arguments]
    return subprocess.run([real, *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
