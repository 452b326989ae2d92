"""The configuration of `proxx watch`: every setting, where it may come from, what it means.

One table: the reader, `--check-config` and the documentation all come out of it. No setting
changes what a job produces; the engine that does is named, pinned and recorded in every result.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from proxx_daemon.config.bounds import (
    LONGEST_SECONDS,
    MOST_NICENESS,
    MOST_WORKERS,
    NICENESS,
    SHORTEST_SECONDS,
)

#: what a value of a setting may be
SettingValue = str | int | float | tuple[str, ...] | None


class SettingKind(StrEnum):
    """How a value is checked."""

    PATH = "an absolute path"
    COUNT = f"a whole number from 1 to {MOST_WORKERS}"
    SECONDS = f"a number of seconds from {SHORTEST_SECONDS:g} to {LONGEST_SECONDS:g}"
    VERSION = "the version as `ffmpeg -version` prints it"
    SHA256 = "64 lower-case hexadecimal digits"
    NICENESS = f"a whole number from 0 to {MOST_NICENESS}"
    LOG_LEVEL = "debug, info, warning or error"
    LOG_FORMAT = "json or text"
    ADDRESS = "HOST:PORT with a loopback host (127.0.0.1, [::1] or localhost)"
    COMMAND = "a list of strings that starts with an absolute path"
    WEBHOOK = "an http:// or https:// URL"
    STATUSES = "a list of COMPLETED, FAILED and PARTIAL, each at most once"


class SettingSource(StrEnum):
    """Where a value came from; an earlier member wins over a later one."""

    FLAG = "command line"
    FILE = "configuration file"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@frozen(kw_only=True)
class Setting:
    """One thing that an operator may say."""

    #: `table.name` of the TOML file, or `name` at its top
    key: str
    #: how its value is checked
    kind: SettingKind
    #: what holds where nobody says anything
    default: SettingValue
    #: the option of `proxx watch` that says the same; None where there is none
    flag: str | None = None
    #: the environment variable that says the same; None where there is none
    variable: str | None = None
    #: what it decides, one sentence
    meaning: str


@frozen(kw_only=True)
class InForce:
    """A setting with the value that holds."""

    #: which
    setting: Setting
    #: None where the setting is off
    value: SettingValue
    #: who said so
    source: SettingSource


@frozen(kw_only=True)
class ConfigProblem:
    """One thing that is wrong with a configuration file."""

    #: the setting's key; empty for the file itself
    path: str
    #: one sentence
    message: str
    #: what stands there, shortened; None where nothing does
    found: str | None = None
    #: what may stand there; None where that cannot be listed
    allowed: str | None = None


_EVERY: Final = (
    Setting(
        key="folder",
        kind=SettingKind.PATH,
        default=None,
        flag="FOLDER",
        meaning="The watch folder; it must exist.",
    ),
    Setting(
        key="max_workers",
        kind=SettingKind.COUNT,
        default=1,
        flag="--max-workers",
        meaning="Jobs at a time.",
    ),
    Setting(
        key="poll_seconds",
        kind=SettingKind.SECONDS,
        default=None,
        flag="--poll-seconds",
        meaning="Scan `pending/` this often and listen to no events (network shares); where it "
        "is not set, events count and a scan every 10 s makes sure.",
    ),
    Setting(
        key="settle_seconds",
        kind=SettingKind.SECONDS,
        default=2.0,
        meaning="How long a spec must keep its size and times where the system cannot tell "
        "whether somebody still writes it.",
    ),
    Setting(
        key="grace_seconds",
        kind=SettingKind.SECONDS,
        default=60.0,
        flag="--grace-seconds",
        meaning="Time for running jobs after SIGTERM or SIGINT.",
    ),
    Setting(
        key="timeouts.probe_seconds",
        kind=SettingKind.SECONDS,
        default=120.0,
        variable="PROXX_PROBE_SECONDS",
        meaning="Limit of one probe of a file.",
    ),
    Setting(
        key="timeouts.stall_seconds",
        kind=SettingKind.SECONDS,
        default=300.0,
        variable="PROXX_STALL_SECONDS",
        meaning="An engine without progress for so long is ended.",
    ),
    Setting(
        key="timeouts.engine_seconds",
        kind=SettingKind.SECONDS,
        default=86400.0,
        variable="PROXX_ENGINE_SECONDS",
        meaning="An engine that takes longer for one clip is ended.",
    ),
    Setting(
        key="engine.ffmpeg",
        kind=SettingKind.PATH,
        default=None,
        variable="PROXX_FFMPEG",
        meaning="The ffmpeg to use; its ffprobe lies beside it. Where it is not set, PATH and "
        "then the embedded one (docs/engine.md).",
    ),
    Setting(
        key="engine.ffmpeg_version",
        kind=SettingKind.VERSION,
        default=None,
        meaning="Refuse every FFmpeg of another version.",
    ),
    Setting(
        key="engine.ffmpeg_sha256",
        kind=SettingKind.SHA256,
        default=None,
        meaning="Refuse every ffmpeg program with another SHA-256.",
    ),
    Setting(
        key="engine.niceness",
        kind=SettingKind.NICENESS,
        default=NICENESS,
        variable="PROXX_ENGINE_NICENESS",
        meaning="How far FFmpeg gives way to everything else, in computing and on disks: added "
        "to the daemon's own niceness.",
    ),
    Setting(
        key="log.level",
        kind=SettingKind.LOG_LEVEL,
        default="info",
        variable="PROXX_LOG_LEVEL",
        meaning="The least level that is logged.",
    ),
    Setting(
        key="log.format",
        kind=SettingKind.LOG_FORMAT,
        default=None,
        meaning="Form of the log on stderr; where it is not set, text on a terminal and JSON "
        "lines everywhere else.",
    ),
    Setting(
        key="metrics.address",
        kind=SettingKind.ADDRESS,
        default=None,
        meaning="Serve /metrics and /healthz there; off where it is not set.",
    ),
    Setting(
        key="notify.command",
        kind=SettingKind.COMMAND,
        default=None,
        meaning="Run this at the end of a job, with the path of its result as last argument.",
    ),
    Setting(
        key="notify.webhook",
        kind=SettingKind.WEBHOOK,
        default=None,
        meaning="POST the result JSON there at the end of a job.",
    ),
    Setting(
        key="notify.on",
        kind=SettingKind.STATUSES,
        default=("COMPLETED", "FAILED", "PARTIAL"),
        meaning="Final statuses that are told.",
    ),
    Setting(
        key="notify.timeout_seconds",
        kind=SettingKind.SECONDS,
        default=10.0,
        meaning="Limit of one notification; it is not sent again.",
    ),
)

#: every setting by its key, in the order of the documentation
SETTINGS: Final = MappingProxyType({setting.key: setting for setting in _EVERY})
