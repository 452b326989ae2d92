"""Does short jobs as a script would: a pool of threads, the engine, and the fsyncs of Proxx.

    python bench/bare_pool.py JOBS.json

What any Python program has to spend for jobs that are durable: it checks nothing, survives
nothing, and shows how much of the daemon's cost is the price of Python and of the machine.
JOBS.json gives the folder, the commands and the count; what was needed is printed as JSON.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

_STATES: Final = ("pending", "running", "completed", "records", "tmp")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def _put(path: Path, document: object) -> None:
    """Write a document under a temporary name, durably, and give it its name."""
    temporary = path.parent.parent / "tmp" / path.name
    with temporary.open("w") as file:
        json.dump(document, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    _sync(path.parent)


def _ask(command: list[str]) -> Any:
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


class _Jobs:
    """The jobs of one file, each done from its spec to its result."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._folder = Path(told["folder"])
        for state in _STATES:
            (self._folder / state).mkdir(parents=True)
        self.numbers = range(told["count"])
        for number in self.numbers:
            (self._folder / "pending" / f"{number}.json").write_text(json.dumps(told))

    def run(self, number: int) -> None:
        """Claim, probe, encode, probe, publish, record: 13 fsyncs, as many as Proxx."""
        name, folder = f"{number}.json", self._folder
        (folder / "pending" / name).rename(folder / "running" / name)
        _sync(folder / "running")
        _sync(folder / "pending")
        spec = json.loads((folder / "running" / name).read_text())
        _put(folder / "records" / f"attempt-{name}", spec)
        source = _ask(spec["probe_source"])
        output = folder / "tmp" / f"{number}{spec['suffix']}"
        subprocess.run(
            [*spec["encode"], f"file:{output}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
        )
        proxy = _ask([*spec["probe_output"], str(output)])
        _sync(output)
        _put(folder / "records" / f"publish-{name}", proxy)
        final = Path(spec["outputs"]) / f"pool-{output.name}"
        output.rename(final)
        _sync(final.parent)
        _sync(folder / "tmp")
        _put(folder / "completed" / f"{number}.result.json", {"source": source, "proxy": proxy})
        (folder / "running" / name).rename(folder / "completed" / name)
        _sync(folder / "completed")
        _sync(folder / "running")


def main() -> None:
    """Do all jobs and say what they took."""
    told = json.loads(Path(sys.argv[1]).read_text())
    jobs = _Jobs(told)
    spent, begin = time.process_time(), time.monotonic()
    with ThreadPoolExecutor(told["workers"]) as pool:
        for done in [pool.submit(jobs.run, number) for number in jobs.numbers]:
            done.result()
    seconds, cpu_seconds = time.monotonic() - begin, time.process_time() - spent
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()
