"""A machine that has no room for one more program is waited for: no job fails by it."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from proxx_process import Daemon, Workplace, proxx, wait_until

from proxx_daemon.system import tasks

_HOLDS = Path(__file__).parents[1] / "programs" / "holds_threads.py"
#: a user of whom nothing else runs, another one for each process of tests
_USER = 50_000 + os.getpid() % 10_000
#: runs a program as that user, who may read and write where root may: the tests belong to root
_AS_USER = (
    *("setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"),
    *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
)
_AS_THE_USER_IT_TAKES = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None or shutil.which("prlimit") is None,
    reason="only root can be another user, with setpriv and prlimit; no limit holds for root",
)


@pytest.fixture
def open_place(clips: Path) -> Iterator[Workplace]:
    """A workplace that everybody can reach."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        (root / "clips").mkdir()
        shutil.copy(clips / "carphone_pristine.mp4", root / "clips")
        place = Workplace(root, root / "clips")
        for path in (root, place.watch, place.proxies, *(root / "clips").iterdir()):
            os.chown(path, _USER, _USER)
        yield place
        place.end_daemons()


def _submit(workplace: Workplace, name: str) -> None:
    spec = workplace.spec(
        "proxy_h264_quarter", "carphone_pristine.mp4", naming_template=name.removesuffix(".json")
    )
    pending = workplace.watch / "pending"
    workplace.drop(name, spec)
    os.chown(pending / name, pending.stat().st_uid, pending.stat().st_gid)


def _detail(workplace: Workplace) -> str | None:
    """Return why the daemon is unhealthy, as it publishes that."""
    status = json.loads((workplace.watch / ".proxx" / "status.json").read_text())
    return next((str(fact["detail"]) for fact in status["health"] if not fact["ok"]), None)


def _waits(daemon: Daemon, workplace: Workplace, name: str, because: str) -> None:
    """Check that a spec is left in pending/, and that everybody is told why."""
    wait_until(lambda: because in (_detail(workplace) or ""), "its health says why")
    wait_until(lambda: daemon.events("claiming_stopped"), "the log says why")
    assert because in daemon.events("claiming_stopped")[0]["reason"]
    assert f"\nUNHEALTHY: {_detail(workplace)}\n" in proxx("status", workplace.watch).stdout
    assert workplace.places(name) == ["pending"]


def _goes_on(daemon: Daemon, workplace: Workplace, name: str) -> None:
    """Check that the job completes, and that nothing was said twice."""
    state, result = workplace.wait_filed(name)
    assert state == "completed", result["failure"]
    wait_until(lambda: _detail(workplace) is None, "it is well again")
    assert len(daemon.events("claiming_stopped")) == 1
    assert len(daemon.events("claiming_resumed")) == 1
    assert workplace.names("running") == []
    assert daemon.stop() == 0


@_AS_THE_USER_IT_TAKES
def test_specs_wait_while_the_user_may_start_no_more_processes_and_threads(
    open_place: Workplace,
) -> None:
    limit = tasks.ENGINE + 40
    hog = subprocess.Popen(
        [*_AS_USER, sys.executable, str(_HOLDS), str(tasks.ENGINE)], stdout=subprocess.PIPE
    )
    try:
        assert hog.stdout is not None
        assert hog.stdout.readline() == b"ready\n"
        open_place.wrap = ("prlimit", f"--nproc={limit}", *_AS_USER)
        daemon = open_place.start("--poll-seconds", "0.2")
        _submit(open_place, "job.json")
        _waits(daemon, open_place, "job.json", f"user {_USER} may have {limit} processes")
    finally:
        hog.kill()
        hog.wait()
    _goes_on(daemon, open_place, "job.json")


@pytest.mark.slow
@_AS_THE_USER_IT_TAKES
def test_jobs_for_which_there_is_no_room_at_the_same_time_all_complete(
    open_place: Workplace,
) -> None:
    open_place.wrap = ("prlimit", f"--nproc={tasks.ENGINE + 40}", *_AS_USER)
    names = [f"job-{number}.json" for number in range(6)]
    (open_place.watch / "pending").mkdir()
    os.chown(open_place.watch / "pending", _USER, _USER)
    for name in names:
        _submit(open_place, name)
    daemon = open_place.launch("--max-workers", "6", "--poll-seconds", "0.2", "--once")
    assert daemon.wait_exit() == 0, daemon.log_text()
    for name in names:
        state, result = open_place.wait_filed(name)
        assert state == "completed", result["failure"]


@_AS_THE_USER_IT_TAKES
def test_a_daemon_that_cannot_have_its_own_threads_does_not_start_and_says_why(
    open_place: Workplace,
) -> None:
    _submit(open_place, "job.json")
    open_place.wrap = ("prlimit", "--nproc=6", *_AS_USER)
    daemon = open_place.launch("--once")
    assert daemon.wait_exit() == 1
    assert "may start no more threads" in daemon.log_text()
    assert open_place.places("job.json") == ["pending"]


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no prlimit on this system")
def test_specs_wait_while_the_daemon_may_open_no_more_files(workplace: Workplace) -> None:
    daemon = workplace.start("--poll-seconds", "0.2")
    process = psutil.Process(daemon.process.pid)
    before = process.rlimit(resource.RLIMIT_NOFILE)
    few = process.num_fds() + 12
    process.rlimit(resource.RLIMIT_NOFILE, (few, before[1]))
    _submit(workplace, "job.json")
    _waits(daemon, workplace, "job.json", f"this process may have {few} files open")
    process.rlimit(resource.RLIMIT_NOFILE, before)
    _goes_on(daemon, workplace, "job.json")
