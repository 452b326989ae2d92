"""The daemon under a service manager: a real socket hears when it is ready, well, and ending."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from proxx_process import Workplace, wait_until


class _Manager:
    """Listens as systemd does."""

    def __init__(self, path: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(0)
        self.lines: list[str] = []

    def heard(self, start: str) -> list[str]:
        try:
            while True:
                self.lines += self.socket.recv(4096).decode().splitlines()
        except BlockingIOError:
            return [line for line in self.lines if line.startswith(start)]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[_Manager]:
    listener = _Manager(str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


def test_the_service_manager_hears_everything(
    workplace: Workplace, manager: _Manager, tmp_path: Path
) -> None:
    daemon = workplace.launch(
        NOTIFY_SOCKET=str(tmp_path / "notify"),
        WATCHDOG_USEC="400000",
    )
    wait_until(lambda: manager.heard("READY=1"), "it is ready")
    daemon.wait_started()
    wait_until(lambda: len(manager.heard("WATCHDOG=1")) > 5, "it gives signs of life")
    workplace.drop("job.json", workplace.spec("proxy_h264_low", "bigbuckbunny.mp4"))
    wait_until(lambda: "STATUS=serving: 1 running, 0 pending" in manager.heard("STATUS="), "status")
    # The system keeps a few datagrams only: somebody has to listen all the time.
    wait_until(
        lambda: manager.heard("WATCHDOG=1") and workplace.places("job.json") == ["completed"],
        "the job completes",
    )
    assert daemon.stop() == 0
    assert manager.heard("STOPPING=1")
    assert manager.heard("EXTEND_TIMEOUT_USEC=90000000")
    assert manager.heard("STATUS=")[-1] == "STATUS=stopped: 0 running, 0 pending"


def test_a_daemon_that_hangs_gives_no_sign_of_life(
    workplace: Workplace, manager: _Manager, tmp_path: Path
) -> None:
    daemon = workplace.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000")
    wait_until(lambda: manager.heard("WATCHDOG=1"), "it gives signs of life")
    daemon.process.send_signal(19)
    wait_until(lambda: not _came(manager), "it is silent")
    daemon.process.send_signal(18)
    wait_until(lambda: _came(manager), "it gives signs of life again")


def _came(manager: _Manager) -> bool:
    """Whether a sign of life comes within three times the pause between two."""
    before = len(manager.heard("WATCHDOG=1"))
    try:
        wait_until(lambda: len(manager.heard("WATCHDOG=1")) > before, "a sign", 0.3)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("address", ["/nonexistent/notify", "@proxx-test-nobody", "x" * 200])
def test_a_service_manager_that_is_not_there_costs_nothing(
    address: str, workplace: Workplace
) -> None:
    daemon = workplace.start(NOTIFY_SOCKET=address, WATCHDOG_USEC="100000")
    assert daemon.stop() == 0


def test_another_process_s_watchdog_is_not_ours(
    workplace: Workplace, manager: _Manager, tmp_path: Path
) -> None:
    workplace.start(
        NOTIFY_SOCKET=str(tmp_path / "notify"),
        WATCHDOG_USEC="100000",
        WATCHDOG_PID=str(os.getpid()),
    )
    wait_until(lambda: manager.heard("READY=1"), "it is ready")
    wait_until(lambda: manager.heard("STATUS=serving"), "it turns")
    assert manager.heard("WATCHDOG=1") == []
