"""The settings: one table, of which each field of `Settings` is a row.

Validation, `--help`, `--check-config` and the page on the configuration follow from it. No setting
changes what is in a proxy; the engine, which does, is named, pinned and recorded in every result.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import field, fields, frozen

from proxx_daemon.config import kinds
from proxx_daemon.config.kinds import Kind
from proxx_daemon.engines.engine import EnginePin

#: seconds between scans when events come in too
SCAN_SECONDS: Final = 10.0


@frozen(kw_only=True)
class Setting:
    """A row of the table."""

    #: its field of `Settings`; with `_` for `-`, its flag
    name: str
    #: `section.name` of the TOML file, or `name` at its top
    key: str
    #: what its value may be
    kind: Kind
    #: what holds where nobody says anything; None is off, or chosen by Proxx
    default: Any
    #: what it does, in one or two sentences
    help: str
    #: the argument of `proxx watch` that says the same; None where there is none
    flag: str | None
    #: the environment variable that says the same; None where there is none
    variable: str | None


def _setting(
    key: str,
    kind: Kind,
    default: Any,
    help: str,  # noqa: A002 - argparse calls it so too
    *,
    flag: str | None = None,
    variable: str | None = None,
) -> Any:
    row = {"key": key, "kind": kind, "help": help, "flag": flag, "variable": variable}
    return field(default=default, metadata=row)


@frozen(kw_only=True)
class Settings:
    """The operator's choices: their values as they are used."""

    folder: str | None = _setting(
        "folder", kinds.PATH, None, "The watch folder, which must exist.", flag="FOLDER"
    )
    max_workers: int = _setting(
        "max_workers", kinds.whole(1, 64), 1, "Jobs at a time.", flag="--max-workers"
    )
    poll_seconds: float | None = _setting(
        "poll_seconds",
        kinds.SECONDS,
        None,
        "Scan pending/ at this interval and ignore file system events (network shares). If it is "
        f"not set, events are used, with a scan every {SCAN_SECONDS:g} s.",
        flag="--poll-seconds",
    )
    settle_seconds: float = _setting(
        "settle_seconds",
        kinds.SECONDS,
        2.0,
        "Time for which the size and times of a spec must not change before it is taken, if the "
        "system cannot tell whether a program still writes it.",
    )
    grace_seconds: float = _setting(
        "grace_seconds",
        kinds.SECONDS,
        60.0,
        "Time for running jobs to finish after SIGTERM or SIGINT.",
        flag="--grace-seconds",
    )
    hash_sources: bool = _setting(
        "hash_sources",
        kinds.SWITCH,
        False,  # noqa: FBT003 - the default
        "Hash every byte of each source, and add the hash to the result.",
        variable="PROXX_HASH_SOURCES",
    )
    probe_seconds: float = _setting(
        # A header is read in milliseconds; a sleeping disk array wakes in twenty seconds.
        "timeouts.probe_seconds",
        kinds.SECONDS,
        120.0,
        "Time limit for one probe of a file.",
        variable="PROXX_PROBE_SECONDS",
    )
    stall_seconds: float = _setting(
        # A sleeping disk array takes a minute.
        "timeouts.stall_seconds",
        kinds.SECONDS,
        300.0,
        "An engine that makes no progress for this time is ended. A job is ended if the volume of "
        "a source or an output does not answer for this time.",
        variable="PROXX_STALL_SECONDS",
    )
    engine_seconds: float = _setting(
        "timeouts.engine_seconds",
        kinds.SECONDS,
        86400.0,
        "An engine that takes longer for one clip is ended.",
        variable="PROXX_ENGINE_SECONDS",
    )
    ffmpeg: str | None = _setting(
        "engine.ffmpeg",
        kinds.PATH,
        None,
        "The ffmpeg to use, with its ffprobe in the same folder. If it is not set, Proxx takes "
        "the first on PATH, then the embedded one.",
        variable="PROXX_FFMPEG",
    )
    ffmpeg_version: str | None = _setting(
        "engine.ffmpeg_version", kinds.VERSION, None, "Refuse an FFmpeg of any other version."
    )
    ffmpeg_sha256: str | None = _setting(
        "engine.ffmpeg_sha256", kinds.SHA256, None, "Refuse an ffmpeg with any other SHA-256."
    )
    ffprobe_sha256: str | None = _setting(
        "engine.ffprobe_sha256", kinds.SHA256, None, "Refuse an ffprobe with any other SHA-256."
    )
    niceness: int = _setting(
        "engine.niceness",
        kinds.whole(0, 19),
        10,
        "Added to the daemon's own niceness for FFmpeg: a higher value leaves more of the "
        "processor and the disks to other programs.",
        variable="PROXX_ENGINE_NICENESS",
    )
    resolve_lock: str = _setting(
        "resolve.lock",
        kinds.PATH,
        "/tmp/proxx-resolve.lock",  # noqa: S108 - it has to be the same for everybody
        "The file whose lock is the one slot of Resolve on this machine.",
        variable="PROXX_RESOLVE_LOCK",
    )
    resolve_step_seconds: float | None = _setting(
        "resolve.step_seconds",
        kinds.SECONDS,
        None,
        "Time limit for each step in Resolve except the render. If it is not set, each step has "
        "its own limit.",
        variable="PROXX_RESOLVE_STEP_SECONDS",
    )
    log_level: str = _setting(
        "log.level",
        kinds.one_of("debug", "info", "warning", "error"),
        "info",
        "The lowest level that is logged.",
        variable="PROXX_LOG_LEVEL",
    )
    log_format: str | None = _setting(
        "log.format",
        kinds.one_of("json", "text"),
        None,
        "Form of the log on stderr. If it is not set: text on a terminal, else JSON lines.",
    )
    metrics_address: tuple[str, int] | None = _setting(
        "metrics.address",
        kinds.LOOPBACK_ADDRESS,
        None,
        "Serve /metrics and /healthz at this address.",
    )
    notify_command: tuple[str, ...] | None = _setting(
        "notify.command",
        kinds.COMMAND,
        None,
        "Run this program at the end of a job. The path of the result is added as last argument.",
    )
    notify_webhook: str | None = _setting(
        "notify.webhook",
        kinds.WEBHOOK,
        None,
        "POST the result JSON to this address at the end of a job.",
    )
    notify_on: tuple[str, ...] = _setting(
        "notify.on",
        kinds.STATUSES,
        ("COMPLETED", "FAILED", "PARTIAL"),
        "Notify of jobs with these final statuses.",
    )
    notify_seconds: float = _setting(
        "notify.timeout_seconds",
        kinds.SECONDS,
        10.0,
        "Time limit for one notification. It is not repeated.",
    )
    #: handle what is pending, then end; of the command line alone
    once: bool = False
    #: where PATH and the places of Resolve are read from
    environment: Mapping[str, str] = field(factory=dict, repr=False)

    @property
    def scan_seconds(self) -> float:
        """Seconds between scans."""
        return SCAN_SECONDS if self.poll_seconds is None else self.poll_seconds

    @property
    def pin(self) -> EnginePin | None:
        """The only engine that may run; None lets the rule choose."""
        pin = EnginePin(
            version=self.ffmpeg_version,
            sha256=self.ffmpeg_sha256,
            probe_sha256=self.ffprobe_sha256,
        )
        return None if pin == EnginePin() else pin


#: every row by its name, in the order of the documentation
SETTINGS: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        each.name: Setting(name=each.name, default=each.default, **each.metadata)
        for each in fields(Settings)
        if each.metadata
    }
)
