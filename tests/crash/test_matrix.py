"""Kill -9 at every durable system call of a job, and again inside the recovery from it.

A preloaded library counts the calls and kills the daemon at the N-th, whichever thread makes
it. After each crash another job is dropped, and one more start must both recover and run it:
one spec in one place, completed or failed with a result, nothing overwritten, nothing running.
A job that still waited for its executor completes: it is run again, as if nothing had happened.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from crash_site_of_daemon import SCENARIOS, DaemonSite
from forked_daemons import Crew, ForkedDaemons

pytestmark = pytest.mark.crash

#: more calls than any run makes; a run that is not killed any more ends the count
_MOST = 200
_KILLED = -9
#: from which of the states that a crash leaves the recovery is crashed: every one, or each n-th.
#: All of them together are 2,500 points, which is more than a run of CI has time for
_RECOVERIES = [
    ("completes", 4),
    ("fails", 7),
    ("two clips", 12),
    ("without renameat2", 30),
    ("waits", 12),
    ("returned", 6),
    ("returned without renameat2", 12),
    pytest.param("completes", 1, marks=pytest.mark.slow),
    pytest.param("fails", 1, marks=pytest.mark.slow),
    pytest.param("two clips", 1, marks=pytest.mark.slow),
    pytest.param("without renameat2", 1, marks=pytest.mark.slow),
    pytest.param("waits", 1, marks=pytest.mark.slow),
    pytest.param("returned", 1, marks=pytest.mark.slow),
    pytest.param("returned without renameat2", 1, marks=pytest.mark.slow),
]


def _calls(daemons: ForkedDaemons, root: Path, scenario: str) -> int:
    """Count the durable calls of a run that nothing disturbs."""
    site = DaemonSite(root, scenario)
    log = root / "calls"
    assert site.once(daemons, CRASH_LOG=str(log)) == 0
    return len(log.read_text().splitlines())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_crash_point_of_a_job_keeps_every_promise(
    scenario: str, tmp_path: Path, crew: Crew, say: Callable[[str], None]
) -> None:
    def crash(daemons: ForkedDaemons, number: int) -> str:
        site = DaemonSite(tmp_path / f"at-{number}", scenario)
        assert site.once(daemons, CRASH_AT=str(number)) == _KILLED
        fate = site.fate()
        site.drop_next()
        assert site.once(daemons) == 0
        return site.check(sure_of=fate)

    (calls,) = crew.each(lambda daemons, _: _calls(daemons, tmp_path / "whole", scenario), [0])
    places: list[str] = crew.each(crash, range(1, calls + 1))

    completed = places.count("completed")
    say(f"{scenario}: {len(places)} crash points; completed after {completed} of them")
    assert len(places) > 20
    # The crashes after the last durable step of a job leave it completed.
    assert (completed > 0) == (scenario != "fails")


@pytest.mark.parametrize(("scenario", "stride"), _RECOVERIES)
def test_every_crash_point_of_the_recovery_converges(
    scenario: str, stride: int, tmp_path: Path, crew: Crew, say: Callable[[str], None]
) -> None:
    def left_by(daemons: ForkedDaemons, first: int) -> tuple[str, ...]:
        site = DaemonSite(tmp_path / f"left-{first}", scenario)
        assert site.once(daemons, CRASH_AT=str(first)) == _KILLED
        return site.state()

    def crash(daemons: ForkedDaemons, first: int) -> int:
        for number in range(1, _MOST):
            site = DaemonSite(tmp_path / f"at-{first}-{number}", scenario)
            assert site.once(daemons, CRASH_AT=str(first)) == _KILLED
            code = site.once(daemons, CRASH_AT=str(number))
            fate = site.fate()
            site.drop_next()
            assert site.once(daemons) == 0
            site.check(sure_of=fate)
            if code == 0:
                return number - 1
            assert code == _KILLED
        raise AssertionError("the recovery never came to its end")

    (calls,) = crew.each(lambda daemons, _: _calls(daemons, tmp_path / "whole", scenario), [0])
    states = crew.each(left_by, range(1, calls + 1))
    # Crashes that leave the same names on disk are recovered from in the same way.
    firsts = sorted({state: number for number, state in enumerate(states, start=1)}.values())
    covered = crew.each(crash, firsts[::stride])

    say(
        f"{scenario}: {sum(covered)} crash points inside the recovery from {len(covered)} of "
        f"{len(firsts)} states"
    )
    assert sum(covered) > 30
