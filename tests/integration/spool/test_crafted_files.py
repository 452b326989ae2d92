"""Every reader of a file that somebody else may have written takes whatever is there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from crafted import KINDS
from crash_site import CrashSite

from proxx_daemon.spool import filing, orders, requests, status_file
from proxx_daemon.spool.orders import Order, OrderKind
from proxx_daemon.spool.requests import Action, Request

pytestmark = pytest.mark.parametrize("kind", KINDS)


def test_a_request_is_named_with_a_reason_and_set_aside(site: CrashSite, kind: str) -> None:
    KINDS[kind](Path(site.folder.requests) / "a.request.json")
    asked = requests.post(site.folder, Action.PAUSE, "cutting-room", None)

    found = list(requests.waiting(site.folder))

    assert [each.request_id for each in found if isinstance(each, Request)] == [asked]
    ((name, reason),) = [each for each in found if not isinstance(each, Request)]
    assert reason
    assert requests.discard(site.folder, name) == f"{site.folder.quarantine}/{name}"


def test_an_answer_is_none(site: CrashSite, kind: str) -> None:
    KINDS[kind](Path(site.folder.requests) / "a.answer.json")
    answer = requests.answer_to(site.folder, "a")
    assert answer is None or kind == "wrong types"


def test_an_order_is_in_force_and_can_be_withdrawn(site: CrashSite, kind: str) -> None:
    KINDS[kind](Path(site.folder.state) / "paused.json")
    assert orders.holding(site.folder, OrderKind.PAUSED) is not None
    orders.give(site.folder, OrderKind.PAUSED, Order(by="me", at="now"))
    orders.withdraw(site.folder, OrderKind.PAUSED)
    assert orders.holding(site.folder, OrderKind.PAUSED) is None


def test_an_action_is_recorded_all_the_same(site: CrashSite, kind: str) -> None:
    path = Path(site.folder.state) / "operator.jsonl"
    KINDS[kind](path)
    now = datetime.now(UTC)
    orders.record(site.folder, now, action="pause")
    last = path.read_bytes().splitlines()[-1]
    assert json.loads(last[last.rindex(b'{"at"') :])["action"] == "pause"


def test_a_status_is_a_document_or_none(site: CrashSite, kind: str) -> None:
    KINDS[kind](Path(site.folder.state) / "status.json")
    found = status_file.read(site.folder)
    assert found is None or kind == "wrong types"


@pytest.mark.parametrize(
    "note", ["attempt.json", "notes.jsonl", "publish-000.json", "cancel.json", "waiting.json"]
)
def test_a_note_stops_no_recovery(site: CrashSite, kind: str, note: str) -> None:
    site.begin().close()
    path = Path(site.folder.journal) / f"{site.journal.attempt_id}.{note}"
    path.unlink(missing_ok=True)
    KINDS[kind](path)

    site.recover()

    assert site.names("running") == site.names(".proxx/journal") == []
    assert site.recover() == []


def test_a_result_is_not_that_of_another_job(site: CrashSite, kind: str) -> None:
    site.begin().close()
    KINDS[kind](Path(site.root) / "watch" / "completed" / "job.result.json")

    (done,) = site.recover()

    assert not done.finished
    assert filing.find_result(site.folder, "job.json", done.attempt_id) is not None
