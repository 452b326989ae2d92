"""Holds as many threads as it is told, until it is ended; says "ready" when it has them.

Argument: their number.
"""

import sys
import threading


def main() -> None:
    never = threading.Event()
    for _ in range(int(sys.argv[1])):
        threading.Thread(target=never.wait, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    never.wait()


if __name__ == "__main__":
    main()
