"""What lies in .proxx/requests and is no request stops no other request."""

import os
from pathlib import Path

import pytest
from spool_place import prepared

from proxx_daemon.spool import requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.requests import Action, Request


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    """Give a watch folder."""
    return prepared(tmp_path / "watch")


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "garbage", "large"])
def test_what_is_no_request_is_named_and_can_be_discarded(folder: WatchFolder, kind: str) -> None:
    path = Path(folder.requests) / "odd.request.json"
    match kind:
        case "folder":
            (path / "inside").mkdir(parents=True)
        case "fifo":
            os.mkfifo(path)
        case "link":
            path.symlink_to("/etc/passwd")
        case "garbage":
            path.write_text("[]")
        case _:
            path.write_text(" " * 100_000 + "{}")
    asked = requests.post(folder, Action.PAUSE, "cutting-room", None)

    found = list(requests.waiting(folder))

    assert [each.request_id for each in found if isinstance(each, Request)] == [asked]
    ((name, reason),) = [each for each in found if not isinstance(each, Request)]
    assert (name, bool(reason)) == (path.name, True)
    requests.discard(folder, name)
    assert not os.path.lexists(path)
    assert requests.answer_to(folder, "odd") is None
