"""Takes one spec through the durable steps of a daemon: claim, notes, publication, filing.

Arguments: the watch folder, the partial file, the final file. Before each step it attempts a
rename of a file that is not there and is named for the step, so that a trace of system calls
can be cut into steps.
"""

import sys
from contextlib import suppress

from proxx_daemon.output.publication import publish
from proxx_daemon.output.seal import seal
from proxx_daemon.source.hashing import sha256_of
from proxx_daemon.spool.filing import file_job
from proxx_daemon.spool.folders import Filing, WatchFolder
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.system import durable


def _step(name: str) -> None:
    with suppress(FileNotFoundError):
        durable.rename_noreplace(f"/step-{name}", f"/step-{name}")


def _put_record(folder: WatchFolder) -> None:
    durable.put(folder.scratch, folder.journal, "attempt.publish-000.json", b"{}")


def main() -> None:
    root, partial, final = sys.argv[1:]
    folder = WatchFolder(root)
    _step("claim")
    claim = folder.claim("job.json")
    _step("begin")
    journal = AttemptJournal(folder, "attempt")
    journal.open()
    journal.started(claim.name, claim.file_id, None)
    _step("plan")
    journal.planned([])
    _step("publish")
    seal(partial, sha256_of)
    publish(partial, final, record=lambda: _put_record(folder))
    _step("file")
    file_job(folder, "job.json", Filing.COMPLETED, b"{}", journal.log_path)
    _step("remove")
    journal.close()
    journal.remove()
    _step("end")


if __name__ == "__main__":
    main()
