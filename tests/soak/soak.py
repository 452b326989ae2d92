"""A day of a busy machine in a quarter of an hour: thousands of jobs, and a daemon that is killed.

Specs keep coming in while the real daemon is killed with -9 after random seconds, also while it
starts and recovers, and started again. The engine is the stand-in that answers in milliseconds.
At the end every spec must be accounted for exactly once. Prints the account; exits with 1 where
it does not balance. `make soak` runs it.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import quick_engine
from attrs import define, field
from crash_site_of_daemon import living

#: how many specs wait at most
_WAITING: Final = 150
#: seconds after which a daemon is killed: from within its start to several jobs later
_LIFE: Final = (0.3, 8.0)
#: every so many jobs one lacks a field, one has two clips, and one wants a name that is taken
_FAULTY, _TWO, _COLLIDING = 10, 7, 25
_STATES: Final = ("pending", "running", "completed", "failed")


@define
class Soak:
    """One watch folder, its jobs and the account of them."""

    root: Path
    jobs: int
    deadline: float
    chance: random.Random
    kills: int = field(default=0, init=False)
    starts: int = field(default=0, init=False)
    watch: Path = field(init=False)
    proxies: Path = field(init=False)
    environment: dict[str, str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Make the folders, the engine and two clips."""
        self.watch, self.proxies = self.root / "watch", self.root / "proxies"
        (self.watch / "pending").mkdir(parents=True)
        self.proxies.mkdir()
        self.environment = {
            **os.environ,
            **quick_engine.install(self.root / "engine"),
            "ENCODE_SECONDS": "0.03",
        }
        for number in range(2):
            quick_engine.clip(self.root / f"clip-{number}.mov")

    def spec(self, number: int) -> dict[str, Any]:
        """Return a job: most are sound."""
        sources = [self.root / f"clip-{index}.mov" for index in range(2)]
        job_id = f"job-{number}"
        spec = quick_engine.spec(
            *(sources if number % _TWO == 0 else sources[:1]),
            into=self.proxies,
            naming_template="{job_id}_{source_name}",
            job_id=job_id,
        )
        if number % _FAULTY == 0:
            del spec["codec"]
        elif number % _COLLIDING == 0:
            (self.proxies / f"{job_id}_clip-0.mp4").write_text("mine")
        return spec

    def feed(self) -> None:
        """Drop every spec, a few at a time, whatever the daemon does meanwhile."""
        pending = self.watch / "pending"
        for number in range(1, self.jobs + 1):
            while len(os.listdir(pending)) > _WAITING:
                time.sleep(0.05)
            temporary = self.watch / ".drop.tmp"
            temporary.write_text(json.dumps(self.spec(number)))
            temporary.rename(pending / f"job-{number:05d}.json")

    def open_jobs(self) -> int:
        """Count the specs that are not filed yet."""
        filed = sum(
            name.endswith(".json") and not name.endswith(".result.json")
            for state in ("completed", "failed")
            if (self.watch / state).is_dir()
            for name in os.listdir(self.watch / state)
        )
        return self.jobs - filed

    def run(self) -> None:
        """Kill daemons until every spec is filed."""
        feeder = threading.Thread(target=self.feed, daemon=True)
        feeder.start()
        command = [sys.executable, "-m", "proxx_daemon", "watch", str(self.watch)]
        with (self.root / "daemon.log").open("ab") as log:
            while left := self.open_jobs():
                if time.monotonic() > self.deadline:
                    raise SystemExit(f"out of time with {left} jobs left")
                daemon = subprocess.Popen(
                    [*command, "--max-workers", "3"],
                    env=self.environment,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                )
                self.starts += 1
                code = self._live(daemon)
                if code is not None:
                    tail = (self.root / "daemon.log").read_text().splitlines()[-5:]
                    raise SystemExit("\n".join([f"the daemon ended with {code}:", *tail]))
                print(f"\r{left} jobs left, {self.kills} kills ", end="", flush=True)
            self._settle(log.fileno(), command)
        print()

    def _live(self, daemon: subprocess.Popen[bytes]) -> int | None:
        """Let a daemon live for a while, then kill it; return its code where it ended itself."""
        try:
            return daemon.wait(self.chance.uniform(*_LIFE))
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
            self.kills += 1
            return None

    def _settle(self, log: int, command: list[str]) -> None:
        """Let one daemon clear up what the last kill left."""
        self.starts += 1
        code = subprocess.run(
            [*command, "--once"], env=self.environment, stderr=log, check=False
        ).returncode
        if code != 0:
            raise SystemExit(f"the last daemon ended with {code}")

    def account(self) -> list[str]:
        """Print the account; return what does not balance."""
        wrong: list[str] = []
        outcomes: Counter[str] = Counter()
        proxies: list[str] = []
        for number in range(1, self.jobs + 1):
            stem = f"job-{number:05d}"
            places = [state for state in _STATES if (self.watch / state / f"{stem}.json").exists()]
            if len(places) != 1 or places[0] not in ("completed", "failed"):
                wrong.append(f"{stem} lies in {places or 'no folder'}")
                continue
            wrong += self._judge(number, stem, places[0], outcomes, proxies)
        wrong += self._compare(proxies)
        for outcome, count in outcomes.most_common():
            print(f"{count:6} {outcome}")
        print(
            f"{sum(outcomes.values()):6} specs accounted for, {len(proxies)} proxies, "
            f"{self.kills} kills, {self.starts} starts"
        )
        return wrong

    def _judge(
        self, number: int, stem: str, place: str, outcomes: Counter[str], proxies: list[str]
    ) -> list[str]:
        """Hold one result against its job, its folder and the proxies that it claims."""
        result = json.loads((self.watch / place / f"{stem}.result.json").read_bytes())
        code = result["failure"]["code"] if result["failure"] else None
        outcomes[f"{result['final_status']} {code or ''}".strip()] += 1
        wrong = []
        if (result["final_status"] == "COMPLETED") != (place == "completed"):
            wrong.append(f"{stem} is {result['final_status']} in {place}/")
        if result["_metadata"]["spec_name"] != f"{stem}.json":
            wrong.append(f"{stem} has the result of {result['_metadata']['spec_name']}")
        faulty, colliding = number % _FAULTY == 0, number % _COLLIDING == 0
        own = "FIELD_MISSING" if faulty else "OUTPUT_EXISTS" if colliding else None
        if code not in (own, "INTERRUPTED"):
            wrong.append(f"{stem} ended with {code}, expected {own or 'success'}")
        for clip in result["clips"]:
            if clip["status"] == "COMPLETED":
                path = clip["resolved_output_path"]
                proxies.append(path)
                digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
                if digest != clip["output_fingerprint"]["value"]:
                    wrong.append(f"{path} is not what {stem} recorded")
        return wrong

    def _compare(self, proxies: list[str]) -> list[str]:
        """Compare what the results claim with what lies in the folders."""
        wrong = [f"{path} belongs to {n} jobs" for path, n in Counter(proxies).items() if n > 1]
        visible = {str(path) for path in self.proxies.iterdir() if not path.name.startswith(".")}
        mine = {path for path in visible if Path(path).read_text() == "mine"}
        wanted = sum(n % _FAULTY != 0 for n in range(_COLLIDING, self.jobs + 1, _COLLIDING))
        if len(mine) != wanted:
            wrong.append(f"{len(mine)} files of somebody else are left, {wanted} were there")
        wrong += [f"{path} belongs to no job" for path in visible - mine - set(proxies)]
        claims = Counter(line["spec"] for line in self._log() if line.get("event") == "job_claimed")
        wrong += [
            f"{spec} was claimed {count} times" for spec, count in claims.items() if count > 1
        ]
        for state in ("pending", "running", ".proxx/journal", ".proxx/tmp"):
            wrong += [f"{state}/{name} is left" for name in os.listdir(self.watch / state)]
        wrong += [f"still runs: {command}" for command in living(self.root)]
        return wrong

    def _log(self) -> list[dict[str, Any]]:
        """Return the lines of the daemons' log; kills cut some off."""
        lines = []
        for line in (self.root / "daemon.log").read_text().splitlines():
            try:
                lines.append(json.loads(line))
            except ValueError:
                continue
        return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5000)
    parser.add_argument("--minutes", type=float, default=60.0, help="give up after this long")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**32)
    chosen = parser.parse_args()
    print(f"{chosen.jobs} jobs, seed {chosen.seed}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="proxx-soak-") as folder:
        chance = random.Random(chosen.seed)  # noqa: S311 - reproducible, not secret
        deadline = begun + 60 * chosen.minutes
        soak = Soak(Path(folder), chosen.jobs, deadline, chance)
        soak.run()
        wrong = soak.account()
    print(f"{time.monotonic() - begun:.0f} seconds")
    print("\n".join(wrong) or "every spec is accounted for exactly once")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
