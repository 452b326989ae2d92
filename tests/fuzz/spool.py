"""Readers of the daemon's own small files, which anybody may have changed or a crash torn."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve
from crash_site import CrashSite
from fuzz import place

from proxx_daemon.cli import status, status_view
from proxx_daemon.documents import strict_json
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor.status import FailureStatus, HealthFact, Mode, RunningStatus, Status
from proxx_daemon.result import reading as result_reading
from proxx_daemon.spool import filing, journal, leftovers, lock, orders, requests
from proxx_daemon.spool.folders import Filing
from proxx_daemon.spool.interrupted import interrupted_result
from proxx_daemon.spool.orders import OrderKind
from proxx_daemon.spool.requests import Request

_ONE, _OTHER = "1" * 32, "2" * 32


def request(data: bytes) -> None:
    """Read what an operator asks, and the daemon's answer."""
    folder = place.watched()
    (Path(folder.requests) / f"{_ONE}.request.json").write_bytes(data)
    for found in requests.waiting(folder):
        if isinstance(found, Request):
            printed = (found.job, found.new_job, found.by)
            assert all(each is None or each.isprintable() for each in printed)
        else:
            name, reason = found
            assert name
            assert reason.isprintable()
    (Path(folder.requests) / f"{_ONE}.answer.json").write_bytes(data)
    requests.answer_to(folder, _ONE)


def asked() -> Iterator[bytes]:
    """Yield a request and an answer as they are written."""
    yield b'{"action": "cancel", "job": "reel", "new_job": null, "host": "mac-7"}\n'
    yield b'{"action": "resubmitted", "job": "reel", "new_job": "reel.r2", "host": "mac-7"}\n'
    yield b'{"done": true, "message": "Paused: nothing is claimed until `proxx resume`."}\n'


def notes(data: bytes) -> None:
    """Read the same bytes as each kind of note, and finish the job as a new daemon does."""
    folder = place.watched()
    base = Path(folder.journal)
    record = {"attempt_id": _OTHER, "spec_name": "job.json", "device": 1, "inode": 2}
    (base / f"{_OTHER}.attempt.json").write_text(json.dumps(record))
    (base / f"{_ONE}.attempt.json").write_bytes(data)
    for suffix in ("notes.jsonl", "publish-000.json", "cancel.json", "waiting.json"):
        (base / f"{_OTHER}.{suffix}").write_bytes(data)
    journal.odd_files(folder)
    list(leftovers.find(folder))
    for found in journal.read_all(folder):
        journal.executor_of(folder, found.attempt_id)
        # Recovery takes the notes of a spec that it found under that name.
        written = interrupted_result(folder, evolve(found, spec_name="job.json"))
        # Its readers are strict: what recovery writes must be good.
        assert isinstance(strict_json.read_document(written, result_reading.LIMITS), dict)


def noted() -> Iterator[bytes]:
    """Yield every kind of note, written by the daemon's own code."""
    with TemporaryDirectory() as root:
        site = CrashSite(Path(root))
        site.publish(site.plan()[0])
        site.journal.cancelled("Cancelled by an operator.")
        site.journal.given("ffmpeg", waits=True)
        site.journal.close()
        for path in sorted(Path(site.folder.journal).glob("*.json*")):
            yield path.read_bytes()


def filed(data: bytes) -> None:
    """Read the result of a filed job as recovery and `discard` do."""
    folder = place.watched()
    failed = Path(folder.filed(Filing.FAILED))
    (failed / "job.json").write_bytes(b"{}")
    (failed / "job.result.json").write_bytes(data)
    list(leftovers.find(folder))
    filing.find_result(folder, "job.json", _ONE)
    filing.find_attempt(folder, "job.json", {_ONE})


def shown(data: bytes) -> None:
    """Read the published status, and show it."""
    folder = place.watched()
    (Path(folder.state) / "status.json").write_bytes(data)
    found = status.look(folder)
    for line in status_view.lines(found | {"daemon": "up"}):
        assert line.isprintable()
    json.dumps(found)


def published() -> Iterator[bytes]:
    """Yield a status with everything in it."""
    now = datetime(2026, 1, 31, 10, tzinfo=UTC)
    running = RunningStatus(
        spec="a.json",
        job_id="a",
        attempt_id=_ONE,
        worker="worker-1",
        state=JobState.EXECUTING,
        claimed_at=now,
        clip=1,
        clips=2,
        source="A001.mov",
        percent=12.5,
        fps=100.0,
        speed=4.0,
        seconds_left=10.0,
    )
    names = ("spec", "job_id", "status", "code", "message", "action", "result")
    failure = FailureStatus(**dict.fromkeys(names, "text"), at=now.isoformat())
    document = Status(
        proxx_version="0.1.0",
        folder="/srv/proxies",
        pid=7,
        host="mac-7",
        mode=Mode.PAUSED,
        paused_by="me@mac-7",
        started_at=now,
        published_at=now,
        max_workers=2,
        scan_seconds=2.0,
        last_scan_at=now,
        counts={"pending": 1, "running": 1, "completed": 0, "failed": 1},
        running=(running,),
        last_failures=(failure,),
        health=(HealthFact(name="disk", ok=False, detail="The disk is full."),),
        numbers={"oldest_pending_seconds": 7.0},
    ).document()
    yield json.dumps(document).encode()


def order(data: bytes) -> None:
    """Read an order that holds, and the name of the daemon that holds a folder."""
    folder = place.watched()
    for kind in OrderKind:
        (Path(folder.state) / f"{kind}.json").write_bytes(data)
        found = orders.holding(folder, kind)
        assert found is not None
        assert found.by.isprintable()
    # The lock itself would wait a quarter of a second for its holder.
    assert "already watched" in lock._taken(str(place.file(data, "lock")))


def ordered() -> Iterator[bytes]:
    """Yield an order and the content of a lock."""
    yield b'{"by": "me@mac-7", "at": "2026-01-31T10:00:00+00:00"}\n'
    yield b'{"pid": 4711, "host": "mac-7", "since": "2026-01-31T10:00:00+00:00"}\n'
