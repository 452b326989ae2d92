"""Finds the Pythons of this machine that Proxx promises to run on."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

VERSIONS: Final = ("3.11", "3.12", "3.13", "3.14")
_QUESTION: Final = "import sys, json; print(json.dumps([sys.executable, *sys.version_info[:2]]))"


def find(version: str) -> str | None:
    """Return a program that is that Python and works; None where none is installed."""
    return next((path for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    found = shutil.which(f"python{version}")
    if found:
        yield found
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for folder in sorted(home.glob(f"versions/{version}.*/bin")):
        yield str(folder / "python")


def _is(path: str, version: str) -> bool:
    # A shim of pyenv is there for versions that are not chosen, and only says so.
    done = subprocess.run([path, "-c", _QUESTION], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return False
    _, major, minor = json.loads(done.stdout)
    return f"{major}.{minor}" == version
