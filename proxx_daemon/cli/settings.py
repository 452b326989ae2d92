"""Reads the settings where they are: the command line, the configuration file, the environment."""

import argparse
import errno
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from proxx_daemon.config import reading
from proxx_daemon.config.reading import Origin, Reading, SettingProblem
from proxx_daemon.config.settings import SETTINGS, Settings
from proxx_daemon.documents import strict_toml
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.system import durable

_MOST_BYTES: Final = 1024 * 1024


class SettingsRefused(FatalError):
    """The settings cannot be used: the text holds every problem."""

    def __init__(self, message: str, *, is_usage_error: bool) -> None:
        super().__init__(message)
        #: whether the command line has one of the problems
        self.is_usage_error = is_usage_error


def _refusal(problems: tuple[SettingProblem, ...], path: str | None) -> Iterator[str]:
    yield f"the settings have {len(problems)} problem(s)."
    for problem in problems:
        yield f"  {problem.message}"
        yield f"    found:   {problem.found}"
        yield f"    allowed: {problem.allowed}"
    if path is None:
        yield "  do: correct these values and start the command again."
    else:
        yield f"  do: correct them, then try `proxx watch --config {escaped(path)} --check-config`."


def read() -> Settings:
    """Return the settings of a command that only the environment can change.

    Raise FatalError with every problem.
    """
    return gather(argparse.Namespace(config=None)).settings


def gather(arguments: argparse.Namespace) -> Reading:
    """Return what flags, configuration file and environment say.

    The arguments are those of `watch`, or some of them. Raise FatalError with every problem.
    """
    flags: dict[str, str | None] = {name: getattr(arguments, name, None) for name in SETTINGS}
    if flags["folder"]:
        flags["folder"] = os.path.abspath(flags["folder"])
    found = reading.read(
        flags=flags,
        document={} if arguments.config is None else _document(arguments.config),
        environment=dict(os.environ),
    )
    if found.problems:
        raise SettingsRefused(
            "\n".join(_refusal(found.problems, arguments.config)),
            is_usage_error=any(each.origin is Origin.FLAG for each in found.problems),
        )
    return found


def _document(path: str) -> Mapping[str, Any]:
    try:
        # A FIFO would block, and links are followed on purpose: packages install them.
        content = durable.read_regular(os.path.realpath(path), _MOST_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise FatalError(
                f"the configuration file {escaped(path)} is larger than 1 MiB. Correct --config."
            ) from error
        raise FatalError(
            f"the configuration file {escaped(path)} cannot be read: {error.strerror}. Correct "
            "--config, or the permissions of the file."
        ) from error
    try:
        return strict_toml.parse(content.decode("utf-8"))
    except ValueError as error:
        raise FatalError(
            f"the configuration file {escaped(path)} is not valid TOML: {error}. Correct that line."
        ) from error
