"""The recovery table for whole jobs: what lies in running/ after a crash, and what becomes of it.

Every state on disk is made by the code that makes it in life, up to the step of the crash.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from crash_site import CrashSite, filed_of, result_of
from spool_place import drop

from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Filing
from proxx_daemon.spool.recovery import Recovery
from proxx_daemon.system import durable


def test_nothing_left_means_nothing_done(site: CrashSite) -> None:
    drop(site.folder, "job.json")

    assert site.recover() == []
    assert site.names("pending") == ["job.json"]


def test_a_crash_between_claim_and_attempt_record_fails_the_job_as_interrupted(
    site: CrashSite,
) -> None:
    site.claim()

    (done,) = site.recover()

    assert (done.name, done.finished) == ("job.json", False)
    assert site.names("failed") == ["job.json", "job.result.json"]
    result = site.result()
    assert (result["final_status"], result["failure"]["code"]) == ("FAILED", "INTERRUPTED")
    assert result["job_id"] == "job-1"
    assert result["jobspec"]["sources"] == ["/media/A000.mov", "/media/A001.mov"]
    assert [clip["status"] for clip in result["clips"]] == ["NOT_ATTEMPTED"] * 2


def test_a_crash_after_the_attempt_record_fails_the_job_with_its_states_and_log(
    site: CrashSite,
) -> None:
    journal = site.begin()
    journal.log((b"what the engine said",))
    journal.close()

    (done,) = site.recover()

    assert done.attempt_id == journal.attempt_id
    assert site.names("failed") == ["job.json", "job.log", "job.result.json"]
    assert Path(str(filed_of(done).log)).read_bytes() == b"what the engine said\n"
    states = [entry["state"] for entry in site.result()["transitions"]]
    assert states == ["CLAIMED", "VALIDATING", "RECORDING", "FAILED"]
    assert site.result()["_metadata"]["attempt_id"] == journal.attempt_id
    assert site.result()["started_at"] == site.result()["transitions"][0]["at"]


def test_recovery_leaves_no_notes_and_a_second_one_has_nothing_to_do(site: CrashSite) -> None:
    site.begin().close()

    assert len(site.recover()) == 1
    filed = site.names("failed")

    assert site.names(".proxx/journal") == []
    assert site.recover() == []
    assert site.names("failed") == filed
    assert site.names("running") == []


def test_a_recovery_that_dies_before_it_filed_is_taken_up_by_the_next(site: CrashSite) -> None:
    """It had given an unrecorded spec an attempt, put the result, and not moved the spec."""
    claim = site.claim()
    journal = site.open()
    journal.started(claim.name, claim.file_id, None)
    journal.close()
    content = result_of(journal.attempt_id, final_status="FAILED")
    durable.put(site.folder.scratch, site.folder.filed(Filing.FAILED), "job.result.json", content)

    (done,) = site.recover()

    assert done.finished
    assert site.names("failed") == ["job.json", "job.log", "job.result.json"]


@pytest.mark.parametrize("place", list(Filing))
def test_a_durable_result_is_finished_and_not_judged_again(site: CrashSite, place: Filing) -> None:
    journal = site.begin()
    journal.close()
    content = result_of(journal.attempt_id)
    durable.put(site.folder.scratch, site.folder.filed(place), "job.result.json", content)

    (done,) = site.recover()

    assert done.finished
    assert site.names(place) == ["job.json", "job.log", "job.result.json"]
    assert Path(filed_of(done).result).read_bytes() == content
    assert site.names("running") == []


def test_a_result_whose_log_was_moved_already_is_finished(site: CrashSite) -> None:
    journal = site.begin()
    journal.close()
    target = site.folder.filed(Filing.COMPLETED)
    durable.put(site.folder.scratch, target, "job.result.json", result_of(journal.attempt_id))
    durable.rename_noreplace(journal.log_path, os.path.join(target, "job.log"))

    (done,) = site.recover()

    assert filed_of(done).log == os.path.join(target, "job.log")
    assert site.names("completed") == ["job.json", "job.log", "job.result.json"]


def test_the_result_of_another_attempt_is_not_mistaken_for_it(site: CrashSite) -> None:
    site.begin().close()
    other = result_of("another")
    target = site.folder.filed(Filing.COMPLETED)
    durable.put(site.folder.scratch, target, "job.result.json", other)

    (done,) = site.recover()

    assert not done.finished
    assert site.names("completed") == ["job.result.json"]
    assert site.names("failed") == ["job.json", "job.log", "job.result.json"]


def test_a_result_under_a_numbered_name_is_found_though_the_first_name_is_free_again(
    site: CrashSite,
) -> None:
    journal = site.begin()
    journal.close()
    target = site.folder.filed(Filing.COMPLETED)
    durable.put(site.folder.scratch, target, "job-2.result.json", result_of(journal.attempt_id))

    (done,) = site.recover()

    assert done.finished
    assert site.names("completed") == ["job-2.json", "job-2.log", "job-2.result.json"]
    assert site.names("failed") == []


def test_a_result_whose_spec_never_had_a_record_is_finished(site: CrashSite) -> None:
    """A spec that cannot be read is filed without one."""
    site.claim()
    journal = site.open()
    journal.close()
    target = site.folder.filed(Filing.FAILED)
    durable.put(site.folder.scratch, target, "job.result.json", result_of(journal.attempt_id))

    (done,) = site.recover()

    assert (done.finished, done.attempt_id) == (True, journal.attempt_id)
    assert site.names("failed") == ["job.json", "job.log", "job.result.json"]


def test_notes_of_a_job_that_was_filed_are_removed(site: CrashSite) -> None:
    journal = site.begin()
    journal.close()
    filing.file_job(site.folder, "job.json", Filing.COMPLETED, result_of(journal.attempt_id), None)

    assert site.recover() == []
    assert site.names("completed") == ["job.json", "job.result.json"]
    assert site.names(".proxx/journal") == []


def test_a_name_that_is_taken_in_failed_gets_a_number(site: CrashSite) -> None:
    taken = Path(site.folder.filed(Filing.FAILED)) / "job.json"
    taken.write_text("somebody else's")
    site.begin().close()

    site.recover()

    assert taken.read_text() == "somebody else's"
    assert site.names("failed") == ["job-2.json", "job-2.log", "job-2.result.json", "job.json"]


def test_a_foreign_spec_beside_the_durable_result_does_not_stop_recovery(site: CrashSite) -> None:
    journal = site.begin()
    journal.close()
    target = Path(site.folder.filed(Filing.COMPLETED))
    content = result_of(journal.attempt_id)
    durable.put(site.folder.scratch, str(target), "job.result.json", content)
    (target / "job.json").write_text("somebody else's")

    (done,) = site.recover()

    assert done.finished
    assert (target / "job.json").read_text() == "somebody else's"
    assert (target / "job-2.result.json").read_bytes() == content
    assert (target / "job-2.json").exists()
    assert site.names("failed") == site.names("running") == []


def test_a_claim_that_a_crash_cut_in_two_leaves_one_spec(site: CrashSite) -> None:
    """Where renames are a link and an unlink, both names can be left."""
    path = drop(site.folder, "job.json")
    os.link(path, Path(site.folder.running) / "job.json")

    site.recover()

    assert site.names("pending") == site.names("running") == []
    assert site.names("failed") == ["job.json", "job.result.json"]


def test_a_filing_that_a_crash_cut_in_two_is_finished(site: CrashSite) -> None:
    journal = site.begin()
    journal.close()
    target = site.folder.filed(Filing.COMPLETED)
    durable.put(site.folder.scratch, target, "job.result.json", result_of(journal.attempt_id))
    os.link(Path(site.folder.running) / "job.json", Path(target) / "job.json")

    (done,) = site.recover()

    assert done.finished
    assert site.names("completed") == ["job.json", "job.log", "job.result.json"]
    assert site.names("running") == site.names("failed") == []


def test_a_job_is_known_again_when_its_disk_has_another_device_number(site: CrashSite) -> None:
    """A restart of the machine, or a new mount, can change it."""
    first, _ = site.plan()
    site.publish(first)
    site.journal.close()
    record = Path(site.folder.journal) / f"{site.journal.attempt_id}.attempt.json"
    document = json.loads(record.read_bytes())
    record.write_text(json.dumps(document | {"device": document["device"] + 1}))

    (done,) = site.recover()

    assert done.attempt_id == site.journal.attempt_id
    assert site.result()["final_status"] == "PARTIAL"


def _change(path: Path, flag: str) -> bool:
    """Set or clear a flag of a file; return whether that works here."""
    program = shutil.which("chattr")
    if program is None:
        return False
    return subprocess.run([program, flag, path], check=False, capture_output=True).returncode == 0


def test_a_spec_that_cannot_be_moved_is_tried_again_and_forgotten_if_it_is_taken_away(
    site: CrashSite,
) -> None:
    site.begin().close()
    spec = Path(site.folder.running) / "job.json"
    if not _change(spec, "+i"):
        pytest.skip("nobody can make a file immutable here")
    recovery = Recovery(site.folder)
    try:
        assert list(recovery.begin()) == list(recovery.again()) == []
        assert recovery.stuck == {"job.json": "Operation not permitted"}
    finally:
        _change(spec, "-i")
    # One result, whatever was tried how often.
    assert site.names("failed") == ["job.log", "job.result.json"]
    spec.unlink()
    assert list(recovery.again()) == []
    assert recovery.stuck == {}
    assert site.names(".proxx/journal") == []
    assert site.result()["failure"]["code"] == "INTERRUPTED"
