"""Kill -9 at the durable calls of a daemon whose job waits for Resolve and is rendered there.

In `tests/crash` a stand-in waits in all ways; here it is the executor of Resolve itself.
"""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from attrs import frozen
from forked_daemons import ForkedDaemons, build_crasher
from proxx_process import Workplace
from resolve_place import SimulatedResolve, raw_spec

from proxx_daemon.failures.codes import Code

pytestmark = [pytest.mark.crash, pytest.mark.slow]

_KILLED: Final = -9
#: before that call no job is claimed; a session with Resolve makes fewer calls than that
_FIRST: Final = 8


@pytest.fixture
def daemons(
    tmp_path_factory: pytest.TempPathFactory, resolve: SimulatedResolve
) -> Iterator[ForkedDaemons]:
    """Return daemons to crash, with a simulated Resolve."""
    crasher = build_crasher(tmp_path_factory.mktemp("crasher"))
    forked = ForkedDaemons(resolve.environment, crasher)
    yield forked
    forked.close()


@frozen
class _Point:
    """What became of a job after a crash."""

    #: whether it waited at the crash
    waited: bool
    #: the folder in which its spec is
    place: str
    #: the code of its failure; None where it completed
    code: str | None


def _crash(place: Workplace, daemons: ForkedDaemons, number: int) -> _Point | None:
    """Crash at one call and start again; None where the daemon makes fewer calls."""
    code = daemons.once(place.watch, {"CRASH_AT": str(number)})
    if code == 0:
        return None
    assert code == _KILLED
    waited = any((place.watch / ".proxx" / "journal").glob("*.waiting.json"))
    assert not waited or list(place.proxies.iterdir()) == [], "something of it had begun"
    assert daemons.once(place.watch) == 0
    for state in ("pending", "running", ".proxx/journal"):
        assert place.names(state) == [], (number, state)
    state, result = place.wait_filed("job.json", seconds=0.1)
    failure = result["failure"]
    recorded = [clip["resolved_output_path"] for clip in result["clips"]]
    visible = [str(path) for path in place.proxies.iterdir() if not path.name.startswith(".")]
    if state == "completed":
        assert visible == recorded
    return _Point(waited=waited, place=state, code=failure and failure["code"])


def test_a_job_that_waited_for_resolve_is_run_again_and_one_that_had_begun_is_not(
    tmp_path: Path, clips: Path, resolve: SimulatedResolve, raw: Path, daemons: ForkedDaemons
) -> None:
    points: list[_Point] = []
    for number in count(_FIRST):
        root = tmp_path / f"at-{number}"
        root.mkdir()
        place = Workplace(root, clips)
        place.drop("job.json", raw_spec(place, raw, "proxy"))
        point = _crash(place, daemons, number)
        if point is None:
            break
        points.append(point)
    assert len(points) > 20
    waited = [point.place for point in points if point.waited]
    assert len(waited) > 1
    assert set(waited) == {"completed"}
    failed = {point.code for point in points if point.place == "failed"}
    assert failed <= {Code.INTERRUPTED, Code.OUTPUT_EXISTS}
    assert Code.INTERRUPTED in failed
    assert resolve.ours() == []
    assert resolve.violations() == []
