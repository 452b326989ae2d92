"""Faults of the machine around the daemon: events, descriptors, processes, clocks, floods."""

import errno
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil
import pytest
from proxx_process import Daemon, Workplace, misbehaving_engine, wait_until

from proxx_daemon.engines.engine import EngineTools

_PROGRAMS: Final = Path(__file__).parents[1] / "programs"
_MANY: Final = 20_000
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def _quick(workplace: Workplace, name: str = "proxy") -> dict[str, Any]:
    return workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4", naming_template=name)


def _python_path(folder: Path) -> str:
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


def _descriptors(daemon: Daemon) -> int:
    return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))


def _no_inotify(what: str) -> tuple[str, ...]:
    script = f'echo 0 > /proc/sys/user/{what} && exec "$@"'
    return "unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"


def _limits_can_be_set() -> bool:
    if shutil.which("unshare") is None:
        return False
    command = [*_no_inotify("max_inotify_watches"), "true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.mark.slow  # two scans, ten seconds apart
@pytest.mark.skipif(not _limits_can_be_set(), reason="this machine has no user namespaces")
@pytest.mark.parametrize("what", ["max_inotify_instances", "max_inotify_watches"])
def test_row_6_without_inotify_the_scan_finds_specs_and_nothing_adds_up(
    what: str, workplace: Workplace
) -> None:
    workplace.wrap = _no_inotify(what)
    workplace.drop("first.json", b"{}")
    daemon = workplace.start()
    workplace.wait_filed("first.json")
    before = _descriptors(daemon)
    for name in ("second.json", "third.json"):
        workplace.drop(name, b"{}")
        workplace.wait_filed(name)
    assert daemon.events("daemon_ready")[0]["events"] is False
    assert len(daemon.events("watch_unavailable")) == 1
    assert daemon.events("watch_restarted") == []
    wait_until(lambda: _descriptors(daemon) <= before, "what its tries took is given back")
    status = json.loads((workplace.watch / ".proxx" / "status.json").read_text())
    (fact,) = [fact for fact in status["health"] if fact["name"] == "events"]
    message = "the system reports no changes in pending/; the periodic scan finds specs"
    assert fact["detail"] == message


@pytest.mark.slow  # the scan comes every ten seconds
def test_row_6_specs_behind_an_overflow_of_events_all_run(workplace: Workplace) -> None:
    daemon = workplace.start()
    daemon.signal(signal.SIGSTOP)
    pending = workplace.watch / "pending"
    for number in range(_MANY):
        (pending / f"note-{number}.txt").touch()
    names = [f"job-{number:02d}.json" for number in range(20)]
    for name in names:
        workplace.drop(name, b"{}")
    daemon.signal(signal.SIGCONT)
    for name in names:
        workplace.wait_filed(name)
    assert len(workplace.names("pending")) == _MANY


@pytest.mark.slow  # the scan looks after the watch every ten seconds
@pytest.mark.parametrize("thread", ["observer", "emitter", "reader"])
def test_row_7_a_thread_of_the_observer_that_dies_is_replaced_and_said_so(
    thread: str, workplace: Workplace
) -> None:
    daemon = workplace.start(PYTHONPATH=_python_path(_PROGRAMS / "mortal_observer"))
    (workplace.watch / "pending" / f"die-{thread}.txt").touch()
    wait_until(lambda: "ZeroDivisionError" in daemon.log_text(), "the thread dies")
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")
    (restarted,) = wait_until(lambda: daemon.events("watch_restarted"), "the watch is restarted")
    assert restarted["works"]
    assert not restarted["replaced"]

    def detail() -> bool:
        status = json.loads((workplace.watch / ".proxx" / "status.json").read_text())
        return any("restarted 1 time" in fact["detail"] for fact in status["health"])

    wait_until(detail, "its health says so")
    workplace.drop("next.json", b"{}")
    workplace.wait_filed("next.json", seconds=5)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is not installed")
@pytest.mark.parametrize(("workers", "most"), [(1, 72), (2, 112), (4, 192)])
def test_row_8_with_the_fewest_descriptors_that_are_accepted_every_job_completes(
    workers: int, most: int, workplace: Workplace
) -> None:
    names = [f"job-{number}.json" for number in range(6)]
    for name in names:
        workplace.drop(name, _quick(workplace, name.removesuffix(".json")))
    workplace.wrap = ("prlimit", f"--nofile={most - 1}")
    refused = workplace.launch("--once", "--max-workers", str(workers))
    assert refused.wait_exit() == 1
    assert f"may have {most - 1} files open" in refused.log_text()
    assert workplace.names("pending") == names
    workplace.wrap = ("prlimit", f"--nofile={most}")
    assert workplace.launch("--once", "--max-workers", str(workers)).wait_exit(120) == 0
    assert workplace.names("pending") == []
    for name in names:
        assert workplace.wait_filed(name)[0] == "completed"


@needs_strace
@pytest.mark.slow
@pytest.mark.parametrize("error", ["EAGAIN", "ENOMEM"])
def test_row_8_an_engine_that_the_system_cannot_start_fails_its_job_only(
    error: str, workplace: Workplace, tools: EngineTools
) -> None:
    trace = ("-f", "-D", "-qq", "-o", os.devnull, "-e", "trace=execve", "-P", tools.ffmpeg)
    workplace.wrap = ("strace", *trace, "-e", f"inject=execve:error={error}")
    daemon = workplace.start("--poll-seconds", "0.1")
    for name in ("a.json", "b.json"):
        workplace.drop(name, _quick(workplace, name))
        state, result = workplace.wait_filed(name)
        assert state == "failed"
        assert result["failure"]["code"] == "ENGINE_UNUSABLE"
        assert os.strerror(getattr(errno, error)) in result["failure"]["message"]
    assert daemon.stop() == 0
    workplace.wrap = ()
    workplace.start()
    workplace.drop("c.json", _quick(workplace, "c"))
    assert workplace.wait_filed("c.json")[0] == "completed"


@pytest.fixture(scope="module")
def jumping_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the library that moves the wall clock of whoever loads it."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("cc is not installed")
    library = tmp_path_factory.mktemp("clock") / "jumping_clock.so"
    source = _PROGRAMS / "jumping_clock.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.slow
@pytest.mark.parametrize("days", [1, -1])
def test_row_9_a_clock_that_jumps_a_day_ends_no_job_and_no_wait(
    days: int, workplace: Workplace, jumping_clock: Path
) -> None:
    clock = workplace.root / "clock"
    clock.write_text("0")
    daemon = workplace.start(
        LD_PRELOAD=str(jumping_clock), CLOCK_FILE=str(clock), PROXX_STALL_SECONDS="600"
    )
    workplace.drop(
        "long.json", workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4", naming_template="long")
    )
    wait_until(daemon.engines, "an engine runs")
    clock.write_text(str(days * 86400))
    workplace.drop("next.json", _quick(workplace))
    state, result = workplace.wait_filed("long.json")
    assert state == "completed", result["failure"]
    assert 0 <= result["duration_seconds"] < 600
    started, ended = (datetime.fromisoformat(result[f"{w}_at"]) for w in ("started", "completed"))
    # The jump was real, and the times say what the clock said.
    assert abs(ended - started - timedelta(days=days)) < timedelta(hours=1)
    assert workplace.wait_filed("next.json")[0] == "completed"
    assert daemon.stop() == 0


def test_row_10_devices_and_sockets_are_never_opened(workplace: Workplace) -> None:
    pending = workplace.watch / "pending"
    pending.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        # The path of a socket has at most a hundred characters or so.
        here = os.open(pending, os.O_RDONLY | os.O_DIRECTORY)
        try:
            listener.bind(f"/proc/self/fd/{here}/socket.json")
        finally:
            os.close(here)
    try:
        os.mknod(pending / "device.json", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        (pending / "device.json").symlink_to("/dev/zero")
    daemon = workplace.start("--poll-seconds", "0.1")
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")
    wait_until(lambda: len(daemon.events("entry_ignored")) > 1, "both are left alone")
    ignored = {line["entry"] for line in daemon.events("entry_ignored")}
    assert ignored == {"socket.json", "device.json"}


def test_row_11_a_spec_of_a_gigabyte_is_refused_unread(workplace: Workplace) -> None:
    daemon = workplace.start()
    before = psutil.Process(daemon.process.pid).memory_info().rss
    temporary = workplace.watch / "huge.tmp"
    with temporary.open("wb") as file:
        file.truncate(1 << 30)
    temporary.rename(workplace.watch / "pending" / "huge.json")
    _, result = workplace.wait_filed("huge.json")
    assert result["failure"]["code"] == "SPEC_TOO_LARGE"
    assert psutil.Process(daemon.process.pid).memory_info().rss - before < 50 * 1024 * 1024


@pytest.mark.slow  # a long encode
def test_row_17_an_output_folder_that_is_removed_during_the_encode_fails_the_clip(
    workplace: Workplace,
) -> None:
    daemon = workplace.start()
    workplace.drop("job.json", workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4"))
    wait_until(daemon.engines, "an engine runs")
    wait_until(lambda: list(workplace.proxies.iterdir()), "it writes")
    shutil.rmtree(workplace.proxies)
    state, result = workplace.wait_filed("job.json")
    assert state == "failed"
    assert result["failure"]["class"] == "execution"
    assert not workplace.proxies.exists()
    assert not daemon.ended()


@pytest.mark.slow
def test_row_20_a_hundred_thousand_specs_wait_in_bounded_memory_and_run_in_order(
    workplace: Workplace,
) -> None:
    pending = workplace.watch / "pending"
    pending.mkdir()
    total = 100_000
    for number in range(total):
        (pending / f"job-{number:06d}.json").touch()
    daemon = workplace.start(PROXX_LOG_LEVEL="info")
    wait_until(lambda: len(daemon.events("job_finished")) >= 200, "two hundred ran", 120)
    assert psutil.Process(daemon.process.pid).memory_info().rss < 200 * 1024 * 1024
    assert daemon.stop() == 0
    finished = [line["spec"] for line in daemon.events("job_finished")]
    assert finished == [f"job-{number:06d}.json" for number in range(len(finished))]
    assert len(workplace.names("pending")) == total - len(finished)
    assert workplace.names("running") == []


def _answer(port: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@needs_strace
@pytest.mark.slow  # it is about half a minute in which nothing happens
def test_a_scan_that_is_stuck_is_said_so_and_goes_on(workplace: Workplace) -> None:
    pending = workplace.watch / "pending"
    pending.mkdir()
    port = _free_port()
    config = workplace.root / "proxx.toml"
    config.write_text(f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    delay = "inject=getdents64:delay_enter=50000000:when=5"
    trace = ("-f", "-D", "-qq", "-o", os.devnull, "-e", "trace=getdents64", "-P", str(pending))
    workplace.wrap = ("strace", *trace, "-e", delay)
    daemon = workplace.start("--poll-seconds", "1", "--config", str(config))
    assert _answer(port) == 200
    wait_until(lambda: daemon.events("loop_stuck"), "it says that it is stuck")
    (stuck,) = daemon.events("loop_stuck")
    assert stuck["doing"] == "looking at the watch folder"
    workplace.drop("job.json", b"{}")
    wait_until(lambda: _answer(port) == 503, "its health is bad")
    assert workplace.places("job.json") == ["pending"]
    wait_until(lambda: daemon.events("loop_goes_on"), "it goes on")
    workplace.wait_filed("job.json")
    wait_until(lambda: _answer(port) == 200, "its health is good again")


def test_row_16_an_engine_that_leaves_its_session_is_ended_with_its_job(
    workplace: Workplace, tools: EngineTools
) -> None:
    environment = misbehaving_engine(workplace, tools, "leaves_its_session")
    workplace.start(**environment)
    workplace.drop("job.json", _quick(workplace))
    assert workplace.wait_filed("job.json")[0] == "completed"
    left = int((workplace.root / "engine" / "left-behind").read_text())
    wait_until(lambda: not psutil.pid_exists(left), "what it left is ended")
