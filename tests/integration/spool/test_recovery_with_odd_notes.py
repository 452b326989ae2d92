"""Recovery among notes and specs that no daemon wrote: it ends, and every job has its result."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from crash_site import CrashSite, filed_of, result_of

from proxx_daemon.spool.folders import Filing
from proxx_daemon.system import durable


@pytest.mark.parametrize(
    "content", [b"", b"not json", b"[]", b'{"spec_name": "job.json", "device": "x", "inode": 1}']
)
def test_an_attempt_record_that_says_nothing_stops_no_recovery(
    site: CrashSite, content: bytes
) -> None:
    journal = site.begin()
    journal.close()
    (Path(site.folder.journal) / f"{journal.attempt_id}.attempt.json").write_bytes(content)

    (done,) = site.recover()

    assert not done.finished
    assert site.names("failed") == ["job.json", "job.result.json"]
    assert site.names(".proxx/journal") == []


def test_states_and_clips_that_make_no_sense_stop_no_recovery(site: CrashSite) -> None:
    journal = site.begin()
    journal.close()
    base = Path(site.folder.journal) / journal.attempt_id
    with base.with_suffix(".notes.jsonl").open("ab") as notes:
        notes.write(b'5\n{"clips": {"not": "a list"}}\n' + b"[" * 100_000)
        notes.write(b'\n{"state": "NONE", "at": 5}\n{"state": "PLANNING", "a')

    site.recover()

    states_noted = [entry["state"] for entry in site.result()["transitions"]]
    assert states_noted == ["CLAIMED", "VALIDATING", "RECORDING", "FAILED"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{", b'{"job_id": 5, "sources": "none"}', b"[" * 100_000]
)
def test_a_spec_that_cannot_be_understood_is_recovered_all_the_same(
    site: CrashSite, content: bytes
) -> None:
    site.claim()
    (Path(site.folder.running) / "job.json").write_bytes(content)

    (done,) = site.recover()

    assert Path(filed_of(done).spec).read_bytes() == content
    assert site.result()["clips"] == []
    assert site.result()["job_id"] == done.attempt_id


def test_a_fifo_in_running_does_not_block_recovery(site: CrashSite) -> None:
    os.mkfifo(Path(site.folder.running) / "job.json")

    site.recover()

    assert site.names("failed") == ["job.json", "job.result.json"]


def test_what_nobody_claimed_is_left_alone_in_running(site: CrashSite) -> None:
    (Path(site.folder.running) / ".hidden.json").write_text("{}")
    (Path(site.folder.running) / "notes.txt").write_text("{}")

    assert site.recover() == []
    assert site.names("running") == [".hidden.json", "notes.txt"]


def _make_odd(path: Path, kind: str) -> None:
    """Put something under the name of a note that no daemon wrote there."""
    path.unlink(missing_ok=True)
    match kind:
        case "folder":
            (path / "inside").mkdir(parents=True)
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to(path.parents[1] / "lock")
        case _:
            path.write_text('{"spec_name": "job.json", "device": 1e999, "inode": "\0"}')


@pytest.mark.parametrize("kind", ["folder", "fifo", "link"])
@pytest.mark.parametrize(
    "note", ["attempt.json", "notes.jsonl", "publish-000.json", "cancel.json", "publish-1.json"]
)
def test_an_odd_note_about_a_job_is_set_aside_and_the_job_fails_with_a_result(
    site: CrashSite, note: str, kind: str
) -> None:
    first, _ = site.plan()
    site.publish(first)
    site.journal.close()
    name = f"{site.journal.attempt_id}.{note}"
    _make_odd(Path(site.folder.journal) / name, kind)

    (done,) = site.recover()

    assert not done.finished
    assert site.names("running") == site.names(".proxx/journal") == []
    assert {"job.json", "job.result.json"} <= set(site.names("failed"))
    assert site.result()["failure"]["code"] == "INTERRUPTED"
    assert name in site.names(".proxx/quarantine")
    assert site.recover() == []


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "garbage"])
@pytest.mark.parametrize("name", ["x.attempt.json", "x.notes.jsonl", "x.publish-000.json", "x.y"])
def test_an_odd_file_in_the_journal_stops_no_recovery(
    site: CrashSite, name: str, kind: str
) -> None:
    site.begin().close()
    _make_odd(Path(site.folder.journal) / name, kind)

    (done,) = site.recover()

    assert done.name == "job.json"
    assert site.names("running") == site.names(".proxx/journal") == []


def test_the_other_notes_of_an_unreadable_attempt_record_are_kept_for_a_person(
    site: CrashSite,
) -> None:
    first, _ = site.plan()
    site.publish(first)
    site.journal.close()
    attempt = site.journal.attempt_id
    (Path(site.folder.journal) / f"{attempt}.attempt.json").write_text("{")

    site.recover()

    kept = ("attempt.json", "log", "notes.jsonl", "publish-000.json")
    assert site.names(".proxx/quarantine") == [f"{attempt}.{note}" for note in kept]


def test_an_unreadable_attempt_record_does_not_hide_the_result_of_its_attempt(
    site: CrashSite,
) -> None:
    site.begin().close()
    attempt = site.journal.attempt_id
    target = site.folder.filed(Filing.COMPLETED)
    durable.put(site.folder.scratch, target, "job.result.json", result_of(attempt))
    (Path(site.folder.journal) / f"{attempt}.attempt.json").write_text("{")

    (done,) = site.recover()

    assert done.finished
    assert site.names("failed") == []


@pytest.mark.parametrize(
    "clips",
    [
        [5],
        [{}],
        [{"index": "first"}],
        [{"index": 0, "source_path": None}],
        [{"index": 0, "source_path": "/a", "resolved_output_path": "/b", "command": 5}],
    ],
)
def test_planned_clips_that_make_no_sense_stop_no_recovery(
    site: CrashSite, clips: list[object]
) -> None:
    site.begin().close()
    path = Path(site.folder.journal) / f"{site.journal.attempt_id}.notes.jsonl"
    with path.open("a") as notes:
        notes.write("\n" + json.dumps({"clips": clips}) + "\n")

    site.recover()

    assert [clip["status"] for clip in site.result()["clips"]] == ["NOT_ATTEMPTED"] * 2


@pytest.mark.parametrize("attempt_id", [[], {}, 5, None])
def test_a_result_whose_attempt_is_no_text_stops_no_recovery(
    site: CrashSite, attempt_id: object
) -> None:
    site.claim()
    crafted = {"_metadata": {"attempt_id": attempt_id, "spec_name": "job.json"}}
    path = Path(site.folder.filed(Filing.FAILED)) / "job.result.json"
    path.write_text(json.dumps(crafted))

    (done,) = site.recover()

    assert Path(filed_of(done).result).name == "job-2.result.json"


def test_paths_that_no_system_takes_stop_no_recovery(site: CrashSite) -> None:
    first, _ = site.plan()
    site.publish(first)
    site.journal.close()
    for path in Path(site.folder.journal).glob("*.*"):
        path.write_text(path.read_text().replace(first.output_path, "/a\\u0000b"))

    site.recover()

    assert site.result()["clips"][0]["status"] == "FAILED"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_notes_of_another_user_stop_no_recovery() -> None:
    nobody = 65534
    # The folders of pytest are closed to other users.
    with tempfile.TemporaryDirectory() as root:
        os.chown(root, nobody, nobody)
        os.seteuid(nobody)
        try:
            site = CrashSite(Path(root))
            site.begin().close()
            for name in ("x.attempt.json", f"{site.journal.attempt_id}.notes.jsonl"):
                path = Path(site.folder.journal) / name
                path.write_text("{}")
                path.chmod(0)
            site.recover()
        finally:
            os.seteuid(0)
        assert site.names("failed") == ["job.json", "job.log", "job.result.json"]
        assert site.names(".proxx/journal") == []
