"""Finds Resolve's scripting module, by one rule.

The rule, first match: what RESOLVE_SCRIPT_API and RESOLVE_SCRIPT_LIB name; else the places that
Resolve's scripting README documents for this system. A variable with a wrong path is an error:
the search ends there. Resolve itself is not used here: see `engines.resolve.run`.
"""

import hashlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.plan.resolve_session import ResolveInstallation, ResolveOrigin

_MODULE: Final = "DaVinciResolveScript.py"


_MACOS_APPLICATION: Final = "/Applications/DaVinci Resolve/DaVinci Resolve.app/Contents"
#: the documented places of the API's folder and of its library
_MACOS: Final = (
    (
        "/Library/Application Support/Blackmagic Design/DaVinci Resolve/Developer/Scripting",
        f"{_MACOS_APPLICATION}/Libraries/Fusion/fusionscript.so",
    ),
)
_LINUX: Final = (
    ("/opt/resolve/Developer/Scripting", "/opt/resolve/libs/Fusion/fusionscript.so"),
    ("/home/resolve/Developer/Scripting", "/home/resolve/libs/Fusion/fusionscript.so"),
)


def locate(environment: Mapping[str, str]) -> ResolveInstallation:
    """Apply the rule; raise JobFailed with RESOLVE_UNAVAILABLE when nothing is found."""
    api = environment.get("RESOLVE_SCRIPT_API") or None
    library = environment.get("RESOLVE_SCRIPT_LIB") or None
    origin = ResolveOrigin.ENVIRONMENT if api or library else ResolveOrigin.DOCUMENTED
    for usual_api, usual_library in _MACOS if sys.platform == "darwin" else _LINUX:
        modules = os.path.join(api or usual_api, "Modules")
        script_library = library or usual_library
        files = os.path.join(modules, _MODULE), script_library
        if all(os.path.isabs(file) and os.path.isfile(file) for file in files):
            return ResolveInstallation(
                modules=modules, script_library=script_library, origin=origin
            )
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
            f"{installation.script_library} cannot be read: {error.strerror}.",
        ) from error


def _missing(api: str | None, library: str | None) -> str:
    said = [
        f"{name} is '{value}'"
        for name, value in (("RESOLVE_SCRIPT_API", api), ("RESOLVE_SCRIPT_LIB", library))
        if value
    ]
    if not said:
        return "there is no scripting module in its usual place, and RESOLVE_SCRIPT_API is not set"
    return f"{' and '.join(said)}, and Modules/{_MODULE} or the library is not there"
