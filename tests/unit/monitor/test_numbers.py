"""Each number is declared once; its gauge is in the status and in the metrics."""

import re
from datetime import UTC, datetime

import attrs
import status_page
from prometheus_client import generate_latest

from proxx_daemon.cli import status_view
from proxx_daemon.monitor import numbers
from proxx_daemon.monitor.metrics import Metrics
from proxx_daemon.monitor.status import Mode, RunningStatus, Status

_NOW = datetime.now(UTC)
_STATUS = Status(
    proxx_version="1",
    folder="/watch",
    pid=1,
    host="host",
    mode=Mode.PAUSED,
    paused_by="kim",
    started_at=_NOW,
    published_at=_NOW,
    max_workers=4,
    scan_seconds=10.0,
    last_scan_at=_NOW,
    counts={},
    running=(
        RunningStatus(
            spec="a.json",
            job_id=None,
            attempt_id="1",
            worker="worker-2",
            state="EXECUTING",
            claimed_at=_NOW,
            fps=25.0,
        ),
    ),
    last_failures=(),
    health=(),
    numbers={"pending_jobs": 3, "folder_free_bytes": 5 * 1024**3},
)


def test_every_gauge_is_read_from_the_status_or_was_told_by_an_event() -> None:
    assert numbers.gauges(_STATUS) == {
        "pending_jobs": 3,
        "running_jobs": 1,
        "workers": 4,
        "last_scan_timestamp_seconds": _NOW.timestamp(),
        "folder_free_bytes": 5 * 1024**3,
        "healthy": 1,
        "paused": 1,
    }
    assert "folder_free_bytes" not in numbers.gauges(attrs.evolve(_STATUS, numbers={}))


def test_the_metrics_have_exactly_the_declared_numbers() -> None:
    told = {name: 3.0 for name, each in numbers.gauges_of_the_daemon().items() if each.read is None}
    status = attrs.evolve(_STATUS, numbers=told)
    text = generate_latest(Metrics(lambda: status).registry).decode()
    names = set(re.findall(r"^# TYPE (proxx_\S+)", text, re.MULTILINE))
    declared = {status_page.metric_name(name) for name in numbers.NUMBERS}
    assert {name for name in names if not name.endswith("_created")} == declared
    assert 'proxx_encode_frames_per_second{worker="worker-2"} 25.0' in text
    assert "proxx_pending_jobs 3.0" in text


def test_a_person_sees_the_numbers_that_have_words() -> None:
    document = _STATUS.document() | {
        "numbers": {**numbers.gauges(_STATUS), "of_a_later_version": 1.0},
        "daemon": "up",
        "hangs": False,
        "last_scan_seconds_ago": 1.0,
    }
    assert "5.0 GiB free in the watch folder's volume" in list(status_view.lines(document))
