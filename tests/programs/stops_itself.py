"""Says "ready", then stops itself, again and again: alive, and hears no signal while stopped."""

import os
import signal
import sys


def main() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    main()
