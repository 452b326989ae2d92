"""Starts a process that holds stdout and stderr open, says its PID, and ends with code 0.

Arguments: `own-session` puts it in a session of its own, out of reach of the group's signals;
`unfinished` adds a line without an end.
"""

import subprocess
import sys


def main() -> None:
    grandchild = subprocess.Popen(["/bin/sleep", "60"], start_new_session="own-session" in sys.argv)
    sys.stdout.write(f"{grandchild.pid}\n")
    if "unfinished" in sys.argv:
        sys.stdout.write("no end")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
