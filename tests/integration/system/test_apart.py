"""Questions asked in a copy of the process: an answer, or none, and never a copy that stays."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from proxx_daemon.system.apart import Apart


def _has_no_child() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_a_copy_answers_and_leaves_no_trace() -> None:
    seen: list[int] = []

    def ask() -> bytes:
        seen.append(os.getpid())
        return str(os.getpid()).encode()

    answer = Apart(ask).answer()

    assert answer.isdigit()
    assert answer != str(os.getpid()).encode()
    assert seen == []
    assert _has_no_child()


def _fails() -> bytes:
    raise OSError("a folder that cannot be read")


def _is_interrupted() -> bytes:
    raise KeyboardInterrupt


def _is_killed() -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b"never"


def _says_too_much() -> bytes:
    return b"x" * 513


@pytest.mark.parametrize("ask", [_fails, _is_interrupted, _is_killed, _says_too_much])
def test_a_copy_that_cannot_answer_says_nothing(
    ask: Callable[[], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    assert Apart(ask).answer() == b""
    assert capfd.readouterr() == ("", "")
    assert _has_no_child()


def test_no_copy_is_made_while_other_threads_run() -> None:
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    try:
        assert Apart(lambda: b"an answer").answer() == b""
    finally:
        end.set()
        other.join()


_REAPED_BY_THE_KERNEL = """
import signal
from proxx_daemon.system.apart import Apart

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print(Apart(lambda: b"an answer").answer())
"""


def test_a_copy_answers_whoever_was_started_with_children_ignored() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _REAPED_BY_THE_KERNEL], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("b'an answer'\n", "")


_WITHOUT_PROCESSES = """
import os, resource
from proxx_daemon.system.apart import Apart

if os.geteuid() == 0:
    # The limit does not hold for root.
    os.setuid(65534)
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
opened = len(os.listdir("/dev/fd"))
print(Apart(lambda: b"an answer").answer(), len(os.listdir("/dev/fd")) - opened)
"""


def test_a_machine_without_another_process_gives_no_answer() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_PROCESSES], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("b'' 0\n", "")
