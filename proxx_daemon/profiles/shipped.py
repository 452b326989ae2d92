"""Where the files are that ship with Proxx: plain paths, because installers unpack every wheel."""

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
