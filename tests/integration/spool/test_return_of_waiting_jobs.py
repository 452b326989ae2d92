"""What recovery does with a job that waited for its executor when the daemon died."""

import os
from pathlib import Path

import pytest
from crash_site import CrashSite, result_of
from spool_place import drop

from proxx_daemon.executors.ffmpeg import FfmpegExecutor
from proxx_daemon.failures.codes import Code
from proxx_daemon.spool import filing
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.spool.recovery import Recovered
from proxx_daemon.system.child import RunLimits


def _wait(site: CrashSite) -> None:
    """Take the job up to where it waits for its turn."""
    site.plan()
    site.journal.given("ffmpeg", waits=True)


def _die(site: CrashSite) -> None:
    """End the daemon: its locks go with it."""
    site.journal.close()


def _recover(site: CrashSite) -> list[Recovered]:
    """Let the next daemon start, with an executor of the same name."""
    executor = FfmpegExecutor(
        slots=1, limits=RunLimits(wall_seconds=None, stall_seconds=None), probe_seconds=1
    )
    try:
        return site.recover(executor)
    finally:
        executor.close()


def _inode(site: CrashSite, place: str) -> int:
    return (Path(site.folder.root) / place).stat().st_ino


def _drop_newer(site: CrashSite) -> int:
    """Let a newer spec of the same name wait; return its inode."""
    drop(site.folder, "job.json", {"job_id": "newer"})
    return _inode(site, "pending/job.json")


def test_a_job_that_waited_goes_back_to_pending(site: CrashSite) -> None:
    _wait(site)
    spec = _inode(site, "running/job.json")
    _die(site)
    (done,) = _recover(site)
    assert (done.finished, done.filed) == (False, None)
    assert done.returned == os.path.join(site.folder.pending, "job.json")
    assert _inode(site, "pending/job.json") == spec
    for place in ("running", "completed", "failed", ".proxx/journal"):
        assert site.names(place) == []


def test_a_job_whose_turn_had_come_fails_as_interrupted(site: CrashSite) -> None:
    _wait(site)
    site.journal.begun()
    _die(site)
    (done,) = _recover(site)
    assert done.returned is None
    assert site.result()["failure"]["code"] == Code.INTERRUPTED
    assert site.names("pending") == site.names("running") == []


def test_a_job_that_was_cancelled_while_it_waited_is_not_returned(site: CrashSite) -> None:
    _wait(site)
    site.journal.cancelled("An operator cancelled it.")
    _die(site)
    _recover(site)
    failure = site.result()["failure"]
    assert (failure["code"], failure["message"]) == (Code.CANCELLED, "An operator cancelled it.")
    assert site.names("pending") == []


def test_a_job_that_failed_while_it_waited_is_filed_and_not_returned(site: CrashSite) -> None:
    _wait(site)
    result = result_of(site.journal.attempt_id, final_status="FAILED")
    (Path(site.folder.root) / "failed" / "job.result.json").write_bytes(result)
    _die(site)
    (done,) = _recover(site)
    assert done.finished
    assert set(site.names("failed")) >= {"job.json", "job.result.json"}
    assert site.names("pending") == []


def test_a_returned_spec_never_takes_the_name_of_a_newer_one(site: CrashSite) -> None:
    _wait(site)
    spec, newer = _inode(site, "running/job.json"), _drop_newer(site)
    _die(site)
    (done,) = _recover(site)
    assert done.returned == os.path.join(site.folder.pending, "job-2.json")
    assert _inode(site, "pending/job-2.json") == spec
    assert _inode(site, "pending/job.json") == newer


@pytest.mark.parametrize("taken", [False, True])
def test_a_return_that_a_crash_cut_in_two_is_finished_once(site: CrashSite, *, taken: bool) -> None:
    """Where renames take two steps, the spec has both names in between."""
    _wait(site)
    running, spec = Path(site.folder.running) / "job.json", _inode(site, "running/job.json")
    expected = {"job.json": _drop_newer(site), "job-2.json": spec} if taken else {"job.json": spec}
    os.link(running, Path(site.folder.pending) / ("job-2.json" if taken else "job.json"))
    _die(site)
    _recover(site)
    found = {name: _inode(site, f"pending/{name}") for name in site.names("pending")}
    assert found == expected
    assert site.names("running") == site.names(".proxx/journal") == []


def test_a_crash_after_the_return_leaves_only_notes_to_remove(site: CrashSite) -> None:
    _wait(site)
    filing.return_spec(site.folder, "job.json")
    _die(site)
    assert _recover(site) == []
    assert site.names("pending") == ["job.json"]
    assert site.names(".proxx/journal") == site.names("failed") == []


def test_notes_that_could_not_be_removed_say_nothing_of_the_next_attempt(site: CrashSite) -> None:
    """The spec went back to pending/, was claimed again, and had begun when the daemon died."""
    _wait(site)
    filing.return_spec(site.folder, "job.json")
    _die(site)
    claim = site.folder.claim("job.json")
    assert claim.descriptor is not None
    os.close(claim.descriptor)
    # Its notes are read before those of the first attempt.
    AttemptJournal(site.folder, "0" * 32).started(claim.name, claim.file_id, "0" * 64)
    _recover(site)
    assert site.result()["_metadata"]["attempt_id"] == "0" * 32
    assert site.result()["failure"]["code"] == Code.INTERRUPTED
    assert site.names("pending") == site.names(".proxx/journal") == []
