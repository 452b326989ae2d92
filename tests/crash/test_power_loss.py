"""The same points as the crash matrix, but what was not flushed is lost with the daemon."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.crash

_TESTS = Path(__file__).parents[1]
_APART = ("unshare", "--mount", "--propagation", "private")
#: makes a small file system, mounts it and shuts it down
_TRY = (
    "truncate -s 8M disk.img && mkfs.ext4 -q -F disk.img && mkdir disk && "
    'mount -o loop disk.img disk && exec "$0" -c "import fcntl, os, struct; '
    "fcntl.ioctl(os.open('disk', os.O_RDONLY), 0x8004587D, struct.pack('I', 2))\""
)


@pytest.fixture(scope="module")
def _can_lose_power(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skip where the machine does not let a file system be mounted and shut down."""
    if shutil.which("mkfs.ext4") is None or shutil.which("unshare") is None:
        pytest.skip("no simulated loss of power: mkfs.ext4 (e2fsprogs) and unshare are needed")
    attempt = subprocess.run(
        [*_APART, "sh", "-c", _TRY, sys.executable],
        cwd=tmp_path_factory.mktemp("try"),
        capture_output=True,
        text=True,
        check=False,
    )
    if attempt.returncode != 0:
        reason = (attempt.stderr.strip().splitlines() or ["it failed"])[-1]
        pytest.skip(f"no simulated loss of power: no ext4 can be mounted and shut down: {reason}")


@pytest.mark.usefixtures("_can_lose_power")
@pytest.mark.parametrize(
    ("scenario", "stride"),
    [
        ("completes", 7),
        ("two clips", 20),
        ("returned", 12),
        pytest.param("fails", 1, marks=pytest.mark.slow),
        pytest.param("completes", 1, marks=pytest.mark.slow),
        pytest.param("two clips", 1, marks=pytest.mark.slow),
        pytest.param("without renameat2", 1, marks=pytest.mark.slow),
        pytest.param("waits", 1, marks=pytest.mark.slow),
        pytest.param("returned", 1, marks=pytest.mark.slow),
    ],
)
def test_a_loss_of_power_at_every_durable_call_keeps_every_promise(
    scenario: str, stride: int, tmp_path: Path, crasher: Path, say: Callable[[str], None]
) -> None:
    program = _TESTS / "programs" / "loses_power.py"
    search = os.pathsep.join([str(_TESTS.parent), str(_TESTS)])
    done = subprocess.run(
        [*_APART, sys.executable, str(program), str(tmp_path), str(crasher), scenario, str(stride)],
        env={**os.environ, "PYTHONPATH": search},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    covered = json.loads(done.stdout)
    say(
        f"{scenario}: power lost at {covered['job']} points of the job and "
        f"{covered['all'] - covered['job']} times around its recovery, from "
        f"{covered['states']} states"
    )
    assert covered["job"] > 20
    assert covered["all"] > covered["job"]
