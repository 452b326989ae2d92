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


def test_a_request_is_taken_once(folder: WatchFolder) -> None:
    requests.post(folder, Action.PAUSE, "cutting-room", None)
    (asked,) = [each for each in requests.waiting(folder) if isinstance(each, Request)]
    taken = requests.take(folder, asked)
    assert taken is not None
    assert requests.take(folder, asked) is None
    assert not requests.withdraw(folder, asked.request_id)
    # A crash may come now: the next daemon finds it.
    assert list(requests.waiting(folder)) == [taken]
    assert requests.take(folder, taken) == taken
    requests.conclude(folder, taken, requests.Answer(done=True, message="Done."))
    assert list(requests.waiting(folder)) == []
    assert requests.answer_to(folder, asked.request_id) is not None


def test_what_others_left_among_the_answers_is_not_removed(folder: WatchFolder) -> None:
    for name in ("mine.answer.json", "mine.tmp", f"{'a' * 32}.answer.json", f"{'a' * 32}.tmp"):
        path = Path(folder.requests) / name
        path.touch()
        os.utime(path, (0, 0))
    requests.post(folder, Action.PAUSE, "cutting-room", None)
    (asked,) = [each for each in requests.waiting(folder) if isinstance(each, Request)]
    requests.conclude(folder, asked, requests.Answer(done=True, message="Done."))
    left = set(os.listdir(folder.requests)) - {f"{asked.request_id}.answer.json"}
    assert left == {"mine.answer.json", "mine.tmp"}
