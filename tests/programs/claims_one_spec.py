"""Claims job.json of a watch folder and says, as JSON, what came of it.

Argument: the watch folder.
"""

import json
import sys

from proxx_daemon.spool.folders import GoneError, NotACandidateError, WatchFolder


def main() -> None:
    try:
        claim = WatchFolder(sys.argv[1]).claim("job.json")
    except (GoneError, NotACandidateError) as error:
        answer: dict[str, object] = {"outcome": type(error).__name__}
    else:
        answer = {
            "outcome": "claimed",
            "file_id": claim.file_id,
            "problem": claim.problem.code if claim.problem else None,
        }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
