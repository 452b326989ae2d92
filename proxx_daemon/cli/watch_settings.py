"""What holds for `proxx watch`: flags, then the configuration file, then the environment."""

import argparse
import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs
from attrs import frozen

from proxx_daemon.cli import settings
from proxx_daemon.config import reading as config_document
from proxx_daemon.config.options import NotifyOptions, WatchOptions
from proxx_daemon.config.settings import (
    SETTINGS,
    ConfigProblem,
    InForce,
    SettingKind,
    SettingSource,
    SettingValue,
)
from proxx_daemon.engines.engine import EnginePin
from proxx_daemon.failures.errors import FatalError

_MOST_BYTES: Final = 1024 * 1024
#: the setting that each field of the environment's record stands for
_OF_ENVIRONMENT: Final = {
    "engine.ffmpeg": "ffmpeg",
    "log.level": "log_level",
    "engine.niceness": "niceness",
    "timeouts.probe_seconds": "probe_seconds",
    "timeouts.stall_seconds": "stall_seconds",
    "timeouts.engine_seconds": "engine_seconds",
}


@frozen(kw_only=True)
class WatchSettings:
    """Everything that one daemon runs by."""

    #: every setting with its source, by key
    in_force: Mapping[str, InForce]
    #: for the parts that every command has
    common: settings.Settings
    #: for the daemon
    options: WatchOptions

    def value(self, key: str) -> Any:
        """Give the value of a setting; its kind says of which type it is."""
        return self.in_force[key].value

    @property
    def folder(self) -> str:
        """The watch folder. Raises FatalError when nobody named one."""
        folder: str | None = self.value("folder")
        if not folder:
            raise FatalError(
                "no watch folder. Name it on the command line (proxx watch FOLDER), or as "
                "`folder` in the file of --config."
            )
        return os.path.abspath(folder)


def gather(arguments: argparse.Namespace) -> WatchSettings:
    """Read file and environment, and merge; raises FatalError with everything that is wrong."""
    common = settings.read()
    flags: dict[str, SettingValue] = {
        "folder": arguments.folder,
        "max_workers": arguments.max_workers,
        "poll_seconds": arguments.poll_seconds,
        "grace_seconds": arguments.grace_seconds,
    }
    environment: dict[str, SettingValue] = {
        key: getattr(common, name)
        for key, name in _OF_ENVIRONMENT.items()
        if os.environ.get(SETTINGS[key].variable or "")
    }
    merged = config_document.merge(
        {
            SettingSource.FLAG: flags,
            SettingSource.FILE: {} if arguments.config is None else read_file(arguments.config),
            SettingSource.ENVIRONMENT: environment,
        }
    )
    values: dict[str, Any] = {key: each.value for key, each in merged.items()}
    version, sha256 = values["engine.ffmpeg_version"], values["engine.ffmpeg_sha256"]
    return WatchSettings(
        in_force=merged,
        common=attrs.evolve(
            common,
            pin=EnginePin(version=version, sha256=sha256) if version or sha256 else None,
            **{name: values[key] for key, name in _OF_ENVIRONMENT.items()},
        ),
        options=_options(values, once=arguments.once),
    )


def _options(values: Mapping[str, Any], *, once: bool) -> WatchOptions:
    address = values["metrics.address"]
    told = values["notify.command"] or values["notify.webhook"]
    return WatchOptions(
        max_workers=values["max_workers"],
        once=once,
        poll_seconds=values["poll_seconds"],
        settle_seconds=values["settle_seconds"],
        grace_seconds=values["grace_seconds"],
        metrics_address=None if address is None else config_document.address(address),
        notify=None
        if not told
        else NotifyOptions(
            command=values["notify.command"],
            webhook=values["notify.webhook"],
            statuses=frozenset(values["notify.on"]),
            timeout_seconds=values["notify.timeout_seconds"],
        ),
    )


def read_file(path: str) -> Mapping[str, SettingValue]:
    """Read a configuration file; raises FatalError with every problem in it."""
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise FatalError(
            f"the configuration file {path} cannot be read: {reason}. Correct --config, or the "
            "permissions of the file."
        ) from error
    if len(content) > _MOST_BYTES:
        raise FatalError(f"the configuration file {path} has more than 1 MiB. Correct --config.")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise FatalError(
            f"the configuration file {path} is not valid TOML: {error}. Correct that line; "
            "docs/configuration.md shows a complete file."
        ) from error
    reading = config_document.read(document)
    if reading.problems:
        raise FatalError("\n".join(_refusal(path, reading.problems)))
    return reading.values


def _refusal(path: str, problems: tuple[ConfigProblem, ...]) -> Iterator[str]:
    yield f"the configuration file {path} has {len(problems)} problem(s)."
    for problem in problems:
        yield f"  {problem.message}"
        if problem.found is not None:
            yield f"    found:   {problem.found}"
        if problem.allowed is not None:
            yield f"    allowed: {problem.allowed}"
    yield f"  do: correct {path}, then try it with `proxx watch --config {path} --check-config`."


def lines(in_force: Mapping[str, InForce]) -> Iterator[tuple[str, str, str]]:
    """Show every setting: key, value and who said so."""
    for key, each in in_force.items():
        yield key, _shown(each), str(each.source)


def _shown(each: InForce) -> str:
    value = each.value
    if value is None:
        return "-"
    if each.setting.kind is SettingKind.WEBHOOK:
        # The rest of such an address is as good as a password.
        parts = urlsplit(str(value))
        return f"{parts.scheme}://{parts.hostname}/…"
    if isinstance(value, tuple):
        return " ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
