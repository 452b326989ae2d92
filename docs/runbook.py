"""What the runbook adds to the table of failures: where to look, and how the job goes on."""

from collections.abc import Iterator
from typing import Final

from proxx_daemon.failures.codes import Code, FailureClass
from proxx_daemon.failures.table import FAILURES

#: the spec itself is wrong: the same spec fails again, whatever is mended elsewhere
_NEW_SPEC: Final = ("SPEC_", "FIELD_", "PROFILE_", "VERSION_", "TOKEN_", "NAME_", "DNXHD_")
_NEW_SPEC_TOO: Final = frozenset(
    {
        *(Code.VALIDATION_FAILED, Code.SOURCE_MIXED_ENGINES, Code.SOURCE_SIZE_UNSUPPORTED),
        *(Code.SOURCE_RATE_UNSUPPORTED, Code.SOURCE_VARIABLE_RATE, Code.SOURCE_UNSUPPORTED),
        *(Code.AUDIO_UNSUPPORTED, Code.OUTPUT_COLLISION, Code.SOURCE_NOT_A_FILE),
    }
)
#: the spec may be right, and only could not be read
_UNREAD: Final = frozenset({Code.SPEC_UNREADABLE, Code.SPEC_REPLACED, Code.SPEC_NOT_A_FILE})
#: where the cause shows, for codes whose message is not enough
_LOOK: Final = {
    Code.ENGINE_FAILED: "`clips[].engine_log_tail` in the result; all of it in `NAME.log`.",
    Code.ENGINE_KILLED: "`journalctl -k | grep -i oom` on that machine, then `NAME.log`.",
    Code.ENGINE_STALLED: "`NAME.log`; `dmesg` for the volumes of source and output.",
    Code.SOURCE_PICTURE_TOO_LARGE: "`ffprobe` on a machine without jobs; who delivered the file?",
    Code.ENGINE_TIMEOUT: "`NAME.log`; `timeouts.engine_seconds` in the configuration.",
    Code.ENGINE_NOT_STARTED: "`ulimit -a` of the service; `systemctl status` for TasksMax.",
    Code.ENGINE_MISSING: "`proxx doctor --config FILE` names where was looked.",
    Code.ENGINE_UNUSABLE: "`proxx doctor --config FILE`; run the program by hand.",
    Code.ENGINE_PIN_MISMATCH: "`proxx watch --config FILE --check-config`; who updated FFmpeg?",
    Code.ENGINE_LACKS_ENCODER: "`proxx doctor` lists what this build lacks.",
    Code.ENGINE_LACKS_DECODER: "`proxx doctor` lists what this build lacks.",
    Code.VERIFICATION_FAILED: "`clips[].verification`: the rows with `passed` false. The file "
    "that was not published is `clips[].partial_path`.",
    Code.OUTPUT_UNREADABLE: "`clips[].partial_path` with a player; `NAME.log`.",
    Code.OUTPUT_NOT_WRITTEN: "`NAME.log`; is `output_directory` still there?",
    Code.DISK_FULL: "`df -h` and `df -i` for `output_directory` and the watch folder.",
    Code.OUTPUT_NO_SPACE: "`df -h` for `output_directory`; the message has both figures.",
    Code.INTERRUPTED: "The log around `daemon_stopping` or `job_recovered`: who stopped it?",
    Code.CANCELLED: "`.proxx/operator.jsonl` has who, when and the request.",
    Code.SPOOL_IO_ERROR: "`dmesg` for the volume of the watch folder.",
    Code.OUTPUT_IO_ERROR: "`dmesg` for the volume of `output_directory`.",
    Code.INTERNAL_ERROR: "`job_defect` in the log has the traceback.",
    Code.SOURCE_CHANGED: "The file's times; is a copy to it still running?",
    Code.PUBLISH_REFUSED: "`ls -l` of the file that is in the way: owner and time.",
}
_CLASSES: Final = {
    FailureClass.PRE_JOB: "Nothing reached the daemon: `proxx create` printed this.",
    FailureClass.VALIDATION: "Nothing ran and nothing was written. `proxx validate JOB.json` "
    "repeats every check.",
    FailureClass.EXECUTION: "Clips that completed are in place and stay. Partial files are "
    "hidden in the output folder and named in the result.",
}


def lines() -> Iterator[str]:
    """Write the page below its title."""
    yield "For the person who gets the call. Every failed job says its code in four places: the"
    yield "line `job_finished` of the log, `proxx status FOLDER`, `failure.code` in"
    yield "`failed/NAME.result.json`, and the metric `proxx_jobs_total`. Then:"
    yield ""
    yield "1. Read `failure.message` and `failure.action` in the result: they know this case."
    yield "2. Find the code below; look where it says; mend the cause."
    yield "3. Go on as it says. Nothing is retried by itself, and nothing is done differently the"
    yield "   second time."
    yield ""
    yield "When it is not a job but the daemon: `proxx status FOLDER` says what is wrong,"
    yield "`proxx doctor FOLDER` what the machine lacks, and [watch-folder.md](watch-folder.md)"
    yield "what it does when its folder or disk is gone."
    for failure_class, note in _CLASSES.items():
        yield ""
        yield f"## Class `{failure_class}`"
        yield ""
        yield note
        for code, kind in FAILURES.items():
            if kind.failure_class is failure_class:
                yield ""
                yield f"### {code}"
                yield ""
                yield f"{kind.meaning}"
                yield ""
                yield f"- **Do:** {kind.action}"
                if code in _LOOK:
                    yield f"- **Look:** {_LOOK[code]}"
                yield f"- **Then:** {_then(code, failure_class)}"


def _then(code: Code, failure_class: FailureClass) -> str:
    if failure_class is FailureClass.PRE_JOB:
        return "run `proxx create` again."
    if code is Code.INTERNAL_ERROR:
        return "keep the result and the log for the report; do not submit it again before."
    if code in _UNREAD:
        return "drop the spec again: it was not read, and there is nothing to resubmit."
    if code in _NEW_SPEC_TOO or code.startswith(_NEW_SPEC):
        return "drop a corrected JobSpec; the same one would fail again."
    if failure_class is FailureClass.VALIDATION:
        return "`proxx resubmit FOLDER NAME`."
    return "`proxx resubmit FOLDER NAME --failed-clips`; the clips that completed stay."
