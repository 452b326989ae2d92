"""A local executor: its order, its capacity, and how a job is cancelled or taken back."""

import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from attrs import define, evolve
from crash_site import clip_plan
from proxx_process import wait_until
from unit.records import spec

from proxx_daemon.engines.engine import Engine, EngineOrigin, EngineTools
from proxx_daemon.executors.clip_run import ClipRun, LocalRun
from proxx_daemon.executors.executor import (
    Attempt,
    ClipFailed,
    ClipSealed,
    Ended,
    ExecutionEvent,
    JobBegun,
)
from proxx_daemon.executors.local import LocalExecutor
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.output.check import Check
from proxx_daemon.plan.plan import JobPlan, PlannedClip
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.result.result import unattempted
from proxx_daemon.source.media import MediaInfo, Source
from proxx_daemon.system import storage
from proxx_daemon.system.child import RunLimits
from proxx_daemon.system.program import Program

_ENGINE = Engine(
    tools=EngineTools(ffmpeg="/ffmpeg", ffprobe="/ffprobe", origin=EngineOrigin.CONFIGURED),
    version="8.1",
    ffmpeg=Program(path="/ffmpeg", sha256="0" * 64, look=()),
    ffprobe=Program(path="/ffprobe", sha256="0" * 64, look=()),
    encoders=frozenset(),
    decoders=frozenset(),
    decodes=frozenset(),
)
_LIMITS = RunLimits(wall_seconds=None, stall_seconds=None)
#: what became of an attempt: its id and an event
_Told = tuple[str, ExecutionEvent]


@define(kw_only=True)
class _ClipOfNoEngine(ClipRun):
    """Stands in for an engine: seals at once, after the gate of its executor has opened."""

    gate: threading.Event
    deaf: bool

    def run(self) -> ClipSealed | ClipFailed:
        while not self.gate.wait(0.01):
            if self.job.cancel.cancelled and not self.deaf:
                reason = failure(Code.INTERRUPTED, "The gate stayed closed.")
                return ClipFailed(clip=evolve(unattempted(self.clip), failure=reason))
        return ClipSealed(
            clip=unattempted(self.clip), partial_path=self.clip.partial_path, identity=None
        )

    def _encode(self) -> None:
        raise NotImplementedError

    def _compare(self, media: MediaInfo, size: int) -> tuple[Check, ...]:
        raise NotImplementedError

    def _source(self) -> Source:
        raise NotImplementedError


class _ExecutorOfNoEngine(LocalExecutor):
    """Runs jobs without an engine, one at a time, when its gate is open."""

    queues = True

    def __init__(self, takes: int = 10) -> None:
        super().__init__("none", slots=1, takes=takes, limits=_LIMITS, probe_seconds=1)
        self.gate = threading.Event()
        #: whether its clips do not hear that they must end
        self.deaf = False
        self.told: SimpleQueue[_Told] = SimpleQueue()

    def can_run(self, plan: JobPlan) -> bool:
        return bool(plan.clips)

    def clip_run(self, run: LocalRun, clip: PlannedClip) -> ClipRun:
        return _ClipOfNoEngine(job=run, clip=clip, gate=self.gate, deaf=self.deaf)

    def submit(self, attempt_id: str, plan: JobPlan, refuse: Code | None = None) -> Attempt:
        """Start a job whose events are kept; `refuse` is what its publication fails with."""

        def tell(event: ExecutionEvent) -> None:
            self.told.put((attempt_id, event))
            if refuse is not None and isinstance(event, ClipSealed):
                raise JobFailed(failure(refuse, "It cannot be published."))

        attempt = Attempt(attempt_id=attempt_id, job_id="job", engine=_ENGINE, tell=tell)
        self.start(plan, attempt)
        return attempt

    def until_ended(self, attempt_id: str) -> list[_Told]:
        """Return what was told up to the end of a job."""
        told = []
        while True:
            told.append(self.told.get(timeout=60))
            if told[-1][0] == attempt_id and isinstance(told[-1][1], Ended):
                return told


@pytest.fixture
def executor() -> _ExecutorOfNoEngine:
    """Return an executor whose gate is closed."""
    return _ExecutorOfNoEngine()


@pytest.fixture
def plan(tmp_path: Path) -> JobPlan:
    """Return a plan of two clips."""
    profile = profiles()["proxy_h264_low"]
    clips = tuple(clip_plan(index, tmp_path) for index in range(2))
    return JobPlan(spec=spec(), profile=profile, clips=clips)


