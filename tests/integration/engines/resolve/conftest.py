"""A simulated Resolve for the tests of sessions, and what must hold after each of them."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from resolve_place import SimulatedResolve, sessions_of

from proxx_daemon.engines.engine import EngineTools


@pytest.fixture
def simulated(
    tmp_path: Path, tools: EngineTools, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimulatedResolve]:
    """Whatever a test does: no project of ours, no session, no undocumented call is left."""
    place = SimulatedResolve(tmp_path / "resolve", tools)
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    yield place
    assert place.ours() == []
    assert place.violations() == []
    assert sessions_of(psutil.Process()) == []
