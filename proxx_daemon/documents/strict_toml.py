"""TOML that costs what its size explains: Python's own reader needs hours for one long key."""

import re
import tomllib
from typing import Any, Final

#: names of a dotted key; Python reads keys in quadratic time
_MOST_NAMES: Final = 32
#: strings of all four kinds, and comments: dots in them are text
_TEXT: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"""'
    r"|'''.*?'''"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_LONG_KEY: Final = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{_MOST_NAMES}}}")


def parse(text: str) -> dict[str, Any]:
    """Return the table that a TOML document is; raise ValueError with what is wrong with it."""
    # A quoted name is one too.
    if _LONG_KEY.search(_TEXT.sub("s", text)):
        raise ValueError(f"a key has more than {_MOST_NAMES} names")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
