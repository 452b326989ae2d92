"""The lane of jobs that wait for Resolve."""

import resource
import threading
from concurrent.futures import Future

from proxx_process import wait_until

from proxx_daemon.daemon.resolve_lane import ResolveLane, most_waiting


def _wait(gate: threading.Event) -> None:
    gate.wait(60)


def test_one_job_runs_at_a_time_in_the_order_of_arrival() -> None:
    done: list[tuple[str, str]] = []
    gate = threading.Event()
    lane = ResolveLane[str, str](lambda job, future: done.append((job, future.result())))

    def first() -> str:
        gate.wait(60)
        return "1"

    lane.add("first", first)
    lane.add("second", lambda: "2")
    lane.add("third", lambda: "3")
    assert len(lane) == 2
    gate.set()
    wait_until(lambda: done, "the first one is done")
    # Nothing begins before the first one's result is filed.
    assert len(lane) == 2
    lane.release()
    wait_until(lambda: len(done) == 2, "the second one is done")
    lane.release()
    wait_until(lambda: len(done) == 3, "the third one is done")
    lane.close()
    assert done == [("first", "1"), ("second", "2"), ("third", "3")]


def test_those_that_wait_can_be_taken_out() -> None:
    gate = threading.Event()
    ran: list[str] = []

    def note(job: str, _: Future[None]) -> None:
        ran.append(job)

    lane = ResolveLane[str, None](note)
    lane.add("runs", lambda: _wait(gate))
    lane.add("waits", lambda: None)
    assert lane.empty() == ("waits",)
    gate.set()
    wait_until(lambda: ran, "the one that ran is done")
    lane.release()
    lane.close()
    assert ran == ["runs"]


def test_a_full_lane_has_no_room() -> None:
    gate = threading.Event()
    lane = ResolveLane[int, None](lambda _job, _future: None)
    lane.add(-1, lambda: _wait(gate))
    for number in range(most_waiting()):
        assert lane.has_room
        lane.add(number, lambda: None)
    assert not lane.has_room
    lane.empty()
    gate.set()
    lane.close()


def test_fewer_jobs_wait_where_few_files_may_be_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = []
    try:
        for limit in (40, 256, 4096):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit, hard), hard))
            found.append(most_waiting())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [1, 20, 100]
