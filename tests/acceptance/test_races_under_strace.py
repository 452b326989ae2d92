"""Faults that only the kernel can cause, injected with strace.

Slow, and needs strace: the rest of the suite does not.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]


def test_a_spec_that_is_exchanged_between_check_and_claim_is_never_read(
    workplace: Workplace,
) -> None:
    pending = workplace.watch / "pending"
    pending.mkdir()
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4")
    workplace.drop("job.json", spec)
    other = workplace.write_spec("other.json", spec)
    trace = workplace.root / "trace"
    # The claim is the rename that names the spec; it waits for a second at its entry.
    strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", "trace=renameat2"]
    strace += ["-P", str(pending / "job.json"), "-e", "inject=renameat2:delay_enter=1000000"]
    daemon = subprocess.Popen(
        [*strace, sys.executable, "-m", "proxx_daemon", "watch", str(workplace.watch), "--once"],
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    wait_until(lambda: trace.exists() and "job.json" in trace.read_text(), "the claim is entered")
    other.replace(pending / "job.json")
    assert daemon.wait(timeout=60) == 0
    state, result = workplace.wait_filed("job.json")
    assert state == "failed"
    assert result["failure"]["code"] == "SPEC_REPLACED"
    assert result["jobspec"] is None
    assert list(workplace.published()) == []


def test_a_spec_that_the_disk_cannot_read_fails_with_its_code(workplace: Workplace) -> None:
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pread64", "-P", str(spec)]
    done = subprocess.run(
        [
            *strace,
            *("-e", "inject=pread64:error=EIO"),
            *(sys.executable, "-m", "proxx_daemon", "run", str(spec)),
        ],
        capture_output=True,
        check=False,
    )
    failure = json.loads(done.stdout)["failure"]
    assert failure["code"] == "SPEC_UNREADABLE"
    assert "Input/output error" in failure["message"]


@pytest.mark.parametrize("call", ["fsync", "renameat2"])
def test_an_io_error_at_any_step_ends_in_a_failure_or_a_stop_and_loses_nothing(
    call: str, workplace: Workplace, tmp_path: Path
) -> None:
    for number in range(1, 12):
        root = tmp_path / f"{call}-{number}"
        root.mkdir()
        place = Workplace(root, workplace.clips)
        place.drop("job.json", place.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
        inject = f"inject={call}:error=EIO:when={number}"
        strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
        done = subprocess.run(
            [*strace, sys.executable, "-m", "proxx_daemon", "watch", str(place.watch), "--once"],
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )
        assert done.returncode in (0, 1), (number, done.stderr)
        assert done.returncode != -signal.SIGKILL
        place.launch("--once").wait_exit()
        assert len(place.places("job.json")) == 1, (number, done.stderr)
        state, result = place.wait_filed("job.json")
        assert (state == "completed") == (result["final_status"] == "COMPLETED")
