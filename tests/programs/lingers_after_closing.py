"""Works for a while, says so, closes its outputs, and takes its time to end with code 0.

Arguments: seconds of work with a line every tenth, seconds between closing and the end.
"""

import os
import sys
import threading


def main() -> None:
    work, linger = (float(argument) for argument in sys.argv[1:])
    pause = threading.Event()
    for _ in range(int(work * 10)):
        os.write(1, b"frame\n")
        pause.wait(0.1)
    os.close(1)
    os.close(2)
    pause.wait(linger)
    os._exit(0)


if __name__ == "__main__":
    main()
