"""Runs `proxx` and sends it a signal at one exact moment.

Arguments: the moment, the signal's number, then the command line of proxx. The moment is
`import:MODULE` (that module is about to be imported), `import:N` (the N-th import of Proxx's own
after its entry), `call:FUNCTION` (a function of that name is called for the first time), or
`inside:FUNCTION` (it calls into C, the first five times: signals that follow each other closely).
"""

import os
import runpy
import sys
import threading
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import FrameType, ModuleType
from typing import Any


class _AtImport(MetaPathFinder):
    """Sends the signal when the import is looked for."""

    def __init__(self, which: str, number: int) -> None:
        self._which = which
        self._number = number
        self._seen = 0

    def find_spec(
        self,
        name: str,
        _path: Sequence[str] | None,
        _target: ModuleType | None = None,
    ) -> None:
        begun = hasattr(sys.modules.get("proxx_daemon.cli.main"), "entry")
        if begun and name.startswith("proxx_daemon."):
            self._seen += 1
            if self._which in (name, str(self._seen)):
                os.kill(os.getpid(), self._number)


class _AtFunction:
    """Sends the signal when a function is called, or whenever it calls into C."""

    def __init__(self, function: str, event: str, times: int, number: int) -> None:
        self._function = function
        self._event = event
        self._number = number
        self._left = times

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        if event == self._event and frame.f_code.co_name == self._function and self._left:
            self._left -= 1
            os.kill(os.getpid(), self._number)


def main() -> None:
    kind, _, which = sys.argv[1].partition(":")
    number = int(sys.argv[2])
    if kind == "import":
        sys.meta_path.insert(0, _AtImport(which, number))
    else:
        event, times = ("call", 1) if kind == "call" else ("c_call", 5)
        profile = _AtFunction(which, event, times, number)
        threading.setprofile(profile)
        sys.setprofile(profile)
    sys.argv[1:] = sys.argv[3:]
    runpy.run_module("proxx_daemon", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
