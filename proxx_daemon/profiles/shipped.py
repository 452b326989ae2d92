"""Where the files are that ship with Proxx.

Plain paths: an installer unpacks every wheel, and `importlib.resources`, which also reads out of
archives, took a twentieth of the start of a command.
"""

import os
from typing import Final

_HERE: Final = os.path.dirname(os.path.abspath(__file__))


def folder(kind: str) -> str:
    """Return the folder of a kind of profiles: inside an installed wheel, or of a checkout."""
    packaged = os.path.join(_HERE, "data", kind)
    if os.path.isdir(packaged):
        return packaged
    checkout = os.path.dirname(os.path.dirname(_HERE))
    return os.path.join(checkout, "profiles", kind)
