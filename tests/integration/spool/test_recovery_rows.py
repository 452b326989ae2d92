"""Recovery, row by row: each state that a crash can leave, and what a new daemon makes of it."""

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from spool_place import prepared

from proxx_daemon.media.fingerprint import sha256_of
from proxx_daemon.model.result import ClipResult, ClipStatus, Fingerprint
from proxx_daemon.rules.result_document import clip_document
from proxx_daemon.spool import recovery
from proxx_daemon.spool.journal import AttemptJournal

if TYPE_CHECKING:
    from proxx_daemon.spool.folders import WatchFolder

_ATTEMPT = "a" * 32
_SPEC = {"job_id": "mine", "sources": ["/footage/one.mov", "/footage/two.mov"]}
_HOST = recovery.Host(host="node", version="0")


class Crashed:
    """A watch folder as a daemon leaves it that died while it had one job."""

    def __init__(self, root: Path) -> None:
        self.folder: WatchFolder = prepared(root / "watch")
        self.proxies = root / "proxies"
        self.proxies.mkdir()
        self.spec = Path(self.folder.running) / "job.json"
        self.spec.write_text(json.dumps(_SPEC))
        self.journal = AttemptJournal(self.folder, _ATTEMPT)

    def begun(self) -> None:
        """Put the attempt record."""
        status = self.spec.stat()
        self.journal.begin("job.json", (status.st_dev, status.st_ino), None)

    def clip(self, content: bytes) -> ClipResult:
        """Describe the first clip as completed with that content."""
        return ClipResult(
            index=0,
            source_path="/footage/one.mov",
            resolved_output_path=str(self.proxies / "one.mp4"),
            status=ClipStatus.COMPLETED,
            output_size_bytes=len(content),
            output_fingerprint=Fingerprint(
                method="sha256", value=hashlib.sha256(content).hexdigest()
            ),
        )

    def noted(self, content: bytes) -> None:
        """Note the plan of two clips, the first with a partial file."""
        first = {**clip_document(self.clip(content)), "partial_path": str(self.proxies / ".p0")}
        second = {**first, "index": 1, "source_path": "/footage/two.mov"}
        second |= {
            "resolved_output_path": str(self.proxies / "two.mp4"),
            "partial_path": str(self.proxies / ".p1"),
        }
        path = Path(self.folder.journal) / f"{_ATTEMPT}.clips.json"
        path.write_text(json.dumps([first, second]))

    def recover(self) -> tuple[str, dict[str, Any]]:
        """Recover, twice; gives where the spec lies and its result."""
        list(recovery.recover(self.folder, _HOST, sha256_of))
        assert list(recovery.recover(self.folder, _HOST, sha256_of)) == []
        assert os.listdir(self.folder.journal) == []
        assert os.listdir(self.folder.running) == []
        states = ("completed", "failed")
        root = Path(self.folder.root)
        (state,) = (each for each in states if (root / each / "job.json").exists())
        result: dict[str, Any] = json.loads((root / state / "job.result.json").read_text())
        return state, result


@pytest.fixture
def crashed(tmp_path: Path) -> Crashed:
    return Crashed(tmp_path)


def _statuses(result: dict[str, Any]) -> list[str]:
    return [clip["status"] for clip in result["clips"]]


@pytest.mark.parametrize("begun", [False, True])
def test_a_spec_without_a_result_fails_as_interrupted(crashed: Crashed, begun: bool) -> None:  # noqa: FBT001
    if begun:
        crashed.begun()
    state, result = crashed.recover()
    assert state == "failed"
    assert result["failure"]["code"] == "INTERRUPTED"
    assert result["job_id"] == "mine"
    assert result["jobspec"] == _SPEC
    assert _statuses(result) == ["NOT_ATTEMPTED", "NOT_ATTEMPTED"]


def test_a_published_clip_whose_bytes_are_the_recorded_ones_is_completed(
    crashed: Crashed,
) -> None:
    crashed.begun()
    crashed.noted(b"proxy")
    crashed.journal.publishing(crashed.clip(b"proxy"))
    (crashed.proxies / "one.mp4").write_bytes(b"proxy")
    _, result = crashed.recover()
    assert result["final_status"] == "PARTIAL"
    assert _statuses(result) == ["COMPLETED", "NOT_ATTEMPTED"]


def test_a_recorded_clip_that_was_not_renamed_is_interrupted_and_its_partial_named(
    crashed: Crashed,
) -> None:
    crashed.begun()
    crashed.noted(b"proxy")
    crashed.journal.publishing(crashed.clip(b"proxy"))
    (crashed.proxies / ".p0").write_bytes(b"proxy")
    _, result = crashed.recover()
    assert _statuses(result) == ["FAILED", "NOT_ATTEMPTED"]
    assert result["clips"][0]["partial_path"] == str(crashed.proxies / ".p0")
    assert not (crashed.proxies / "one.mp4").exists()


@pytest.mark.parametrize("content", [b"other", b"prox"])
def test_another_file_under_the_final_name_is_not_taken_for_the_proxy(
    content: bytes, crashed: Crashed
) -> None:
    crashed.begun()
    crashed.noted(b"proxy")
    crashed.journal.publishing(crashed.clip(b"proxy"))
    (crashed.proxies / "one.mp4").write_bytes(content)
    _, result = crashed.recover()
    assert result["final_status"] == "FAILED"
    assert _statuses(result) == ["FAILED", "NOT_ATTEMPTED"]
    assert (crashed.proxies / "one.mp4").read_bytes() == content


def test_publish_records_alone_still_tell_of_their_clips(crashed: Crashed) -> None:
    crashed.begun()
    crashed.journal.publishing(crashed.clip(b"proxy"))
    (crashed.proxies / "one.mp4").write_bytes(b"proxy")
    _, result = crashed.recover()
    assert _statuses(result) == ["COMPLETED", "NOT_ATTEMPTED"]
    assert result["clips"][1]["source_path"] == "/footage/two.mov"


def _write_result(crashed: Crashed, filing: str, attempt: str) -> None:
    path = Path(crashed.folder.root) / filing / "job.result.json"
    path.write_text(json.dumps({"_metadata": {"attempt_id": attempt, "spec_name": "job.json"}}))


@pytest.mark.parametrize("filing", ["completed", "failed"])
def test_a_job_whose_result_is_durable_is_only_filed(filing: str, crashed: Crashed) -> None:
    crashed.begun()
    _write_result(crashed, filing, _ATTEMPT)
    (Path(crashed.folder.journal) / f"{_ATTEMPT}.log").write_text("said")
    state, result = crashed.recover()
    assert state == filing
    assert "failure" not in result
    assert (Path(crashed.folder.root) / filing / "job.log").read_text() == "said"


def test_the_result_of_another_attempt_is_not_taken_for_this_one(crashed: Crashed) -> None:
    crashed.begun()
    _write_result(crashed, "completed", "b" * 32)
    list(recovery.recover(crashed.folder, _HOST, sha256_of))
    failed = Path(crashed.folder.root) / "failed"
    assert json.loads((failed / "job.result.json").read_text())["failure"]["code"] == "INTERRUPTED"
    assert sorted(os.listdir(Path(crashed.folder.root) / "completed")) == ["job.result.json"]


def test_notes_whose_job_was_filed_are_removed(crashed: Crashed) -> None:
    crashed.begun()
    crashed.spec.unlink()
    assert list(recovery.recover(crashed.folder, _HOST, sha256_of)) == []
    assert os.listdir(crashed.folder.journal) == []
