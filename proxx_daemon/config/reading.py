"""Reads the configuration of `proxx watch` out of its parsed TOML: every value, or every problem.

Nothing is coerced: a number is no string, and true is no number.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import frozen

from proxx_daemon.config.bounds import (
    LOG_LEVELS,
    LONGEST_SECONDS,
    MOST_NICENESS,
    MOST_WORKERS,
    SHORTEST_SECONDS,
)
from proxx_daemon.config.settings import (
    SETTINGS,
    ConfigProblem,
    InForce,
    SettingKind,
    SettingSource,
    SettingValue,
)
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.errors import FinalStatus

LOG_FORMATS: Final = ("json", "text")
_MOST_CHARACTERS: Final = 4096
_HIGHEST_PORT: Final = 65535
_TABLES: Final = frozenset(key.partition(".")[0] for key in SETTINGS if "." in key)


@frozen(kw_only=True)
class ConfigReading:
    """What a file says."""

    #: by key; only what was right
    values: Mapping[str, SettingValue]
    #: everything that is wrong
    problems: tuple[ConfigProblem, ...]


def read(document: Mapping[str, Any]) -> ConfigReading:
    """Check a parsed file completely."""
    values: dict[str, SettingValue] = {}
    problems: list[ConfigProblem] = []
    for key, value in _flat(document):
        setting = SETTINGS.get(key)
        if setting is None:
            problems.append(_unknown(key, value))
        elif (checked := check(setting.kind, value)) is None:
            problems.append(
                ConfigProblem(
                    path=key,
                    message=f"{key} must be {setting.kind}.",
                    found=printable(value),
                    allowed=str(setting.kind),
                )
            )
        else:
            values[key] = checked
    return ConfigReading(values=values, problems=tuple(problems))


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give every value by its dotted key; a table of another name is one unknown value."""
    for name, value in document.items():
        if name in _TABLES and isinstance(value, dict):
            for inner, each in value.items():
                yield f"{name}.{inner}", each
        else:
            yield name, value


def _unknown(key: str, value: object) -> ConfigProblem:
    name = printable(key, 80)
    if key in _TABLES:
        return ConfigProblem(
            path=name,
            message=f"{name} must be a table.",
            found=printable(value),
            allowed=f"[{name}]",
        )
    table, dot, _ = key.rpartition(".")
    beside = [each for each in SETTINGS if each.rpartition(".")[0] == table]
    if not dot:
        beside += sorted(f"[{each}]" for each in _TABLES)
    return ConfigProblem(
        path=name,
        message=f"{name} is not a setting.",
        found=printable(value),
        allowed=", ".join(beside),
    )


def check(kind: SettingKind, value: object) -> SettingValue:
    """Give a value as it is used; None for one that is refused."""
    return _CHECKS[kind](value)


def _text(value: object) -> str | None:
    good = isinstance(value, str) and 0 < len(value) <= _MOST_CHARACTERS and value.isprintable()
    return str(value) if good else None


def _path(value: object) -> str | None:
    text = _text(value)
    return text if text is not None and text.startswith("/") else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= MOST_WORKERS else None


def _niceness(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= MOST_NICENESS else None


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # NaN fails both comparisons.
    return float(value) if SHORTEST_SECONDS <= value <= LONGEST_SECONDS else None


def _sha256(value: object) -> str | None:
    text = _text(value)
    return text if text is not None and re.fullmatch("[0-9a-f]{64}", text) else None


def _one_of(allowed: tuple[str, ...]) -> Callable[[object], str | None]:
    return lambda value: str(value) if isinstance(value, str) and value in allowed else None


def _address(value: object) -> str | None:
    text = _text(value)
    return text if text is not None and address(text) is not None else None


def address(text: str) -> tuple[str, int] | None:
    """Split HOST:PORT; None where it is not one, or not on this machine alone."""
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not colon or not port.isascii() or not port.isdigit():
        return None
    if not 1 <= int(port[:6]) <= _HIGHEST_PORT or len(port) > len(str(_HIGHEST_PORT)):
        return None
    if host == "localhost":
        return "127.0.0.1", int(port)
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return None
    bracketed = host.startswith("[") and host.endswith("]")
    if not parsed.is_loopback or bracketed != (parsed.version == 6):  # noqa: PLR2004
        return None
    return bare, int(port)


def _command(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value:
        return None
    words = [_text(each) for each in value]
    if any(word is None for word in words) or _path(value[0]) is None:
        return None
    return tuple(str(word) for word in words)


def _webhook(value: object) -> str | None:
    text = _text(value)
    if text is None or " " in text or not text.isascii():
        return None
    try:
        parts = urlsplit(text)
        port_is_good = parts.port != 0
    except ValueError:
        return None
    good = parts.scheme in ("http", "https") and bool(parts.hostname) and port_is_good
    return text if good else None


def _statuses(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value:
        return None
    if any(each not in tuple(FinalStatus) for each in value) or len(set(value)) != len(value):
        return None
    return tuple(value)


_CHECKS: Final[Mapping[SettingKind, Callable[[object], SettingValue]]] = MappingProxyType(
    {
        SettingKind.PATH: _path,
        SettingKind.COUNT: _count,
        SettingKind.SECONDS: _seconds,
        SettingKind.NICENESS: _niceness,
        SettingKind.VERSION: _text,
        SettingKind.SHA256: _sha256,
        SettingKind.LOG_LEVEL: _one_of(LOG_LEVELS),
        SettingKind.LOG_FORMAT: _one_of(LOG_FORMATS),
        SettingKind.ADDRESS: _address,
        SettingKind.COMMAND: _command,
        SettingKind.WEBHOOK: _webhook,
        SettingKind.STATUSES: _statuses,
    }
)


def merge(sources: Mapping[SettingSource, Mapping[str, SettingValue]]) -> dict[str, InForce]:
    """Decide what holds: for each setting the first source, in the order of `SettingSource`.

    A value of None counts as not said.
    """
    merged = {}
    for key, setting in SETTINGS.items():
        found = InForce(setting=setting, value=setting.default, source=SettingSource.DEFAULT)
        for source in SettingSource:
            value = sources.get(source, {}).get(key)
            if value is not None:
                found = InForce(setting=setting, value=value, source=source)
                break
        merged[key] = found
    return merged
