"""Tells camera RAW on disk: one file, one frame of an image sequence, or a folder of frames.

RAW is recognised by extension, because FFmpeg cannot be relied on to read any of it; what it
does read (ProRes RAW in MOV) is recognised by its codec in `source.routing`.
"""

import os
import stat

from proxx_daemon.source.routing import raw_by_name


def raw_format(path: str) -> str | None:
    """Name the camera RAW format of an existing source; None for everything else.

    A folder is RAW when any visible file in it is: sound and side-car files lie beside frames.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return raw_by_name(path)
        if stat.S_ISDIR(mode):
            visible = sorted(name for name in os.listdir(path) if not name.startswith("."))
            return next((found for name in visible if (found := raw_by_name(name))), None)
    except OSError:
        return None
    return None
