"""The page of the log: each event that the code logs, with its level and its fields.

Name, level and fields come from the code itself; the meanings are here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import attrs
from attrs import define, field

import proxx_daemon
from proxx_daemon.monitor.event_log import LINES

_LEVELS: Final = ("debug", "info", "warning", "error")
#: what each event means, in the order of the page
MEANINGS: Final = {
    "daemon_started": (
        "The daemon holds the folder's lock. writer_detection is lease where the kernel reports "
        "that a spec is still open, and settle_time where only the settle time decides."
    ),
    "daemon_ready": (
        "Recovery is over; specs are claimed from now on. events is false where only the periodic"
        " scan finds specs."
    ),
    "daemon_stopping": (
        "A signal came: no more specs are claimed, running jobs get the grace time."
    ),
    "grace_cut_short": "A second signal came: engines are ended now.",
    "daemon_draining": (
        "An operator asked the daemon to finish the running jobs and stop; no more specs are "
        "claimed."
    ),
    "operator_action": (
        "An operator asked for an action (pause, resume, drain, cancel, resubmitted, discarded). "
        "done says whether it was carried out; the level is warning if it was refused. The same "
        "record is in .proxx/operator.jsonl."
    ),
    "request_ignored": (
        "An entry of .proxx/requests is no valid request; moved_to is where it lies now."
    ),
    "request_stuck": (
        "An entry of .proxx/requests can neither be carried out nor moved away, for example because"
        " it belongs to another user. It is tried again at every scan; other requests go on. "
        "Logged once for each reason."
    ),
    "requests_unread": "Operators' requests cannot be read; they wait until the next scan.",
    "notification_failed": (
        "A notification was lost (way: command or webhook). It is not sent again, and the job is "
        "not affected."
    ),
    "status_unpublished": (
        "The status for `proxx status` could not be written; logged once until it can."
    ),
    "listener_failed": (
        "A defect of Proxx: a part of status, metrics, notifications or the terminal does not "
        "work. Jobs are not affected; logged once for each part."
    ),
    "daemon_stopped": "The daemon has released the folder.",
    "orphan_engine_ended": (
        "An engine of an earlier daemon that crashed was still running; it was killed."
    ),
    "journal_file_set_aside": (
        "A file in .proxx/journal cannot be used: it is not a regular file, cannot be read, or "
        "was not written by Proxx. moved_to is where it lies now, null if it could not be moved."
    ),
    "job_recovered": (
        "A spec was found in running/ at the start. filed is where it is now. finished is true if"
        " its result was already durable and only the filing was completed. Otherwise the job"
        " failed as INTERRUPTED; or it had only waited, and its spec is back in pending/."
    ),
    "job_claimed": (
        "A spec was renamed into running/ and given to a worker, or `proxx run` has read it."
    ),
    "job_waits": (
        "The job was given to an executor that queues; its worker is free for other jobs."
    ),
    "job_returned": (
        "Proxx was stopped before anything of the job began; its spec is back in pending/."
    ),
    "resolve_slot_taken": "Another Proxx on this machine uses Resolve; the job waits.",
    "resolve_left_behind": (
        "A project of Proxx may still be in Resolve; the next session removes it."
    ),
    "job_state": "A job entered a state.",
    "job_progress": (
        "How far a running job is; every ten seconds for each job. clip counts from 1."
    ),
    "job_finished": (
        "The one line that describes a finished job completely; error unless it completed."
    ),
    "job_defect": (
        "A defect of Proxx; the job fails as INTERNAL_ERROR. Please report the traceback."
    ),
    "journal_failed": "A state could not be written to the journal; the job is ended and fails.",
    "notes_kept": "The journal of a finished job could not be removed; the next start removes it.",
    "entry_ignored": (
        "An entry in pending/ is not a spec and is left there; logged once for each reason."
    ),
    "batch_unfinished": (
        "A command published a batch and crashed. The daemon cannot move its specs into pending/. "
        "Give it permission there; it tries again at every scan."
    ),
    "spec_stuck": (
        "A spec cannot be renamed (immutable, or of another user in a sticky folder). One in "
        "pending/ is not claimed. One in running/ (entry begins with `running/`) stays there "
        "though its job is over; its result is in place. It is passed over, tried again at every "
        "scan, and named by the health until it can be renamed or is gone. Logged once for each "
        "reason."
    ),
    "left_in_running": (
        "The daemon ends although it could not move these specs of finished jobs. The next start "
        "tries again."
    ),
    "left_in_pending": (
        "--once ends although these specs are still being written, or cannot be renamed."
    ),
    "claiming_stopped": (
        "No specs are claimed until the reason has gone: the folder cannot be used, or too few "
        "processes, threads or open files are free."
    ),
    "claiming_resumed": "The reason has gone: specs are claimed again.",
    "watch_unavailable": (
        "The system reports no changes in pending/; the periodic scan still finds specs."
    ),
    "loop_stuck": (
        "The daemon waits for a file system that does not respond; no specs are claimed meanwhile."
    ),
    "loop_goes_on": "The file system has responded.",
    "watch_restarted": (
        "The watch on pending/ had failed, or pending/ was replaced; works says whether changes "
        "are reported again."
    ),
}


@define
class LogEvent:
    """What the code logs under one constant name."""

    #: debug, info, warning or error; two where it depends on the case
    levels: tuple[str, ...] = ()
    #: fields besides event, level and timestamp, in the order of the calls
    fields: dict[str, None] = field(factory=dict)


def logged() -> dict[str, LogEvent]:
    """Return every event that the code logs, by its name."""
    found = {}
    for record, (level, name, left_out) in LINES.items():
        names = (each.name for each in attrs.fields(record))
        fields = {each: None for each in names if each not in left_out}
        found[name] = LogEvent((level,), fields)
    for path in sorted(Path(proxx_daemon.__file__).parent.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        chosen = tuple(_chosen_levels(tree))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args):
            function, first = call.func, call.args[0]
            if isinstance(function, ast.Attribute) and function.attr in _LEVELS:
                levels: tuple[str, ...] = (function.attr,)
            elif isinstance(function, ast.Name) and function.id == "log":
                levels = chosen
            else:
                continue
            if isinstance(first, ast.Constant):
                event = found.setdefault(str(first.value), LogEvent())
                event.levels = tuple(dict.fromkeys((*event.levels, *levels)))
                event.fields |= dict.fromkeys(_fields(call, tree))
    return found


def _fields(call: ast.Call, tree: ast.Module) -> Iterator[str]:
    """Yield the fields of a call; `**facts` has those of the dictionary with that name."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg
            continue
        name = ast.dump(keyword.value).replace("Load", "Store")
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.dump(node.targets[0]) == name:
                keys = node.value.keys if isinstance(node.value, ast.Dict) else ()
                yield from (str(key.value) for key in keys if isinstance(key, ast.Constant))


def lines() -> Iterator[tuple[str, str, str, str]]:
    """Yield the table's rows: event, level, fields and meaning."""
    found = logged()
    for name, meaning in MEANINGS.items():
        event = found[name]
        fields = ", ".join(f"`{each}`" for each in event.fields)
        yield f"`{name}`", " or ".join(event.levels), fields, meaning


def _chosen_levels(tree: ast.Module) -> Iterator[str]:
    """Yield the levels of a file's `log = _LOG.info if … else _LOG.error`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
            for each in (node.value.body, node.value.orelse):
                if isinstance(each, ast.Attribute) and each.attr in _LEVELS:
                    yield each.attr
