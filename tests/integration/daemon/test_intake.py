"""Specs that are found twice, and in which order that is heard."""

import os
from pathlib import Path

import pytest

from proxx_daemon.config.settings import Settings
from proxx_daemon.daemon.intake import Intake, intake_of
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.lock import FolderLock
from proxx_daemon.spool.watcher import Watcher


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    folder = WatchFolder(str(tmp_path))
    folder.prepare()
    lock = FolderLock(os.path.join(folder.state, "lock"), {})
    made, _ = intake_of(folder, Settings(settle_seconds=0.0), Watcher({}), lock)
    return made


def test_the_event_of_a_spec_that_a_scan_found_first_is_no_second_spec(intake: Intake) -> None:
    for name in ("first.json", "second.json"):
        (Path(intake.folder.pending) / name).write_bytes(b"{}")
    intake.scan(may_unblock=True)
    claim = intake.claim_next(0.0)
    assert claim is not None
    assert claim.name == "first.json"

    for name in ("first.json", "second.json"):
        intake.hint(name, announced=True)

    assert len(intake.backlog) == 1


def test_the_event_of_a_spec_that_was_taken_away_forgets_it(intake: Intake) -> None:
    spec = Path(intake.folder.pending) / "job.json"
    spec.write_bytes(b"{}")
    intake.hint(spec.name, announced=False)
    assert len(intake.backlog) == 1
    spec.unlink()

    intake.hint(spec.name, announced=False)

    assert len(intake.backlog) == 0
