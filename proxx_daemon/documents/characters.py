"""Which characters no name may contain."""

import unicodedata
from typing import Final

#: Unicode categories: controls, half surrogate pairs, line and paragraph separators. Unusual
#: spaces and joiners are text: macOS itself writes U+202F into the names of recordings.
_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def holds_control(text: str) -> bool:
    """Whether a text has a character that moves a cursor, ends a line or is half a pair."""
    if text.isascii():
        # In ASCII, exactly the control characters cannot be printed.
        return not text.isprintable()
    return any(unicodedata.category(character) in _REFUSED for character in text)
