"""A signal that comes while the daemon starts ends it as one that comes later does."""

import signal
from pathlib import Path

import pytest
import quick_engine
from forked_daemons import ForkedDaemons


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_before_the_first_durable_call_ends_the_daemon_with_0(
    tmp_path: Path, number: int
) -> None:
    watch = tmp_path / "watch"
    (watch / "pending").mkdir(parents=True)
    spec = watch / "pending" / "job.json"
    spec.write_text("{}")
    daemons = ForkedDaemons(quick_engine.install(tmp_path / "engine"))
    try:
        # The first flush is of a folder that is being made ready; nothing was claimed yet.
        assert daemons.once_until(watch, 1, number, {}) == 0
    finally:
        daemons.close()
    assert spec.exists()
