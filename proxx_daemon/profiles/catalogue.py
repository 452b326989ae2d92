"""Load the ten canonical profiles into frozen values behind a read-only mapping."""

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from proxx_daemon.profiles import reading
from proxx_daemon.profiles.profile import CanonicalProfile

_HERE: Final = os.path.dirname(os.path.abspath(__file__))


@cache
def profiles() -> Mapping[str, CanonicalProfile]:
    """Return every canonical profile by name, FFmpeg's first, in alphabetical order; read once.

    Raise ValueError if a file is not a profile: Proxx does not start with a broken one.
    """
    return load(shipped_folder("canonical"))


def load(folder: str | os.PathLike[str]) -> Mapping[str, CanonicalProfile]:
    """Return every profile of a folder, in the order of `profiles`.

    Raise ValueError, which names the file, if one is not a profile.
    """
    names = [name for name in os.listdir(folder) if name.endswith(".toml")]
    loaded = [_read(os.path.join(folder, name)) for name in names]
    loaded.sort(key=lambda profile: (profile.engine, profile.name))
    return MappingProxyType({profile.name: profile for profile in loaded})


def _read(path: str) -> CanonicalProfile:
    name = os.path.basename(path)
    try:
        with open(path, "rb") as file:
            document = tomllib.load(file)
    except ValueError as error:
        raise ValueError(f"{name} is not TOML: {error}") from error
    return reading.read(document, file_name=name)


def shipped_folder(kind: str) -> str:
    """Return the folder of a kind of profiles: inside an installed wheel, or of a checkout."""
    packaged = os.path.join(_HERE, "data", kind)
    if os.path.isdir(packaged):
        return packaged
    return os.path.join(os.path.dirname(os.path.dirname(_HERE)), "profiles", kind)
