"""Keeps out of the start of a command what would be done for nothing.

structlog imports rich, and pygments with it, wherever they are installed, for coloured
tracebacks that Proxx never prints: a tenth of a second of every command, and megabytes of every
daemon. Without rich it does without them, by its own rule. Proxx itself imports rich where a
person looks on, and only then.

While modules are imported nothing becomes garbage, yet Python searches for it again and again:
a twentieth of the start. What was imported stays, and need not be searched later either.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_RICH: Final = "rich"


@contextmanager
def lean_imports() -> Iterator[None]:
    """Let nothing that is imported meanwhile find rich, and no garbage be searched for."""
    known = sys.modules.get(_RICH)
    sys.modules[_RICH] = None  # type: ignore[assignment]
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        del sys.modules[_RICH]
        if known is not None:
            sys.modules[_RICH] = known
