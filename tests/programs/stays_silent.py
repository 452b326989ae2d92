"""Says nothing on stdout and never ends by itself; chatters on stderr when told to.

Arguments: `chatter` to write to stderr ten times a second.
"""

import sys
import threading


def main() -> None:
    never = threading.Event()
    while not never.wait(0.1):
        if sys.argv[1:] == ["chatter"]:
            sys.stderr.write("still here\n")
            sys.stderr.flush()


if __name__ == "__main__":
    main()
