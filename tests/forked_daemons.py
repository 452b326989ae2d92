"""Runs many daemons one after another without starting Python for each, and counts their calls.

Wraps `programs/forks_daemons.py`, with `programs/crash_at.c` preloaded where a test crashes
daemons at a numbered call.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from attrs import frozen

_PROGRAMS: Final = Path(__file__).parent / "programs"


def build_crasher(folder: Path) -> Path:
    """Compile the library that crashes a process at its N-th durable call."""
    library = folder / "crash_at.so"
    source = str(_PROGRAMS / "crash_at.c")
    command = ["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), source]
    subprocess.run([*command, "-ldl"], check=True)
    return library


class ForkedDaemons:
    """One process that forks daemons; used by one thread at a time."""

    def __init__(self, environment: Mapping[str, str], crasher: Path | None = None) -> None:
        preload = {"LD_PRELOAD": str(crasher)} if crasher else {}
        self._process = subprocess.Popen(
            [sys.executable, str(_PROGRAMS / "forks_daemons.py")],
            env={**os.environ, "PROXX_LOG_LEVEL": "debug", **environment, **preload},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def once(self, watch: Path, environment: Mapping[str, str] | None = None) -> int:
        """Run `proxx watch --once`; return its exit code, negative for a signal."""
        return self.run(["watch", str(watch), "--once"], watch.parent / "daemon.log", environment)

    def once_until(self, watch: Path, at: int, signal: int, environment: Mapping[str, str]) -> int:
        """Run `proxx watch --once`; at its at-th durable call it gets a signal."""
        return self.run(
            ["watch", str(watch), "--once", "--grace-seconds", "5"],
            watch.parent / "daemon.log",
            environment,
            {"at": at, "signal": signal},
        )

    def run(
        self,
        arguments: list[str],
        log: Path,
        environment: Mapping[str, str] | None,
        crash: Mapping[str, int] | None = None,
    ) -> int:
        """Run a command of Proxx to its end."""
        request = {
            "arguments": arguments,
            "environment": environment or {},
            "log": str(log),
            **(crash or {}),
        }
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


@frozen
class Crew:
    """As many processes that fork daemons as there are cores."""

    free: SimpleQueue[ForkedDaemons]
    threads: ThreadPoolExecutor

    def each(self, work: Callable[[ForkedDaemons, Any], Any], items: Sequence[Any]) -> list[Any]:
        """Do some work for every item, on all cores; raise what the first failure raised."""

        def one(item: Any) -> Any:
            daemons = self.free.get()
            try:
                return work(daemons, item)
            finally:
                self.free.put(daemons)

        tasks = [self.threads.submit(one, item) for item in items]
        try:
            return [task.result() for task in tasks]
        finally:
            for task in tasks:
                task.cancel()
