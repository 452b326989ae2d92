"""Publishes a partial file and says what came of it: "published", or the failure's code.

Arguments: the partial file, the final file.
"""

import sys

from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.output.publication import publish
from proxx_daemon.output.seal import seal
from proxx_daemon.source.hashing import sha256_of


def main() -> None:
    partial, final = sys.argv[1:]
    try:
        seal(partial, sha256_of)
        publish(partial, final, record=lambda: None)
    except JobFailed as error:
        sys.stdout.write(error.failure.code)
    else:
        sys.stdout.write("published")


if __name__ == "__main__":
    main()
