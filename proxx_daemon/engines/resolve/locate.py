"""Finds Resolve's scripting module, by one rule.

The rule, first match: what RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB name; else the places that
Resolve's scripting README documents for this system. A variable that names nothing is an error,
never a reason to look further. Nothing is asked of Resolve here: see `engines.resolve.run`.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.plan.resolve_session import ResolveInstallation, ResolveOrigin

_MODULE: Final = "DaVinciResolveScript.py"


@frozen
class _Place:
    """Where one kind of installation puts the module and its library."""

    #: folder of the API, as RESOLVE_SCRIPT_API names it
    api: str
    #: the library, as RESOLVE_SCRIPT_LIB names it
    script_library: str


_MACOS: Final = (
    _Place(
        "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting",
        "/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents/Libraries/Fusion/"
        "fusionscript.so",
    ),
)
_LINUX: Final = (
    _Place("/opt/resolve/Developer/Scripting", "/opt/resolve/libs/Fusion/fusionscript.so"),
    _Place("/home/resolve/Developer/Scripting", "/home/resolve/libs/Fusion/fusionscript.so"),
)


def locate(environment: Mapping[str, str]) -> ResolveInstallation:
    """Apply the rule; raise JobFailed with RESOLVE_UNAVAILABLE when nothing is found."""
    api = environment.get("RESOLVE_SCRIPT_API") or None
    library = environment.get("RESOLVE_SCRIPT_LIB") or None
    places = _MACOS if sys.platform == "darwin" else _LINUX
    for place in places:
        found = _installation(
            _Place(api or place.api, library or place.script_library),
            ResolveOrigin.ENVIRONMENT if api or library else ResolveOrigin.DOCUMENTED,
        )
        if found is not None:
            return found
    raise failed(
        Code.RESOLVE_UNAVAILABLE, f"DaVinci Resolve was not found: {_missing(api, library)}."
    )


def sha256_of(installation: ResolveInstallation) -> str:
    """Hash the scripting library; raise JobFailed when it cannot be read."""
    try:
        with Path(installation.script_library).open("rb") as library:
            return hashlib.file_digest(library, "sha256").hexdigest()
    except OSError as error:
        raise failed(
            Code.RESOLVE_MODULE_UNUSABLE,
            f"{installation.script_library} cannot be read: {os.strerror(error.errno or 0)}.",
        ) from error


def _installation(place: _Place, origin: ResolveOrigin) -> ResolveInstallation | None:
    modules = os.path.join(place.api, "Modules")
    absolute = os.path.isabs(place.api) and os.path.isabs(place.script_library)
    there = os.path.isfile(os.path.join(modules, _MODULE)) and os.path.isfile(place.script_library)
    if not (absolute and there):
        return None
    return ResolveInstallation(modules=modules, script_library=place.script_library, origin=origin)


def _missing(api: str | None, library: str | None) -> str:
    said = [
        f"{name} is '{value}'"
        for name, value in (("RESOLVE_SCRIPT_API", api), ("RESOLVE_SCRIPT_LIB", library))
        if value
    ]
    if not said:
        return "there is no scripting module in its usual place, and RESOLVE_SCRIPT_API is not set"
    return f"{' and '.join(said)}, and Modules/{_MODULE} or the library is not there"
