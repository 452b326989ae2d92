"""Kill -9 of `proxx create` at every durable call: all of its jobs exist afterwards, or none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import quick_engine
from forked_daemons import Crew, ForkedDaemons

pytestmark = pytest.mark.crash

_CLIPS = 3
_KILLED = -9


class _Site:
    """A watch folder, and a folder with clips to submit."""

    def __init__(self, root: Path) -> None:
        self.root, self.watch = root, root / "watch"
        for folder in (self.watch / "pending", root / "out", root / "footage"):
            folder.mkdir(parents=True)
        for number in range(_CLIPS):
            quick_engine.clip(root / "footage" / f"clip-{number}.mov")

    def create(self, daemons: ForkedDaemons, **environment: str) -> int:
        command = ["create", "--profile", "H264_Half", "--output-directory", str(self.root / "out")]
        command += ["--layout", "mirror", "--into", str(self.watch), "--batch", "A"]
        log = self.root / "create.log"
        return daemons.run([*command, str(self.root / "footage")], log, environment)

    def finished(self) -> int:
        """Return how many jobs ended, each once; nothing of Proxx is left in pending/."""
        ended = [path.name for state in ("completed", "failed") for path in self._specs(state)]
        assert len(ended) == len(set(ended))
        assert not list((self.watch / "pending").glob(".proxx-batch-*"))
        return len(ended)

    def _specs(self, state: str) -> list[Path]:
        folder = self.watch / state
        return [path for path in folder.glob("A-*.json") if not path.match("*.result.json")]


@pytest.mark.parametrize("rename", [{}, {"CRASH_NO_RENAME": "1"}], ids=["renames", "links"])
def test_a_crash_of_create_publishes_all_or_none(
    rename: dict[str, str], tmp_path: Path, crew: Crew, say: Callable[[str], None]
) -> None:
    def calls(daemons: ForkedDaemons, _: object) -> int:
        site, log = _Site(tmp_path / "whole"), tmp_path / "calls"
        assert site.create(daemons, CRASH_LOG=str(log), **rename) == 0
        return len(log.read_text().splitlines())

    def crash(daemons: ForkedDaemons, number: int) -> int:
        site = _Site(tmp_path / f"at-{number}")
        assert site.create(daemons, CRASH_AT=str(number), **rename) == _KILLED
        assert daemons.once(site.watch, rename) == 0
        done = site.finished()
        # The same command again makes the jobs, or says that they are there.
        assert site.create(daemons, **rename) == (1 if done else 0)
        assert daemons.once(site.watch, rename) == 0
        assert site.finished() == _CLIPS
        assert os.listdir(site.watch / "pending") == []
        return done

    (number,) = crew.each(calls, [0])
    found: list[int] = crew.each(crash, range(1, number + 1))
    assert set(found) == {0, _CLIPS}
    say(f"create: {len(found)} crash points; published after {found.count(_CLIPS)} of them")


def test_a_crash_while_a_daemon_finishes_a_batch_loses_no_job(
    tmp_path: Path, crew: Crew, say: Callable[[str], None]
) -> None:
    def crash(daemons: ForkedDaemons, number: int) -> None:
        site = _Site(tmp_path / f"at-{number}")
        assert site.create(daemons, CRASH_AT=str(_published)) == _KILLED
        assert any((site.watch / "pending").glob(".proxx-batch-A"))
        assert daemons.once(site.watch, {"CRASH_AT": str(number)}) == _KILLED
        assert daemons.once(site.watch) == 0
        assert site.finished() == _CLIPS

    def first_published(daemons: ForkedDaemons, _: object) -> int:
        site, log = _Site(tmp_path / "whole"), tmp_path / "calls"
        assert site.create(daemons, CRASH_LOG=str(log)) == 0
        lines = log.read_text().splitlines()
        return 1 + next(n for n, line in enumerate(lines, start=1) if line.endswith(" rename"))

    (_published,) = crew.each(first_published, [0])
    covered = range(1, 40)
    crew.each(crash, covered)
    say(f"finishing: {len(covered)} crash points")
