"""What a daemon costs that has nothing to do, and how soon a person has an answer."""

import time

import psutil
import pytest
from proxx_process import Workplace, wait_until

#: seconds of idling that are measured: three scans and what they publish
_SECONDS = 30.0
_MOST_CPU = 0.002
_MOST_BYTES = 60 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("metrics", [False, True])
def test_an_idle_daemon_is_calm_and_small(metrics: bool, workplace: Workplace) -> None:  # noqa: FBT001
    config = workplace.root / "proxx.toml"
    config.write_text('[metrics]\naddress = "127.0.0.1:19464"\n' if metrics else "")
    daemon = workplace.start("--config", str(config))
    # A job first: what work leaves behind in memory counts.
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    workplace.wait_filed("job.json")
    wait_until(lambda: not daemon.engines(), "the engine has ended")
    process = psutil.Process(daemon.process.pid)
    before, start = process.cpu_times(), time.monotonic()
    time.sleep(_SECONDS)  # the thing that is measured is time that passes
    after, end = process.cpu_times(), time.monotonic()
    used = after.user + after.system - before.user - before.system
    assert used / (end - start) < _MOST_CPU
    assert process.memory_info().rss < _MOST_BYTES
