"""The real daemon against a small model of it: drops, crashes, signals, orders and collisions.

Hypothesis chooses what happens; after each step the folders must hold what the model says, and
whatever was filed must stay as it is. The engine is the stand-in that answers in milliseconds.
"""

import hashlib
import json
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest
import quick_engine
from attrs import define
from crash_site_of_daemon import living
from forked_daemons import ForkedDaemons
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from proxx_process import wait_until

from proxx_daemon.spool import requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.requests import Action

_STATES: Final = ("pending", "running", "completed", "failed")
_FILED: Final = ("completed", "failed")
_STEMS: Final = ("a", "b", "c")
_TAGS: Final = ("x", "y")
#: more durable calls than recovery and a few jobs make
_CALLS: Final = 120


@define
class Job:
    """One spec that was dropped, and what the model knows of it."""

    job_id: str
    tag: str
    sources: int
    faulty: bool
    #: somebody asked to cancel a job of its file name while it could run
    cancelled: bool = False
    #: spec and result as they were when it was first seen filed
    filed: tuple[str, bytes, bytes] | None = None
    #: crashes and signals that it was exposed to
    disturbed: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its proxies."""
        return tuple(f"clip-{index}_{self.tag}.mp4" for index in range(self.sources))


@define
class Found:
    """Where a spec lies, with its file's name."""

    state: str
    path: Path


