"""The candidates: in file-name order, however they became known."""

import random

import pytest
from structlog.testing import capture_logs

from proxx_daemon.daemon.backlog import Backlog
from proxx_daemon.spool.settling import Sighting, WriterEvidence

_COMPLETE = Sighting(size=1, modified_ns=1, changed_ns=1, writer=WriterEvidence.NOBODY)


def _in_order(backlog: Backlog) -> list[str]:
    names = []
    while (name := backlog.next_complete(0.0)) is not None:
        names.append(name)
        backlog.discard(name)
    return names


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_names_come_in_order_whether_scanned_or_announced(share: float) -> None:
    names = [f"job-{number:03d}.json" for number in range(200)]
    mixed = random.Random(7).sample(names, len(names))  # noqa: S311 - no secret
    backlog = Backlog(lambda _: _COMPLETE)

    backlog.refresh(mixed[: int(len(mixed) * share)])
    for name in mixed[int(len(mixed) * share) :]:
        backlog.hint(name, announced=True)
    backlog.refresh(mixed)

    assert len(backlog) == len(names)
    assert _in_order(backlog) == names


def test_a_scan_forgets_what_has_gone_and_reports_once_what_is_no_spec() -> None:
    backlog = Backlog(lambda _: _COMPLETE)
    with capture_logs() as lines:
        backlog.refresh(["b.json", "a.json", "x.result.json", ".hidden.json"])
        backlog.refresh(["c.json", "b.json", "x.result.json", ".hidden.json"])

    assert _in_order(backlog) == ["b.json", "c.json"]
    assert sorted(line["entry"] for line in lines) == [".hidden.json", "x.result.json"]
