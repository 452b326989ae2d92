"""Says "ready"; on SIGTERM writes more than a pipe holds, then ends with code 3."""

import os
import signal
import sys


def _goodbye(_number: int, _frame: object) -> None:
    for _ in range(300):
        os.write(2, b"x" * 1023 + b"\n")
    os.write(2, b"goodbye\n")
    os._exit(3)


def main() -> None:
    signal.signal(signal.SIGTERM, _goodbye)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
