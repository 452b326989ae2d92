"""The failures of DaVinci Resolve and its sessions: a part of the one table, `failure_table`."""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.failures.codes import Code, FailureClass, FailureKind

_B: Final = FailureClass.VALIDATION
_C: Final = FailureClass.EXECUTION
_RESTART: Final = "Look at Resolve's screen for an open dialog; restart it; submit the job again."

RESOLVE_BEFORE: Final[Mapping[Code, FailureKind]] = {
    Code.RESOLVE_UNAVAILABLE: FailureKind(
        _B,
        "The job needs DaVinci Resolve, and its scripting module is not where the rule looks.",
        "Install DaVinci Resolve Studio on this machine, or set RESOLVE_SCRIPT_API and "
        "RESOLVE_SCRIPT_LIB; docs/resolve.md says how.",
    ),
    Code.RESOLVE_MODULE_UNUSABLE: FailureKind(
        _B,
        "Resolve's scripting module is there and cannot be loaded.",
        "Use a Resolve release that supports this Python; the message has the module's words.",
    ),
    Code.RESOLVE_NOT_RUNNING: FailureKind(
        _B,
        "DaVinci Resolve is installed and not running; Proxx never starts it.",
        "Start DaVinci Resolve Studio (with -nogui where nobody works at it), then submit again.",
    ),
    Code.RESOLVE_SCRIPTING_OFF: FailureKind(
        _B,
        "Resolve is running and lets no program from outside speak to it.",
        "In Resolve Studio set Preferences, System, General, External scripting using to Local. "
        "The free edition has no such setting: RAW needs Studio.",
    ),
    Code.RESOLVE_FREE_EDITION: FailureKind(
        _B,
        "The Resolve that runs is the free edition; Proxx needs DaVinci Resolve Studio.",
        "Start DaVinci Resolve Studio instead.",
    ),
    Code.RESOLVE_NOT_ANSWERING: FailureKind(
        _B, "Resolve did not answer before the job was begun.", _RESTART
    ),
    Code.RESOLVE_IN_USE: FailureKind(
        _B,
        "Somebody has a project open in this Resolve, and Proxx never closes it.",
        "Save and close that project, or give Proxx a machine of its own, then submit again.",
    ),
    Code.RESOLVE_PRESET_MISSING: FailureKind(
        _B,
        "Resolve has no render preset of the profile's name.",
        "Create the preset as docs/resolve.md describes it; its name must match exactly.",
    ),
}

RESOLVE_DURING: Final[Mapping[Code, FailureKind]] = {
    Code.RESOLVE_CONNECT_FAILED: FailureKind(
        _C,
        "Resolve answered when the job was checked, and the session could not connect.",
        "Find out who quit Resolve or changed its preferences; submit the job again.",
    ),
    Code.RESOLVE_NOT_ALIVE: FailureKind(
        _C, "Resolve gives a connection and does not answer on it.", _RESTART
    ),
    Code.RESOLVE_LEFTOVER: FailureKind(
        _C,
        "A project that an earlier session left in Resolve could not be removed.",
        "Delete the projects whose names begin with proxx-session- by hand.",
    ),
    Code.RESOLVE_PROJECT_FAILED: FailureKind(
        _C,
        "Resolve did not create a project for the clip.",
        "Check that the project database can be written and that nobody opened a project.",
    ),
    Code.RESOLVE_IMPORT_FAILED: FailureKind(
        _C,
        "Resolve did not import the source, or does not know its frames, rate or size.",
        "Open the source in Resolve by hand: it may be damaged, or need a newer Resolve.",
    ),
    Code.RESOLVE_RATE_MISMATCH: FailureKind(
        _C,
        "The clip has another frame rate than fps_explicit; no rate is converted in Resolve.",
        "Leave fps_mode out, or set fps_explicit to the clip's own rate.",
    ),
    Code.RESOLVE_SETTING_REFUSED: FailureKind(
        _C,
        "Resolve refused the clip's frame rate or size as a setting of our project.",
        "Check that the project settings of this Resolve offer the rate in the message.",
    ),
    Code.RESOLVE_TIMELINE_FAILED: FailureKind(
        _C,
        "Resolve made no timeline of the clip, or one without its timecode or all its audio.",
        "Make a timeline of this source by hand and compare it with the message.",
    ),
    Code.RESOLVE_PRESET_FAILED: FailureKind(
        _C,
        "Resolve did not load the render preset.",
        "Load the preset on the Deliver page by hand; create it anew if that fails.",
    ),
    Code.RESOLVE_TARGET_REFUSED: FailureKind(
        _C,
        "Resolve refused folder, name or frame size of the output.",
        "Check that the user who runs Resolve may write there and the preset allows the size.",
    ),
    Code.RESOLVE_QUEUE_FAILED: FailureKind(
        _C,
        "Resolve did not take the render job into its queue.",
        "Add a job with this preset by hand: Resolve then says what it lacks.",
    ),
    Code.RESOLVE_START_FAILED: FailureKind(
        _C, "Resolve did not start the render job.", "See whether another render is running there."
    ),
    Code.RESOLVE_RENDER_FAILED: FailureKind(
        _C,
        "Resolve reports that the render failed.",
        "Act on Resolve's own words in the message; render the source by hand to see more.",
    ),
    Code.RESOLVE_RENDER_CANCELLED: FailureKind(
        _C, "Somebody cancelled the render in Resolve.", "Ask who it was, then submit again."
    ),
    Code.RESOLVE_STATUS_LOST: FailureKind(
        _C,
        "Resolve gave no usable status of the running render.",
        "See whether Resolve has crashed; set its language to English; submit the job again.",
    ),
    Code.RESOLVE_STALLED: FailureKind(
        _C,
        "The render made no progress for the whole stall time and was ended.",
        _RESTART,
    ),
    Code.RESOLVE_TIMEOUT: FailureKind(
        _C,
        "The render ran longer than the time limit of an engine and was ended.",
        "Check the machine's load, or raise the limit for sources this long.",
    ),
    Code.RESOLVE_SESSION_DIED: FailureKind(
        _C,
        "The session that speaks to Resolve died: its library crashed, or somebody ended it.",
        "Read the last lines of the session's log in the result; restart Resolve.",
    ),
}