def _kinds(told: list[_Told]) -> list[tuple[str, type]]:
    return [(attempt_id, type(event)) for attempt_id, event in told]


def test_jobs_run_one_after_another_in_the_order_of_arrival(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    for attempt_id in "ab":
        executor.submit(attempt_id, plan)
    executor.gate.set()
    told = executor.until_ended("b")
    executor.close()
    clip_by_clip = [JobBegun, ClipSealed, ClipSealed, Ended]
    assert _kinds(told) == [(attempt_id, kind) for attempt_id in "ab" for kind in clip_by_clip]
    assert [event.failure for _, event in told if isinstance(event, Ended)] == [None, None]


def test_a_job_that_waits_can_be_taken_back_and_is_never_heard_of_again(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    for attempt_id in "abc":
        executor.submit(attempt_id, plan)
    assert isinstance(executor.told.get(timeout=60)[1], JobBegun)
    assert (executor.withdraw("a"), executor.withdraw("b")) == (False, True)
    assert not executor.withdraw("b")
    executor.gate.set()
    told = executor.until_ended("c")
    executor.close()
    assert {attempt_id for attempt_id, _ in told} == {"a", "c"}


def test_a_cancelled_job_ends_as_interrupted(executor: _ExecutorOfNoEngine, plan: JobPlan) -> None:
    executor.submit("a", plan)
    assert isinstance(executor.told.get(timeout=60)[1], JobBegun)
    executor.cancel("a")
    told = executor.until_ended("a")
    executor.close()
    assert [type(event) for _, event in told] == [ClipFailed, Ended]
    (ended,) = [event for _, event in told if isinstance(event, Ended)]
    assert ended.failure is not None
    assert ended.failure.code is Code.INTERRUPTED


def test_a_thread_that_was_left_behind_says_nothing_more_and_another_takes_its_place(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    executor.deaf = True
    attempt = executor.submit("a", plan)
    assert isinstance(executor.told.get(timeout=60)[1], JobBegun)
    attempt.errand.leave()
    executor.abandon("a")
    executor.submit("b", plan)
    attempt_id, event = executor.told.get(timeout=60)
    assert (attempt_id, type(event)) == ("b", JobBegun)
    executor.gate.set()
    told = executor.until_ended("b")
    wait_until(lambda: storage.left_behind() == (), "the first thread has come back")
    executor.close()
    assert {attempt_id for attempt_id, _ in told} == {"b"}
    assert executor.told.empty()


def test_what_cannot_be_published_ends_the_job_with_that_failure(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    executor.gate.set()
    executor.submit("a", plan, refuse=Code.PUBLISH_REFUSED)
    told = executor.until_ended("a")
    executor.close()
    assert [type(event) for _, event in told] == [JobBegun, ClipSealed, Ended]
    (ended,) = [event for _, event in told if isinstance(event, Ended)]
    assert ended.failure is not None
    assert ended.failure.code is Code.PUBLISH_REFUSED


def test_an_output_that_appeared_while_the_job_waited_is_refused_before_anything_runs(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    executor.gate.set()
    Path(plan.clips[1].output_path).write_bytes(b"somebody else's")
    executor.submit("a", plan)
    ((_, ended),) = executor.until_ended("a")
    executor.close()
    assert isinstance(ended, Ended)
    assert ended.failure is not None
    assert ended.failure.code is Code.OUTPUT_EXISTS


def test_a_defect_ends_the_job_and_the_next_one_runs(
    executor: _ExecutorOfNoEngine, plan: JobPlan
) -> None:
    executor.gate.set()
    broken: Any = None
    executor.submit("a", evolve(plan, clips=(broken,)))
    told = executor.until_ended("a")
    executor.submit("b", plan)
    told += executor.until_ended("b")
    executor.close()
    failed, completed = (event.failure for _, event in told if isinstance(event, Ended))
    assert failed is not None
    assert failed.code is Code.INTERNAL_ERROR
    assert completed is None


def test_capacity_counts_what_waits_and_what_runs(plan: JobPlan) -> None:
    executor = _ExecutorOfNoEngine(takes=2)
    found = [executor.capacity]
    for attempt_id in "ab":
        executor.submit(attempt_id, plan)
        found.append(executor.capacity)
    executor.gate.set()
    executor.until_ended("b")
    executor.close()
    assert found == [2, 1, 0]
    assert executor.capacity == 2
