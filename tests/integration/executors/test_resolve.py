"""How many jobs may wait for Resolve."""

import resource

from proxx_daemon.executors.resolve import most_waiting


def test_fewer_jobs_wait_where_few_files_may_be_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = []
    try:
        for limit in (40, 256, 4096):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), hard))
            found.append(most_waiting())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [1, 20, 100]
