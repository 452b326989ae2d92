"""Finished specs without a result: this cannot happen, and is checked at each start."""

import os

from proxx_daemon.spool import candidates
from proxx_daemon.spool.folders import Filing, WatchFolder


def specs_without_result(folder: WatchFolder) -> list[str]:
    """Return the absolute paths of specs in completed/ and failed/ that have no result.

    Reads the names of every job that there ever was, about 0.1 s for 100,000 files. Raises
    OSError.
    """
    found = []
    for filing in Filing:
        target = folder.filed(filing)
        names = set(os.listdir(target))
        found += [
            os.path.join(target, name)
            for name in sorted(names)
            if name.endswith(candidates.SUFFIX)
            and not name.endswith(candidates.RESULT_SUFFIX)
            and name.removesuffix(candidates.SUFFIX) + candidates.RESULT_SUFFIX not in names
            and candidates.objection(name) is None
        ]
    return found
