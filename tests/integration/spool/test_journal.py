"""The notes about one attempt: written by one daemon, read by the next."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crash_site import CrashSite, clip_plan, completed

from proxx_daemon.job.progress import StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.spool import journal
from proxx_daemon.spool.journal import AttemptJournal
from proxx_daemon.system import engine_lock

#: as `new_attempt_id` makes them
_ATTEMPT = "a" * 32
_AT = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)


def test_every_note_comes_back_as_it_was_written(site: CrashSite) -> None:
    notes = AttemptJournal(site.folder, _ATTEMPT)
    notes.open()
    clips = [clip_plan(index, site.proxies) for index in range(2)]
    published = completed(clips[1])
    notes.started("job.json", (7, 11), "f" * 64)
    notes.state(StateEntered(state=JobState.CLAIMED, at=_AT))
    notes.planned(clips)
    notes.publishing(published)
    notes.close()

    (read,) = journal.read_all(site.folder)

    assert (read.attempt_id, read.spec_name, read.file_id) == (_ATTEMPT, "job.json", (7, 11))
    assert read.states == ({"state": "CLAIMED", "at": "2024-05-01T08:00:00+00:00"},)
    noted = [read.clips[index].partial_path for index in (0, 1)]
    assert noted == [clip.partial_path for clip in clips]
    assert read.publications == {1: published}


def test_a_torn_last_state_is_left_out(site: CrashSite) -> None:
    notes = site.begin()
    notes.close()
    path = Path(site.folder.journal) / f"{notes.attempt_id}.notes.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    (read,) = journal.read_all(site.folder)

    assert [entry["state"] for entry in read.states] == ["CLAIMED"]


def test_an_open_journal_holds_the_engine_lock_and_a_closed_one_does_not(site: CrashSite) -> None:
    notes = AttemptJournal(site.folder, _ATTEMPT)
    notes.open()
    path = journal.lock_files(site.folder)[_ATTEMPT]

    assert engine_lock.is_held(path)
    notes.close()
    assert not engine_lock.is_held(path)
    with pytest.raises(RuntimeError):
        _ = notes.lock_descriptor


def test_a_journal_that_cannot_be_opened_leaks_no_descriptor(site: CrashSite) -> None:
    (Path(site.folder.journal) / f"{_ATTEMPT}.log").mkdir()
    notes = AttemptJournal(site.folder, _ATTEMPT)
    before = set(os.listdir("/proc/self/fd"))

    with pytest.raises(IsADirectoryError):
        notes.open()

    assert set(os.listdir("/proc/self/fd")) == before


def test_a_note_that_cannot_be_put_is_an_error(site: CrashSite) -> None:
    notes = site.begin()
    with pytest.raises(FileExistsError):
        notes.started("job.json", (7, 11), None)
    notes.close()


def test_removing_an_attempt_leaves_the_others(site: CrashSite) -> None:
    other = "b" * 32
    for attempt_id in (_ATTEMPT, other):
        notes = AttemptJournal(site.folder, attempt_id)
        notes.open()
        notes.started("job.json", (7, 11), None)
        notes.close()

    AttemptJournal(site.folder, _ATTEMPT).remove()

    assert {name.partition(".")[0] for name in site.names(".proxx/journal")} == {other}
    AttemptJournal(site.folder, _ATTEMPT).remove()


def test_what_proxx_did_not_make_is_no_note_and_is_not_removed(site: CrashSite) -> None:
    """A proxy in the journal was deleted with the notes about a filed job."""
    site.begin().close()
    journal_folder = Path(site.folder.journal)
    for name in ("A001_proxy.mov", "a.notes.jsonl", f"{site.journal.attempt_id}.mov"):
        (journal_folder / name).write_text("mine")

    assert journal.attempts(site.folder) == {site.journal.attempt_id}
    assert set(journal.lock_files(site.folder)) == {site.journal.attempt_id}
    site.journal.remove()

    left = ["A001_proxy.mov", "a.notes.jsonl", f"{site.journal.attempt_id}.mov"]
    assert site.names(".proxx/journal") == sorted(left)


def test_the_boot_is_named_where_the_system_names_it() -> None:
    assert journal.boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
