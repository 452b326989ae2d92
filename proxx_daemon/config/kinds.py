"""What the value of a setting may be: one check for file, command line and environment.

Nothing is coerced: in a file, a number is not a string, and true is not a number.
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import frozen

from proxx_daemon.documents.strict_json import holds_control
from proxx_daemon.failures.errors import FinalStatus

_MOST_CHARACTERS: Final = 4096


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@frozen(kw_only=True)
class Kind:
    """One kind of value."""

    #: what is allowed, as messages and pages say it
    allowed: str
    #: turns a value of a file into the value that is used; None refuses it
    check: Callable[[object], Any]
    #: turns text of the command line or the environment into what a file would hold
    parse: Callable[[str], object] = str
    #: turns a value that is used into one line
    show: Callable[[Any], str] = _show
    #: the least and the greatest value of a number
    bounds: tuple[float, float] | None = None
    #: what --help calls the value
    metavar: str | None = None


def _parse_number(text: str) -> object:
    """Return the number that a text spells; other text as it is, for the check to refuse."""
    if re.fullmatch("[0-9]{1,20}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]*\.[0-9]+", text) else text


def _number(what: str, metavar: str, least: float, most: float, used: type[float]) -> Kind:
    def check(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | used):
            return None
        # NaN fails both comparisons.
        return used(value) if least <= value <= most else None

    return Kind(
        allowed=f"{what} from {least:g} to {most:g}",
        check=check,
        parse=_parse_number,
        bounds=(least, most),
        metavar=metavar,
    )


def whole(least: int, most: int) -> Kind:
    """Return the kind of a whole number within bounds."""
    return _number("a whole number", "N", least, most, int)


def one_of(*words: str) -> Kind:
    """Return the kind of one word out of a few, in any case."""
    return Kind(
        allowed=f"{', '.join(words[:-1])} or {words[-1]}",
        check=lambda value: (
            value.lower() if isinstance(value, str) and value.lower() in words else None
        ),
    )


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_CHARACTERS:
        return None
    return None if holds_control(value) else value


def _path(value: object) -> str | None:
    text = _text(value)
    return text if text is not None and text.startswith("/") else None


def _sha256(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) else None


def _address(value: object) -> tuple[str, int] | None:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    if not re.fullmatch("[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:  # noqa: PLR2004
        return None
    bare = "127.0.0.1" if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        parsed = ipaddress.ip_address(bare)
    except ValueError:
        return None
    good = parsed.is_loopback and host in ("localhost", _show_host(bare))
    return (bare, int(port)) if good else None


def _show_host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _command(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value or _path(value[0]) is None:
        return None
    return None if any(_text(each) is None for each in value) else tuple(value)


def _webhook(value: object) -> str | None:
    text = _text(value)
    if text is None or " " in text or not text.isascii():
        return None
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return text if good else None


def _show_webhook(value: str) -> str:
    # The rest of such an address is as good as a password.
    parts = urlsplit(value)
    return f"{parts.scheme}://{parts.hostname}/…"


def _statuses(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not value:
        return None
    if any(each not in tuple(FinalStatus) for each in value) or len(set(value)) != len(value):
        return None
    return tuple(value)


PATH: Final = Kind(allowed="an absolute path", check=_path)
#: no wait and no limit outside of these makes sense
SECONDS: Final = _number("a number of seconds", "S", 0.05, 7 * 86400.0, float)
SWITCH: Final = Kind(
    allowed="true or false; in the environment also 1 or 0",
    check=lambda value: value if isinstance(value, bool) else None,
    parse={"true": True, "1": True, "false": False, "0": False}.get,
    show=lambda value: str(value).lower(),
)
VERSION: Final = Kind(allowed="the version as `ffmpeg -version` prints it", check=_text)
SHA256: Final = Kind(allowed="64 lower-case hexadecimal digits", check=_sha256)
LOOPBACK_ADDRESS: Final = Kind(
    allowed="HOST:PORT with a loopback host (127.0.0.1, [::1] or localhost)",
    check=_address,
    show=lambda value: f"{_show_host(value[0])}:{value[1]}",
)
COMMAND: Final = Kind(allowed="a list of strings that starts with an absolute path", check=_command)
WEBHOOK: Final = Kind(allowed="an http:// or https:// URL", check=_webhook, show=_show_webhook)
STATUSES: Final = Kind(
    allowed="a list of COMPLETED, FAILED and PARTIAL, each at most once", check=_statuses
)
