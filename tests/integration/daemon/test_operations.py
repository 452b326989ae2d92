"""Operators' requests: one that cannot be dealt with keeps no other from being carried out."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from spool_place import prepared
from structlog.testing import capture_logs

from proxx_daemon.daemon.operations import Operations
from proxx_daemon.spool import requests
from proxx_daemon.spool.requests import Action

if TYPE_CHECKING:
    from proxx_daemon.daemon.jobs import Jobs

_NOBODY = 65534


class _NoJobs:
    """Stands for the jobs of a daemon that has none."""

    def running(self) -> tuple[Any, ...]:
        return ()


@pytest.fixture
def operations() -> Iterator[Operations]:
    """Give the operations of a daemon that is another user than the owner of the requests."""
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o755)
        folder = prepared(Path(root) / "watch")
        for path in (folder.root, folder.state, folder.scratch):
            Path(path).chmod(0o777)
        Path(folder.requests).chmod(0o1777)
        os.seteuid(_NOBODY)
        try:
            yield Operations(folder, cast("Jobs", _NoJobs()), lambda: None)
        finally:
            os.seteuid(0)


def _post_as_root(operations: Operations, action: Action) -> str:
    os.seteuid(0)
    name = requests.post(operations.folder, action, "here", None) + ".request.json"
    os.seteuid(_NOBODY)
    return name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_what_cannot_be_moved_is_named_once_and_keeps_no_other_from_being_carried_out(
    operations: Operations,
) -> None:
    os.seteuid(0)
    (Path(operations.folder.requests) / "X.request.json").mkdir()
    os.seteuid(_NOBODY)
    foreign = _post_as_root(operations, Action.DRAIN)
    with capture_logs() as lines:
        for action in (Action.PAUSE, Action.RESUME, Action.PAUSE):
            requests.post(operations.folder, action, "here", None)
            operations.attend()

    assert operations.paused_by is not None
    # A request that cannot be removed would be carried out again and again.
    assert not operations.draining
    assert set(operations.stuck) == {"X.request.json", foreign}
    named = [line["request"] for line in lines if line["event"] == "request_stuck"]
    assert sorted(named) == sorted(operations.stuck)
    record = (Path(operations.folder.state) / "operator.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in record] == ["pause", "resume", "pause"]

    os.seteuid(0)
    os.rmdir(Path(operations.folder.requests) / "X.request.json")
    os.unlink(Path(operations.folder.requests) / foreign)
    os.seteuid(_NOBODY)
    operations.attend()
    assert operations.stuck == {}
