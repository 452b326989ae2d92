"""The log as a listener: one line for each event that operators search for."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import attrs
import structlog

from proxx_daemon.monitor import events
from proxx_daemon.monitor.event_stream import Listener
from proxx_daemon.monitor.events import Event, JobEntered, JobFinished, JobProgressed
from proxx_daemon.result.result import ClipStatus

_LOG: Final = structlog.get_logger()
#: seconds between two lines of the log about one job's progress
_PROGRESS_SECONDS: Final = 10.0
#: events that are logged without changes: level, name, and the fields that are left out
LINES: Final[Mapping[type[Event], tuple[str, str, tuple[str, ...]]]] = {
    events.DaemonStarted: ("info", "daemon_started", ()),
    events.DaemonReady: ("info", "daemon_ready", ()),
    events.StopRequested: ("info", "daemon_stopping", ()),
    events.GraceCutShort: ("warning", "grace_cut_short", ()),
    events.DrainRequested: ("info", "daemon_draining", ()),
    events.DaemonStopped: ("info", "daemon_stopped", ()),
    events.JobRecovered: ("warning", "job_recovered", ("result",)),
    events.JobClaimed: ("info", "job_claimed", ("at", "waited_seconds")),
    events.JobWaiting: ("info", "job_waits", ()),
    events.JobReturned: ("info", "job_returned", ()),
}


class EventLog(Listener):
    """Writes the log of jobs and of the daemon's life."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns monotonic seconds."""
        self._clock = clock
        #: monotonic time of the next line about a job's progress, by attempt
        self._next_progress: dict[str, float] = {}

    def handle(self, event: Event) -> None:
        """Log an event."""
        match event:
            case JobEntered():
                state = str(event.entered.state)
                _LOG.debug("job_state", spec=event.spec, attempt_id=event.attempt_id, state=state)
            case JobProgressed():
                self._progress(event, self._clock())
            case JobFinished():
                self._next_progress.pop(event.attempt_id, None)
                _finished(event)
            case _ if type(event) in LINES:
                level, name, left_out = LINES[type(event)]
                facts = attrs.asdict(
                    event, recurse=False, filter=lambda part, _: part.name not in left_out
                )
                getattr(_LOG, level)(name, **facts)

    def _progress(self, event: JobProgressed, now: float) -> None:
        if now < self._next_progress.setdefault(event.attempt_id, now + _PROGRESS_SECONDS):
            return
        self._next_progress[event.attempt_id] = now + _PROGRESS_SECONDS
        progress, left = event.progress, event.progress.seconds_left
        _LOG.info(
            "job_progress",
            spec=event.spec,
            attempt_id=event.attempt_id,
            clip=progress.index + 1,
            clips=progress.clips,
            percent=round(100 * progress.fraction, 1),
            fps=progress.fps,
            speed=progress.speed,
            seconds_left=None if left is None else round(left, 1),
        )


def _finished(event: JobFinished) -> None:
    """Log the one canonical line of a finished job."""
    outcome, failure = event.outcome, event.outcome.failure
    completed = [clip for clip in outcome.clips if clip.status is ClipStatus.COMPLETED]
    log = _LOG.info if failure is None else _LOG.error
    log(
        "job_finished",
        spec=event.spec,
        status=str(outcome.status),
        failure_class=str(failure.failure_class) if failure else None,
        code=str(failure.code) if failure else None,
        message=failure.message if failure else None,
        profile=outcome.profile_name,
        engine=outcome.engine_used,
        clips_completed=len(completed),
        clips_total=len(outcome.clips),
        not_attaching=sorted(
            {
                verdict.editor
                for clip in completed
                for verdict in clip.relink
                if not verdict.attaches
            }
        ),
        output_bytes=sum(clip.output_size_bytes or 0 for clip in completed),
        seconds=round(outcome.duration_seconds, 3),
        result=event.result,
        job_id=outcome.job_id,
        attempt_id=event.attempt_id,
    )
