"""No file that a command reads can end it with a traceback, block it, or fill its memory."""

import json
from pathlib import Path

import pytest
from crafted import KINDS
from spool_place import prepared

from proxx_daemon.cli.commands import execute
from proxx_daemon.daemon.startup import holder
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.lock import FolderLock

_ID = "reel-7"


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    """Return a watch folder with a good result."""
    folder = prepared(tmp_path / "watch")
    spec = {"sources": ["relative.mov"], "job_id": _ID}
    result = {"job_id": _ID, "jobspec": spec, "clips": []}
    (Path(folder.root) / "failed" / "good.result.json").write_text(json.dumps(result))
    return folder


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command; return its exit code and what it printed, which is no traceback."""
    code = execute(words)
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert "Traceback" not in text
    assert text
    return code, text


@pytest.mark.parametrize("kind", KINDS)
def test_every_command_says_what_is_wrong_with_its_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = tmp_path / "crafted.json"
    KINDS[kind](path)
    for name, codes in (("validate", (1, 4)), ("verify", (1, 4)), ("reproduce", (1, 4))):
        assert _said(capsys, name, str(path))[0] in codes
    configured = ("watch", "--config", str(path), "--check-config")
    assert kind == "empty" or _said(capsys, *configured)[0] == 1
    said = _said(capsys, "user-profiles", "--profiles-dir", str(tmp_path))
    assert said[0] == 1
    assert "INVALID" in said[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_crafted_status_is_said_to_be_unreadable(
    folder: WatchFolder, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    KINDS[kind](Path(folder.state) / "status.json")
    code, text = _said(capsys, "status", folder.root)
    assert (code, "the daemon is DOWN" in text) == (0, True)
    lock = FolderLock(f"{folder.state}/lock", holder())
    code, text = _said(capsys, "status", folder.root)
    assert (code, "UNHEALTHY: the daemon is up, but its status" in text) == (0, True)
    code, text = _said(capsys, "status", folder.root, "--json")
    assert json.loads(text)["healthy"] is False
    lock.release()


@pytest.mark.parametrize("kind", KINDS)
def test_a_crafted_result_keeps_no_other_job_from_being_submitted_again(
    folder: WatchFolder, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    KINDS[kind](Path(folder.root) / "failed" / "crafted.result.json")
    code, text = _said(capsys, "resubmit", folder.root, "crafted")
    assert (code, "crafted" in text) == (1, True)
    code, text = _said(capsys, "resubmit", folder.root, _ID)
    # The good one is found, and refused for its own reason.
    assert (code, "No JobSpec was made" in text) == (1, True)
