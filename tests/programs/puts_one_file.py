"""Puts "content" durably and says what came of it: "put", or the name of the error.

Arguments: the scratch folder, the folder, the name.
"""

import errno
import sys

from proxx_daemon.system import durable


def main() -> None:
    scratch, folder, name = sys.argv[1:]
    try:
        durable.put(scratch, folder, name, b"content")
    except OSError as error:
        sys.stdout.write(errno.errorcode[error.errno or 0])
    else:
        sys.stdout.write("put")


if __name__ == "__main__":
    main()
