"""The one validator of settings: flags, the parsed TOML file and the environment in, values out."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from proxx_daemon.config.settings import SETTINGS, Setting, Settings
from proxx_daemon.documents.strict_json import printable

_KEYS: Final = tuple(row.key for row in SETTINGS.values())
_SECTIONS: Final = tuple(dict.fromkeys(key.partition(".")[0] for key in _KEYS if "." in key))
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Origin(StrEnum):
    """Where a value came from; an earlier member wins over a later one."""

    FLAG = "command line"
    FILE = "configuration file"
    ENVIRONMENT = "environment"
    DEFAULT = "default"


@frozen(kw_only=True)
class SettingProblem:
    """One thing that is wrong with what somebody set."""

    #: where it was set
    origin: Origin
    #: one sentence, which names the setting as it is called there
    message: str
    #: the value there, shortened
    found: str
    #: what may be there
    allowed: str


@frozen(kw_only=True)
class Reading:
    """What all sources say together."""

    #: the values that hold; the default where a source is wrong
    settings: Settings
    #: where each value came from, by the name of the setting
    origins: Mapping[str, Origin]
    #: everything that is wrong, overruled values included
    problems: tuple[SettingProblem, ...]

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Return each setting for display: its key, its value and where that came from."""
        for name, row in SETTINGS.items():
            value = getattr(self.settings, name)
            yield row.key, "-" if value is None else row.kind.show(value), self.origins[name]


def read(
    *,
    flags: Mapping[str, str | None] = _NOTHING,
    document: Mapping[str, Any] = _NOTHING,
    environment: Mapping[str, str] = _NOTHING,
) -> Reading:
    """Return the values that hold and every problem of every source.

    `flags` holds the text of each flag by the setting's name, `document` the parsed TOML file.
    None is a flag that was not given; an empty variable counts as not set.
    """
    in_file = dict(_flat(document))
    values: dict[str, Any] = {}
    origins = dict.fromkeys(SETTINGS, Origin.DEFAULT)
    problems = [_unknown(key, value) for key, value in in_file.items() if key not in _KEYS]
    for name, row in SETTINGS.items():
        for origin, called, value, found in _given(row, flags, in_file, environment):
            checked = row.kind.check(value)
            if checked is None:
                message = f"{called} ({origin}) is not valid."
                problems.append(
                    SettingProblem(
                        origin=origin, message=message, found=found, allowed=row.kind.allowed
                    )
                )
            elif name not in values:
                values[name], origins[name] = checked, origin
    return Reading(
        settings=Settings(**values, environment=environment),
        origins=origins,
        problems=tuple(problems),
    )


def _given(
    row: Setting,
    flags: Mapping[str, str | None],
    in_file: Mapping[str, Any],
    environment: Mapping[str, str],
) -> Iterator[tuple[Origin, str, object, str]]:
    """Return, for each source that sets it: its name there, its value, and that for display."""
    flag, variable = flags.get(row.name), environment.get(row.variable or "")
    if row.flag and flag is not None:
        yield Origin.FLAG, row.flag, row.kind.parse(flag), printable(flag) or '""'
    if row.key in in_file:
        yield Origin.FILE, row.key, in_file[row.key], _in_toml(in_file[row.key])
    if row.variable and variable:
        yield Origin.ENVIRONMENT, row.variable, row.kind.parse(variable), printable(variable)


def _in_toml(value: object) -> str:
    """Return a value as a file holds it: a string keeps its quotes."""
    try:
        return printable(json.dumps(value, ensure_ascii=False, default=str))
    except ValueError:
        return "a number that is too long to show"


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return every value by its dotted key; a table of another name is one unknown value."""
    for name, value in document.items():
        if name in _SECTIONS and isinstance(value, dict):
            for inner, each in value.items():
                yield f"{name}.{inner}", each
        else:
            yield name, value


def _unknown(key: str, value: object) -> SettingProblem:
    section, dot, _ = key.rpartition(".")
    beside = [each for each in _KEYS if each.rpartition(".")[0] == section]
    if not dot:
        beside += [f"[{each}]" for each in _SECTIONS]
    return SettingProblem(
        origin=Origin.FILE,
        message=f"{printable(key, 80)} ({Origin.FILE}) is not a setting.",
        found=_in_toml(value),
        allowed=f"[{key}]" if key in _SECTIONS else ", ".join(beside),
    )
