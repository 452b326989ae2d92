"""What the simulated Resolve keeps from one session to the next: a folder with JSON files.

`settings.json` is written by a test: product, version, presets, faults, the project that a
person has open. `database.json` holds the projects. `calls.log` has every call, `violations.log`
every call that the scripting README does not allow.
"""

import ctypes
import json
import os
import signal
import time
from pathlib import Path
from typing import Any


class Place:
    def __init__(self) -> None:
        self.folder = Path(os.environ["RESOLVE_SIMULATOR"])
        self.settings: dict[str, Any] = json.loads((self.folder / "settings.json").read_text())

    def database(self) -> dict[str, Any]:
        path = self.folder / "database.json"
        if not path.exists():
            opened = self.settings.get("open_project", "Untitled Project")
            return {"projects": [opened] if opened else [], "current": opened}
        database: dict[str, Any] = json.loads(path.read_text())
        return database

    def store(self, database: dict[str, Any]) -> None:
        (self.folder / "database.json").write_text(json.dumps(database))

    def violation(self, text: str) -> None:
        with (self.folder / "violations.log").open("a") as log:
            log.write(f"{text}\n")

    def called(self, name: str) -> Any:
        """Note a call and commit the fault that it was told to; return what to answer instead."""
        with (self.folder / "calls.log").open("a") as log:
            log.write(f"{name}\n")
        fault = self.settings.get("faults", {}).get(name)
        match fault:
            case "hang":
                self._hang()
            case "die":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "exit":
                os._exit(7)
            case "raise":
                raise RuntimeError("the simulated library is out of order")
            case "none":
                return Answer(value=None)
            case "false":
                return Answer(value=False)
            case {"answer": answer}:
                return Answer(value=answer)
        return None

    def _hang(self) -> None:
        """Block as the real library does: in C, and deaf to every request to end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        (self.folder / "hangs").touch()
        while True:
            ctypes.CDLL(None).usleep(100_000)

    def wait_for(self, name: str) -> bool:
        return (self.folder / name).exists()


class Answer:
    def __init__(self, *, value: Any) -> None:
        self.value = value


class ApiObject:
    """An object of the API: methods that do not exist are None, as with the real library."""

    kind = ""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if not name[0].isupper() or not callable(value):
            return value
        place: Place = object.__getattribute__(self, "place")
        called = f"{object.__getattribute__(self, 'kind')}.{name}"

        def method(*arguments: Any, **options: Any) -> Any:
            instead = place.called(called)
            if instead is not None:
                return instead.value
            try:
                return value(*arguments, **options)
            except TypeError as error:
                place.violation(f"{called}: {error}")
                raise

        return method

    def __getattr__(self, name: str) -> Any:
        self.place.violation(f"{self.kind} has no {name}")
        return None

    def refuse(self, text: str) -> bool:
        self.place.violation(f"{self.kind}: {text}")
        return False


def moment() -> float:
    return time.monotonic()
