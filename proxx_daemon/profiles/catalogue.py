"""Loads the ten canonical profiles into frozen values behind a read-only mapping."""

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from proxx_daemon.profiles import reading, shipped
from proxx_daemon.profiles.profile import CanonicalProfile


@cache
def profiles() -> Mapping[str, CanonicalProfile]:
    """Give every canonical profile by name, FFmpeg's first, in alphabetical order; read once.

    Raises ValueError when a file is not a profile: Proxx does not start with a broken one.
    """
    return load(shipped.folder("canonical"))


def load(folder: str | os.PathLike[str]) -> Mapping[str, CanonicalProfile]:
    """Read every profile of a folder, in the order of `profiles`.

    Raises ValueError, which names the file, when one is not a profile.
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
