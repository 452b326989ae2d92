"""Keeps out of a command what a library would import for nothing.

structlog imports rich, and pygments with it, wherever they are installed, for coloured
tracebacks that Proxx never prints: a tenth of a second of every command, and megabytes of every
daemon. Without rich it does without them, by its own rule. Proxx itself imports rich where a
person looks on, and only then.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_RICH: Final = "rich"


@contextmanager
def without_rich() -> Iterator[None]:
    """Let nothing that is imported meanwhile find rich."""
    known = sys.modules.get(_RICH)
    sys.modules[_RICH] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[_RICH]
        if known is not None:
            sys.modules[_RICH] = known
