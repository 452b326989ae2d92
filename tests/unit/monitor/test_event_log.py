"""The log is one of the listeners: constant names, and progress at most every ten seconds."""

from datetime import UTC, datetime

from structlog.testing import capture_logs

from proxx_daemon.job.progress import ClipProgress, StateEntered
from proxx_daemon.job.states import JobState
from proxx_daemon.monitor import events
from proxx_daemon.monitor.event_log import EventLog
from proxx_daemon.output.check import EditorVerdict
from proxx_daemon.result.result import ClipResult, ClipStatus, JobOutcome

_PROGRESS = ClipProgress(
    index=0, clips=2, name="a.mov", frames=50, frames_total=200, fps=25.0, speed=1.0
)


def test_events_are_logged_with_their_fields() -> None:
    log = EventLog()
    at = datetime.now(UTC)
    with capture_logs() as lines:
        log.handle(events.DrainRequested(by="kim", running=2))
        log.handle(events.JobClaimed(spec="a.json", attempt_id="1", worker="worker-1", at=at))
        entered = StateEntered(state=JobState.EXECUTING, at=at)
        log.handle(events.JobEntered(spec="a.json", attempt_id="1", entered=entered))
        log.handle(events.NumberChanged(name="pending_jobs", value=3))
    job = {"spec": "a.json", "attempt_id": "1"}
    assert lines == [
        {"event": "daemon_draining", "log_level": "info", "by": "kim", "running": 2},
        {"event": "job_claimed", "log_level": "info", "worker": "worker-1", **job},
        {"event": "job_state", "log_level": "debug", "state": "EXECUTING", **job},
    ]


def test_the_progress_of_a_job_is_logged_when_ten_seconds_have_passed() -> None:
    now = [100.0]
    log = EventLog(clock=lambda: now[0])
    with capture_logs() as lines:
        for now[0] in (100.0, 109.9, 110.0, 119.9, 120.0):
            log.handle(events.JobProgressed(spec="a.json", attempt_id="1", progress=_PROGRESS))
    assert [line["event"] for line in lines] == ["job_progress"] * 2
    assert (lines[0]["clip"], lines[0]["clips"], lines[0]["percent"]) == (1, 2, 25.0)


def test_the_line_of_a_finished_job_names_the_systems_that_do_not_attach_a_proxy() -> None:
    verdicts = tuple(
        EditorVerdict(editor=editor, attaches=attaches, conditions=(), source="")
        for editor, attaches in (("Adobe Premiere Pro", True), ("DaVinci Resolve", False))
    )
    clips = [
        ClipResult(
            index=index,
            source_path="/a.mov",
            resolved_output_path=f"/{index}.mp4",
            status=status,
            relink=verdicts,
        )
        for index, status in enumerate((ClipStatus.COMPLETED, ClipStatus.COMPLETED))
    ]
    at = datetime.now(UTC)
    outcome = JobOutcome(
        job_id="a",
        jobspec=None,
        jobspec_sha256=None,
        clips=tuple(clips),
        failure=None,
        started_at=at,
        completed_at=at,
        duration_seconds=1.0,
    )
    with capture_logs() as lines:
        EventLog().handle(
            events.JobFinished(spec="a.json", attempt_id="1", outcome=outcome, result=None)
        )
    assert lines[0]["not_attaching"] == ["DaVinci Resolve"]
