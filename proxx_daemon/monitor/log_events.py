"""The vocabulary of the log: every event with its level, its fields and what it means.

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
    #: debug, info, warning or error; "info or error" where the case decides
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
        "The daemon has the folder's lock; writer_detection says whether the kernel tells when "
        "a spec is still open (lease) or the settle time alone decides.",
    ),
    LogEvent(
        "daemon_ready",
        "info",
        ("folder", "events", "scan_seconds"),
        "Recovery is over; specs are claimed from now on.",
    ),
    LogEvent(
        "daemon_stopping",
        "info",
        ("signal", "running", "grace_seconds"),
        "A signal came: nothing more is claimed, running jobs get the grace time.",
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
        "An operator asked the daemon to finish what runs and end; nothing more is claimed.",
    ),
    LogEvent(
        "operator_action",
        "info or warning",
        ("action", "job", "new_job", "by", "done", "message", "request"),
        "An operator asked for something (pause, resume, drain, cancel, resubmitted); done says "
        "whether it was carried out, warning where it was refused. The same stands in "
        ".proxx/operator.jsonl.",
    ),
    LogEvent(
        "request_ignored",
        "warning",
        ("request", "reason"),
        "A file in .proxx/requests was no request; it was removed.",
    ),
    LogEvent(
        "requests_unread",
        "error",
        ("folder", "reason"),
        "Operators' requests cannot be read or answered; they wait for the next look.",
    ),
    LogEvent(
        "notification_failed",
        "warning",
        ("spec", "job_id", "way", "reason"),
        "The end of a job could not be told (way: command, webhook, or the queue before both); "
        "it is not tried again and changes nothing about the job.",
    ),
    LogEvent(
        "status_unpublished",
        "warning",
        ("folder", "reason"),
        "The status for `proxx status` could not be written; said once until it can.",
    ),
    LogEvent("daemon_stopped", "info", ("folder",), "The daemon has let go of the folder."),
    LogEvent(
        "orphan_engine_ended",
        "warning",
        ("process_group",),
        "An engine of a daemon that died was found and killed.",
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
        "A spec was found in running/ at the start; finished says whether its result had been "
        "durable (then only its filing was finished) or it failed as INTERRUPTED.",
    ),
    LogEvent(
        "job_claimed",
        "info",
        ("spec", "attempt_id", "worker"),
        "A spec was renamed into running/ and given to a worker.",
    ),
    LogEvent(
        "job_waits_for_resolve",
        "info",
        ("spec", "attempt_id", "waiting"),
        "The job needs Resolve: it has given its worker back and waits for the one slot.",
    ),
    LogEvent(
        "resolve_slot_taken",
        "info",
        ("job_id",),
        "Another Proxx on this machine has Resolve's slot; the job waits for it.",
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
        "How far a running job is; every ten seconds for each.",
    ),
    LogEvent(
        "job_finished",
        "info or error",
        (
            *("job_id", "attempt_id", "spec", "status", "failure_class", "code", "message"),
            *("profile", "engine", "clips_completed", "clips_total", "output_bytes"),
            *("seconds", "result"),
        ),
        "The one canonical line of every finished job; error unless it completed.",
    ),
    LogEvent(
        "job_defect",
        "error",
        ("job_id", "traceback"),
        "Proxx met something that it does not know; the job fails as INTERNAL_ERROR.",
    ),
    LogEvent(
        "journal_failed",
        "error",
        ("spec", "attempt_id", "reason"),
        "A state could not be written down; the job is ended and fails.",
    ),
    LogEvent(
        "notes_kept",
        "warning",
        ("attempt_id", "reason"),
        "The notes about a finished job could not be removed; the next start does it.",
    ),
    LogEvent(
        "entry_ignored",
        "warning",
        ("entry", "reason"),
        "Something in pending/ is not a spec and is left alone; said once for each reason.",
    ),
    LogEvent(
        "left_in_pending",
        "warning",
        ("entries",),
        "--once ends while these are still being written.",
    ),
    LogEvent(
        "claiming_stopped",
        "error",
        ("folder", "reason"),
        "The folder cannot be used at the moment; nothing is claimed until it can.",
    ),
    LogEvent("claiming_resumed", "info", ("folder",), "The folder can be used again."),
    LogEvent(
        "watch_unavailable",
        "warning",
        ("folders", "reason"),
        "The system gives no events for pending/; the periodic scan finds specs all the same.",
    ),
    LogEvent(
        "loop_stuck",
        "error",
        ("folder", "doing", "seconds"),
        "The daemon waits for a file system that does not answer; nothing is claimed meanwhile.",
    ),
    LogEvent(
        "loop_goes_on",
        "info",
        ("folder", "doing", "seconds"),
        "The file system answered after all.",
    ),
    LogEvent(
        "watch_restarted",
        "warning",
        ("replaced", "works"),
        "The observer had died, or pending/ was replaced; works says whether events come again.",
    ),
)
