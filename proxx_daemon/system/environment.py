"""Which variables of the environment a child gets: those that are listed here, and no others."""

import os
from collections.abc import Mapping
from typing import Final

#: where programs, their user's home and temporary files are; the language; the time zone
_NAMES: Final = frozenset({"PATH", "HOME", "USER", "TMPDIR", "LANG", "TZ"})
#: the rest of the language, and what the system's loader reads
_PREFIXES: Final = ("LC_", "LD_", "DYLD_")


def passed_on(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that engines and probes get.

    FFmpeg and its libraries read many more: FFREPORT writes a file, FFMPEG_DATADIR and SVT_LOG
    and their kin change what they do. A proxy must depend on none of them, and nobody can list
    them all; so the others are listed.
    """
    return {
        name: environment[name]
        for name in environment
        if name in _NAMES or name.startswith(_PREFIXES)
    }
