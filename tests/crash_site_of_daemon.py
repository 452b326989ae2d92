"""One watch folder in which daemons are crashed, and every promise that must hold afterwards."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil
import quick_engine
from attrs import define, field
from forked_daemons import ForkedDaemons

#: what the tested job may fail with after a crash: interrupted; its proxy was published and only
#: its record lost, so that the name is taken; or, in the scenario that fails, its own failure
_CODES: Final = ("INTERRUPTED", "OUTPUT_EXISTS", "FIELD_MISSING")
_STATES: Final = ("pending", "running", "completed", "failed")
#: how the tested job is to end where nothing crashes: clips, and whether its spec lacks a field
SCENARIOS: Final = {
    "completes": (1, False),
    "fails": (1, True),
    "two clips": (2, False),
    "without renameat2": (2, False),
    "waits": (1, False),
    "returned": (1, False),
    "returned without renameat2": (1, False),
}
#: scenarios in which jobs wait for their turn, and in which the first daemon is stopped meanwhile
_WAITING: Final = ("waits", "returned", "returned without renameat2")
_RETURNED: Final = _WAITING[1:]


@define
class DaemonSite:
    """A watch folder with one waiting job, beside a file of somebody else."""

    root: Path
    scenario: str = "completes"
    watch: Path = field(init=False)
    proxies: Path = field(init=False)
    extra: Mapping[str, str] = field(init=False)
    _started: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        """Make the folders and drop the job."""
        self.watch, self.proxies = self.root / "watch", self.root / "proxies"
        (self.watch / "pending").mkdir(parents=True)
        self.proxies.mkdir()
        (self.proxies / "mine.mp4").write_text("mine")
        self.extra = {
            **({"CRASH_NO_RENAME": "1"} if "without renameat2" in self.scenario else {}),
            **({"QUEUES": "1"} if self.scenario in _WAITING else {}),
        }
        clips, lacks_a_field = SCENARIOS[self.scenario]
        sources = [quick_engine.clip(self.root / f"clip-{number}.mov") for number in range(clips)]
        spec = quick_engine.spec(*sources, into=self.proxies)
        if lacks_a_field:
            del spec["codec"]
        self.drop("job", spec)

    def drop(self, stem: str, spec: dict[str, Any]) -> None:
        """Put a spec into pending/ as a careful program does."""
        temporary = self.watch / f".{stem}.tmp"
        with temporary.open("w") as file:
            json.dump(spec, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self.watch / "pending" / f"{stem}.json")

    def drop_next(self) -> None:
        """Let another job wait, which nothing that happened may keep from completing."""
        source = quick_engine.clip(self.root / "next.mov")
        self.drop("next", quick_engine.spec(source, into=self.proxies))

    def once(self, daemons: ForkedDaemons, **environment: str) -> int:
        """Run a daemon until nothing is pending, or it is killed or stopped."""
        stops = not self._started and self.scenario in _RETURNED
        self._started = True
        stop = {"QUEUE_STOPS": "1"} if stops else {}
        return daemons.once(self.watch, {**self.extra, **stop, **environment})

    def fate(self) -> str | None:
        """Return the folder in which the job must end after a crash; None if two are possible.

        Nothing of a job has begun while its journal says that it waits, or its spec is in pending/.
        """
        if self.scenario == "fails":
            return "failed"
        pending, running = (self.watch / state / "job.json" for state in ("pending", "running"))
        waits = any((self.watch / ".proxx" / "journal").glob("*.waiting.json"))
        if not waits and (running.exists() or not pending.exists()):
            return None
        assert os.listdir(self.proxies) == ["mine.mp4"], "something of the job had begun"
        return "completed"

    def state(self) -> tuple[str, ...]:
        """Return every name on disk without its random parts, and whether the file is empty."""
        found = []
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                place = os.path.relpath(path, self.root)
                with suppress(OSError):
                    found.append(f"{_without_ids(place)} {os.lstat(path).st_size > 0}")
        return tuple(sorted(found))

    def check(self, *, sure_of: str | None = None, lost_power: bool = False) -> str:
        """Check every promise after the last restart; return where the spec lies.

        `sure_of` is the folder in which the job must lie, where that is certain. A loss of power
        may take the note of the plan, which names the partial files.
        """
        place = self._check_one("job")
        assert sure_of in (None, place)
        assert self._check_one("next") == "completed", self._result("next")["failure"]
        results = {stem: self._result(stem) for stem in ("job", "next")}
        claimed = [path for result in results.values() for path in self._proven(result)]
        visible = [str(path) for path in self.proxies.iterdir() if not path.name.startswith(".")]
        failures = {stem: result["failure"] for stem, result in results.items()}
        expected = sorted([*claimed, str(self.proxies / "mine.mp4")])
        assert expected == sorted(visible), f"{visible} published, {claimed} recorded: {failures}"
        assert (self.proxies / "mine.mp4").read_text() == "mine"
        kept = [c["partial_path"] for result in results.values() for c in result["clips"]]
        hidden = [str(path) for path in self.proxies.glob(".*/*")]
        assert {path for path in kept if path is not None} <= set(hidden)
        assert lost_power or len(hidden) == sum(path is not None for path in kept)
        assert {path.parent for path in map(Path, hidden)} == set(self.proxies.glob(".*"))
        for state in ("pending", "running", ".proxx/journal", ".proxx/tmp"):
            assert os.listdir(self.watch / state) == []
        for state in ("completed", "failed"):
            wanted = {
                f"{stem}{suffix}"
                for stem in ("job", "next")
                if (self.watch / state / f"{stem}.json").exists()
                for suffix in (".json", ".result.json", ".log")
            }
            assert set(os.listdir(self.watch / state)) <= wanted
        assert living(self.root) == []
        return place

    def _check_one(self, stem: str) -> str:
        """Check that a spec lies in one place, with the result that belongs there."""
        places = [state for state in _STATES if (self.watch / state / f"{stem}.json").exists()]
        assert len(places) == 1, (stem, places)
        (place,) = places
        assert place in ("completed", "failed"), (stem, place)
        result = self._result(stem)
        assert (result["final_status"] == "COMPLETED") == (place == "completed")
        if place == "failed":
            assert result["failure"]["code"] in _CODES, result["failure"]
        return place

    def _result(self, stem: str) -> dict[str, Any]:
        paths = [self.watch / state / f"{stem}.result.json" for state in ("completed", "failed")]
        (path,) = (path for path in paths if path.exists())
        result: dict[str, Any] = json.loads(path.read_bytes())
        return result

    def _proven(self, result: dict[str, Any]) -> list[str]:
        """Return the proxies that a result calls completed, each with the recorded bytes."""
        found = []
        for clip in result["clips"]:
            if clip["status"] == "COMPLETED":
                content = Path(clip["resolved_output_path"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == clip["output_fingerprint"]["value"]
                assert all(check["passed"] for check in clip["verification"])
                assert clip["verification"]
                found.append(clip["resolved_output_path"])
        return found


def _without_ids(place: str) -> str:
    """Take the random ids of attempts and temporary files out of a path."""
    digits = frozenset("0123456789abcdef")
    parts = place.replace("/", " / ").replace(".", " . ").replace("-", " - ").split(" ")
    return "".join("ID" if len(part) > 7 and digits.issuperset(part) else part for part in parts)


def living(root: Path) -> list[str]:
    """Return the command lines of processes that work below a folder, zombies left out."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            command = " ".join(process.cmdline()[1:])
            if str(root) in command and process.status() != psutil.STATUS_ZOMBIE:
                found.append(command)
    return found
