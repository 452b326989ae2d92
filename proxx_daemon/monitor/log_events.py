"""The vocabulary of the log: every event with its level, its fields and its meaning.

The documentation is generated from this table, and a test fails when the code logs an event
that is not in it.
"""

from typing import Final

from attrs import frozen


@frozen
class LogEvent:
    """One constant event name."""

    #: the name, as the field `event` has it
    name: str
    #: debug, info, warning or error; "info or error" where it depends on the case
    level: str
    #: fields besides event, level and timestamp
    fields: tuple[str, ...]
    #: what happened, one sentence
    meaning: str


EVENTS: Final = (
    LogEvent(
        "daemon_started",
        "info",
        ("folder", "version", "pid", "max_workers", "writer_detection"),
        "The daemon holds the folder's lock. writer_detection is lease where the kernel reports "
        "that a spec is still open, and settle_time where only the settle time decides.",
    ),
    LogEvent(
        "daemon_ready",
        "info",
        ("folder", "events", "scan_seconds"),
        "Recovery is over; specs are claimed from now on. events is false where only the periodic "
        "scan finds specs.",
    ),
    LogEvent(
        "daemon_stopping",
        "info",
        ("signal", "running", "grace_seconds"),
        "A signal came: no more specs are claimed, running jobs get the grace time.",
    ),
    LogEvent(
        "grace_cut_short",
        "warning",
        ("signal", "running"),
        "A second signal came: engines are ended now.",
    ),
    LogEvent(
        "daemon_draining",
        "info",
        ("by", "running"),
        "An operator asked the daemon to finish the running jobs and stop; no more specs are "
        "claimed.",
    ),
    LogEvent(
        "operator_action",
        "info or warning",
        ("action", "job", "new_job", "by", "done", "message", "request"),
        "An operator asked for an action (pause, resume, drain, cancel, resubmitted). done says "
        "whether it was carried out; the level is warning if it was refused. The same record is "
        "in .proxx/operator.jsonl.",
    ),
    LogEvent(
        "request_ignored",
        "warning",
        ("request", "reason"),
        "A file in .proxx/requests was not a valid request; it was removed.",
    ),
    LogEvent(
        "requests_unread",
        "error",
        ("folder", "reason"),
        "Operators' requests cannot be read or answered; they wait until the next scan.",
    ),
    LogEvent(
        "notification_failed",
        "warning",
        ("spec", "job_id", "way", "reason"),
        "A notification was lost (way: command or webhook). It is not sent again, and the job is "
        "not affected.",
    ),
    LogEvent(
        "status_unpublished",
        "warning",
        ("folder", "reason"),
        "The status for `proxx status` could not be written; logged once until it can.",
    ),
    LogEvent(
        "listener_failed",
        "error",
        ("listener", "reason"),
        "A defect of Proxx: a part of status, metrics, notifications or the terminal does not "
        "work. Jobs are not affected; logged once for each part.",
    ),
    LogEvent("daemon_stopped", "info", ("folder",), "The daemon has released the folder."),
    LogEvent(
        "orphan_engine_ended",
        "warning",
        ("process_group",),
        "An engine of an earlier daemon that crashed was still running; it was killed.",
    ),
    LogEvent(
        "journal_file_set_aside",
        "warning",
        ("file", "reason", "moved_to"),
        "A file in .proxx/journal cannot be used: it is not a regular file, cannot be read, or was "
        "not written by Proxx. moved_to is where it lies now, null if it could not be moved.",
    ),
    LogEvent(
        "job_recovered",
        "warning",
        ("spec", "attempt_id", "finished", "filed"),
        "A spec was found in running/ at the start. finished is true where its result was already "
        "durable and only the filing was completed; otherwise the job failed as INTERRUPTED.",
    ),
    LogEvent(
        "job_claimed",
        "info",
        ("spec", "attempt_id", "worker"),
        "A spec was renamed into running/ and given to a worker, or `proxx run` has read it.",
    ),
    LogEvent(
        "job_waits",
        "info",
        ("spec", "attempt_id", "executor"),
        "The job was given to an executor that queues; its worker is free for other jobs.",
    ),
    LogEvent(
        "job_returned",
        "info",
        ("spec", "attempt_id", "to"),
        "Proxx was stopped before anything of the job began; its spec is back in pending/.",
    ),
    LogEvent(
        "resolve_slot_taken",
        "info",
        ("job_id",),
        "Another Proxx on this machine uses Resolve; the job waits.",
    ),
    LogEvent(
        "resolve_left_behind",
        "warning",
        ("job_id", "reason"),
        "A project of Proxx may still be in Resolve; the next session removes it.",
    ),
    LogEvent("job_state", "debug", ("spec", "attempt_id", "state"), "A job entered a state."),
    LogEvent(
        "job_progress",
        "info",
        ("spec", "attempt_id", "clip", "clips", "percent", "fps", "speed", "seconds_left"),
        "How far a running job is; every ten seconds for each job. clip counts from 1.",
    ),
    LogEvent(
        "job_finished",
        "info or error",
        (
            *("job_id", "attempt_id", "spec", "status", "failure_class", "code", "message"),
            *("profile", "engine", "clips_completed", "clips_total", "output_bytes"),
            *("seconds", "result"),
        ),
        "The one line that describes a finished job completely; error unless it completed.",
    ),
    LogEvent(
        "job_defect",
        "error",
        ("job_id", "traceback"),
        "A defect of Proxx; the job fails as INTERNAL_ERROR. Please report the traceback.",
    ),
    LogEvent(
        "journal_failed",
        "error",
        ("spec", "attempt_id", "reason"),
        "A state could not be written to the journal; the job is ended and fails.",
    ),
    LogEvent(
        "notes_kept",
        "warning",
        ("attempt_id", "reason"),
        "The journal of a finished job could not be removed; the next start removes it.",
    ),
    LogEvent(
        "entry_ignored",
        "warning",
        ("entry", "reason"),
        "An entry in pending/ is not a spec and is left there; logged once for each reason.",
    ),
    LogEvent(
        "left_in_pending",
        "warning",
        ("entries",),
        "--once ends although these specs are still being written.",
    ),
    LogEvent(
        "claiming_stopped",
        "error",
        ("folder", "reason"),
        "The folder cannot be used at the moment; no specs are claimed until it can.",
    ),
    LogEvent("claiming_resumed", "info", ("folder",), "The folder can be used again."),
    LogEvent(
        "watch_unavailable",
        "warning",
        ("folders", "reason"),
        "The system reports no changes in pending/; the periodic scan still finds specs.",
    ),
    LogEvent(
        "loop_stuck",
        "error",
        ("folder", "doing", "seconds"),
        "The daemon waits for a file system that does not respond; no specs are claimed meanwhile.",
    ),
    LogEvent(
        "loop_goes_on", "info", ("folder", "doing", "seconds"), "The file system has responded."
    ),
    LogEvent(
        "watch_restarted",
        "warning",
        ("replaced", "works"),
        "The watch on pending/ had failed, or pending/ was replaced; works says whether changes "
        "are reported again.",
    ),
)
