"""Specs that are found twice, and in which order that is heard."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


def test_what_commands_have_in_pending_for_a_moment_is_not_reported(
    intake: Intake, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(intake.folder.pending) / ".proxx-create-0a.tmp").write_bytes(b"{")
    intake.scan(may_unblock=True)
    assert "entry_ignored" not in capsys.readouterr().out
    (Path(intake.folder.pending) / ".hidden.json").write_bytes(b"{")
    intake.scan(may_unblock=True)
    assert "entry_ignored" in capsys.readouterr().out


@contextmanager
def _as_nobody() -> Iterator[Intake]:
    """Give the intake of a daemon that is another user than the owner of pending/."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        folder = WatchFolder(root)
        folder.prepare()
        Path(folder.pending).chmod(0o1777)
        Path(folder.running).chmod(0o777)
        lock = FolderLock(os.path.join(folder.state, "lock"), {})
        made, _ = intake_of(folder, Settings(settle_seconds=0.0), Watcher({}), lock)
        os.seteuid(65534)
        try:
            yield made
        finally:
            os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_spec_of_another_user_in_a_sticky_folder_is_passed_over() -> None:
    with _as_nobody() as intake:
        for name in ("b.json", "c.json"):
            (Path(intake.folder.pending) / name).write_bytes(b"{}")
        os.seteuid(0)
        foreign = Path(intake.folder.pending) / "a.json"
        foreign.write_bytes(b"{}")
        os.seteuid(65534)
        intake.scan(may_unblock=True)

        claimed = [intake.claim_next(0.0), intake.claim_next(0.0), intake.claim_next(0.0)]

        assert [claim.name for claim in claimed if claim is not None] == ["b.json", "c.json"]
        assert intake.blocked is None
        assert intake.backlog.stuck == {"a.json": "Operation not permitted"}
        os.seteuid(0)
        os.chown(foreign, 65534, -1)
        os.seteuid(65534)
        later = intake.claim_next(Settings().scan_seconds)
        assert later is not None
        assert (later.name, intake.backlog.stuck) == ("a.json", {})


def test_a_spec_that_is_gone_is_stuck_no_longer(intake: Intake) -> None:
    (Path(intake.folder.pending) / "a.json").write_bytes(b"{}")
    intake.scan(may_unblock=True)
    intake.backlog.pass_over("a.json", "Operation not permitted", 10.0)
    (Path(intake.folder.pending) / "a.json").unlink()
    intake.scan(may_unblock=True)
    assert intake.backlog.stuck == {}
