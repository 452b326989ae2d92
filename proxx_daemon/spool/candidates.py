"""Which names in pending/ are specs: decided by the name alone."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

from proxx_daemon.documents.strict_json import holds_control

#: bytes; leaves room for "-99999.result.json" within the 255 bytes of a name
MAX_NAME_BYTES: Final = 230
SUFFIX: Final = ".json"
RESULT_SUFFIX: Final = ".result.json"
LOG_SUFFIX: Final = ".log"
#: how the hidden entries begin that commands of Proxx have in pending/ for a moment
OWN_PREFIX: Final = ".proxx-"
#: short names of specs that can only be wrong by being the name of a result
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,200}\.json")


def objection(name: str) -> str | None:
    """Return why a name is not a spec's; None when it is one."""
    if _PLAIN.fullmatch(name) and not name.endswith(RESULT_SUFFIX):
        # Nearly every name there is; with 100,000 of them the list below takes a second.
        return None
    reasons = (
        (name.startswith("."), "it is hidden"),
        (name.endswith(RESULT_SUFFIX), "it is named like a result"),
        (not name.endswith(SUFFIX), "its name does not end with .json"),
        (name.startswith(("-", "~", "#")), "it is named like an option or a temporary file"),
        (not _is_unicode(name), "its name is not valid UTF-8"),
        (holds_control(name), "its name holds a control character"),
        ("%" in name or "\\" in name, "its name holds % or a backslash"),
        (
            # What is not valid UTF-8 was refused above.
            len(name.encode("utf-8", "surrogatepass")) > MAX_NAME_BYTES,
            f"its name has more than {MAX_NAME_BYTES} bytes",
        ),
    )
    return next((reason for wrong, reason in reasons if wrong), None)


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def stems(name: str) -> Iterator[str]:
    """Yield the stems under which a spec may be filed, in order: x, x-2, x-3 …, without end."""
    stem = name.removesuffix(SUFFIX)
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"