class DaemonMachine(RuleBasedStateMachine):
    """Drives one watch folder."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="proxx-model-"))
        self.watch, self.proxies = self.root / "watch", self.root / "proxies"
        (self.watch / "pending").mkdir(parents=True)
        self.proxies.mkdir()
        self.daemons = ForkedDaemons(quick_engine.install(self.root / "engine"))
        self.sources = [quick_engine.clip(self.root / f"clip-{index}.mov") for index in range(2)]
        self.jobs: dict[str, Job] = {}
        self.mine: dict[Path, str] = {}
        self.paused = False
        # The pause or resume that the next daemon will hear of first.
        self.order: bool | None = None

    def teardown(self) -> None:
        self.daemons.close()
        shutil.rmtree(self.root)

    @initialize()
    def prepare(self) -> None:
        """Let a daemon make the folders, so that requests have a place."""
        assert self.daemons.once(self.watch) == 0

    # What happens

    @rule(
        stem=st.sampled_from(_STEMS),
        tag=st.sampled_from(_TAGS),
        sources=st.integers(1, 2),
        faulty=st.sampled_from((False, False, False, True)),
    )
    def drop(self, stem: str, tag: str, sources: int, faulty: bool) -> None:  # noqa: FBT001
        """Submit a job; a file name that waits already is somebody else's turn."""
        target = self.watch / "pending" / f"{stem}.json"
        if target.exists():
            return
        job = Job(f"job-{len(self.jobs)}", tag, sources, faulty)
        spec = quick_engine.spec(
            *self.sources[:sources],
            into=self.proxies,
            job_id=job.job_id,
            naming_template="{source_name}_" + tag,
        )
        if faulty:
            del spec["codec"]
        temporary = self.watch / ".drop.tmp"
        temporary.write_text(json.dumps(spec))
        temporary.rename(target)
        self.jobs[job.job_id] = job

    @rule(tag=st.sampled_from(_TAGS), index=st.integers(0, 1))
    def take_output(self, tag: str, index: int) -> None:
        """Put somebody's file where a proxy is to be."""
        self._put_mine(self.proxies / f"clip-{index}_{tag}.mp4")

    @rule(
        stem=st.sampled_from(_STEMS),
        state=st.sampled_from(_FILED),
        suffix=st.sampled_from((".log", ".result.json")),
    )
    def take_filed_name(self, stem: str, state: str, suffix: str) -> None:
        """Put somebody's file where a result or a log is to be."""
        self._put_mine(self.watch / state / f"{stem}{suffix}")

    @rule(pause=st.booleans())
    def order_pause(self, pause: bool) -> None:  # noqa: FBT001
        """Tell the daemon to claim nothing, or to claim again."""
        if self.order is None:
            action = Action.PAUSE if pause else Action.RESUME
            requests.post(WatchFolder(str(self.watch)), action, "here", None)
            self.order = pause

    @rule()
    def run(self) -> None:
        """Serve what is there to the end."""
        expected = self._predicted()
        assert self.daemons.once(self.watch) == 0, self._log()
        self._obey()
        for job_id, code in expected.items():
            assert self._code_of(job_id) == code, (job_id, self._log())
        self._settled()

    @rule(at=st.integers(1, _CALLS))
    def crash(self, at: int) -> None:
        """Kill the daemon with -9 at a durable call."""
        code = self._disturb(at, signal.SIGKILL)
        assert code in (0, -signal.SIGKILL), self._log()

    @rule(at=st.integers(1, _CALLS))
    def stop(self, at: int) -> None:
        """Ask the daemon to end at a durable call."""
        assert self._disturb(at, signal.SIGTERM) == 0, self._log()
        self._settled()

    @precondition(lambda self: any(job.filed is None for job in self.jobs.values()))
    @rule(stem=st.sampled_from(_STEMS), at=st.integers(1, 4 * _CALLS))
    def cancel(self, stem: str, at: int) -> None:
        """Cancel a job while it encodes, if it comes to that; perhaps the daemon dies of it."""
        for found in self._specs().values():
            if found.path.stem == stem:
                self.jobs[_job_id(found.path)].cancelled = True
        over = threading.Event()
        asker = threading.Thread(target=self._ask_to_cancel, args=(stem, over))
        asker.start()
        code = self._disturb(at, signal.SIGKILL, ENCODE_SECONDS="0.2")
        over.set()
        asker.join()
        assert code in (0, -signal.SIGKILL), self._log()

    # What must hold

    @invariant()
    def every_promise_holds(self) -> None:
        """Hold the folders against the model; what is filed is taken note of before proxies."""
        self._every_job_is_in_one_place()
        self._filed_jobs_have_their_result_and_stay_as_they_are()
        self._nothing_of_others_is_overwritten()
        self._every_proxy_belongs_to_one_job()

    def _every_job_is_in_one_place(self) -> None:
        """Each submitted spec lies in one folder, once."""
        assert set(self._specs()) == set(self.jobs)

    def _filed_jobs_have_their_result_and_stay_as_they_are(self) -> None:
        """Nothing that was filed changes, moves or loses its result."""
        for job_id, found in self._specs().items():
            job = self.jobs[job_id]
            if found.state not in _FILED:
                assert job.filed is None, f"{job_id} was filed and is in {found.state}/ again"
                continue
            content = found.path.read_bytes(), _result_of(found.path).read_bytes()
            seen = str(found.path), *content
            assert job.filed in (None, seen)
            job.filed = seen
            self._judge(job, found, json.loads(content[1]))

    def _nothing_of_others_is_overwritten(self) -> None:
        """Files that somebody put there keep their content."""
        for path, content in self.mine.items():
            assert path.read_text() == content

    def _every_proxy_belongs_to_one_job(self) -> None:
        """A file under a final name is claimed by one result, somebody's, or of a crashed job."""
        claimed = [path for job in self.jobs.values() for path in _claimed(job)]
        assert len(claimed) == len(set(claimed))
        for path in claimed:
            assert Path(path).exists()
        unexplained = {str(path) for path in self._visible()} - set(claimed)
        unexplained -= {str(path) for path in self.mine}
        crashed = [job_id for job_id, at in self._specs().items() if at.state == "running"]
        excused = {
            str(self.proxies / name) for job_id in crashed for name in self.jobs[job_id].outputs
        }
        assert unexplained <= excused

    # The model

    def _predicted(self) -> dict[str, str | None]:
        """Say how each job that waits will end, in the order in which they are taken."""
        paused = self.paused if self.order is None else self.order
        specs = self._specs()
        if paused:
            return {}
        taken = {path.name for path in self._visible()}
        expected: dict[str, str | None] = {}
        waiting = {at.path.name: job_id for job_id, at in specs.items() if at.state == "pending"}
        for _, job_id in sorted(waiting.items()):
            job = self.jobs[job_id]
            if job.faulty:
                expected[job_id] = "FIELD_MISSING"
            elif taken & set(job.outputs):
                expected[job_id] = "OUTPUT_EXISTS"
            else:
                expected[job_id] = None
                taken |= set(job.outputs)
        return expected

    def _judge(self, job: Job, found: Found, result: dict[str, Any]) -> None:
        """Hold a result against the folder, the job and what happened to it."""
        code = result["failure"]["code"] if result["failure"] else None
        assert (code is None) == (found.state == "completed")
        assert (code is None) == (result["final_status"] == "COMPLETED")
        assert result["job_id"] == job.job_id
        allowed = {"FIELD_MISSING"} if job.faulty else {None, "OUTPUT_EXISTS"}
        if job.disturbed:
            allowed.add("INTERRUPTED")
        if job.cancelled:
            allowed.add("CANCELLED")
        assert code in allowed, (code, allowed)
        for clip in result["clips"]:
            if clip["status"] == "COMPLETED":
                content = Path(clip["resolved_output_path"]).read_bytes()
                digest = hashlib.sha256(content).hexdigest()
                assert clip["output_fingerprint"]["value"] == digest

    def _settled(self) -> None:
        """Check that a daemon which ended by itself left nothing half done."""
        for state in ("running", ".proxx/journal", ".proxx/tmp"):
            assert list((self.watch / state).iterdir()) == []
        assert living(self.root) == []
        if not self.paused:
            return
        assert {at.state for at in self._specs().values()} <= {"pending", *_FILED}

    # How

    def _disturb(self, at: int, number: int, **environment: str) -> int:
        for job in self.jobs.values():
            if job.filed is None:
                job.disturbed = True
        code = self.daemons.once_until(self.watch, at, number, environment)
        # An order that a dying daemon did not come to is found by the next one.
        requests_left = (self.watch / ".proxx" / "requests").glob("*.[rt]*.json")
        if code == 0 or not list(requests_left):
            self._obey()
        return code

    def _obey(self) -> None:
        if self.order is not None:
            self.paused, self.order = self.order, None

    def _ask_to_cancel(self, stem: str, over: threading.Event) -> None:
        running = self.watch / "running" / f"{stem}.json"
        wait_until(lambda: over.is_set() or running.exists(), "the job runs or the daemon is over")
        if not over.is_set():
            requests.post(WatchFolder(str(self.watch)), Action.CANCEL, "here", f"{stem}.json")

    def _put_mine(self, path: Path) -> None:
        with suppress(FileExistsError), path.open("x") as file:
            self.mine[path] = f"mine {len(self.mine)}"
            file.write(self.mine[path])

    def _visible(self) -> Iterator[Path]:
        return (path for path in self.proxies.iterdir() if not path.name.startswith("."))

    def _specs(self) -> dict[str, Found]:
        """Give the place of every spec by its job; fails where a job lies in two."""
        found: dict[str, Found] = {}
        for state in _STATES:
            for path in sorted((self.watch / state).glob("*.json")):
                if path.name.endswith(".result.json"):
                    continue
                job_id = _job_id(path)
                assert job_id not in found, f"{job_id} lies in {state}/ and {found[job_id].state}/"
                found[job_id] = Found(state, path)
        return found

    def _code_of(self, job_id: str) -> str | None:
        found = self._specs()[job_id]
        assert found.state in _FILED, f"{job_id} is in {found.state}/"
        failure = json.loads(_result_of(found.path).read_bytes())["failure"]
        return failure["code"] if failure else None

    def _log(self) -> str:
        return (self.root / "daemon.log").read_text()[-3000:]


def _job_id(path: Path) -> str:
    job_id: str = json.loads(path.read_bytes())["job_id"]
    return job_id


def _result_of(spec: Path) -> Path:
    return spec.with_name(f"{spec.stem}.result.json")


def _claimed(job: Job) -> list[str]:
    """Give the proxies that a job's result calls completed."""
    if job.filed is None:
        return []
    clips = json.loads(job.filed[2])["clips"]
    return [clip["resolved_output_path"] for clip in clips if clip["status"] == "COMPLETED"]


_CHECKS: Final = (HealthCheck.too_slow, HealthCheck.filter_too_much)
#: a failing story is not shortened: each attempt at that would be many daemons
_PHASES: Final = (Phase.explicit, Phase.generate)


class TestFewSteps(DaemonMachine.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=4,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        phases=_PHASES,
        suppress_health_check=_CHECKS,
    )


@pytest.mark.crash
class TestManySteps(DaemonMachine.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=15,
        stateful_step_count=25,
        deadline=None,
        print_blob=True,
        phases=_PHASES,
        suppress_health_check=_CHECKS,
    )
