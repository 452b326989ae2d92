"""One child process: drained, bounded and ended as a tree, whatever it does."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from attrs import define, field
from proxx_process import wait_until

from proxx_daemon.system import child
from proxx_daemon.system.child import CancelToken, ChildExit, Ending, Limits

_PROGRAM = Path(__file__).parents[2] / "programs" / "child_of_many_moods.py"
_PATIENT = Limits(wall_seconds=30, stall_seconds=None, termination_seconds=0.2)


@define
class Listener:
    """Keeps what a child says, and can act on a line."""

    out: list[bytes] = field(factory=list)
    err: list[bytes] = field(factory=list)

    def run(
        self,
        mood: str,
        limits: Limits = _PATIENT,
        cancel: CancelToken | None = None,
        keep: tuple[int, ...] = (),
    ) -> ChildExit:
        return child.run(
            (sys.executable, str(_PROGRAM), mood),
            on_output=self.on_output,
            on_error=self.err.append,
            limits=limits,
            cancel=cancel,
            keep_descriptors=keep,
        )

    def on_output(self, line: bytes) -> None:
        self.out.append(line)


@define
class Canceller(Listener):
    """Cancels as soon as the child says that it is ready."""

    token: CancelToken = field(factory=CancelToken)

    def on_output(self, line: bytes) -> None:
        Listener.on_output(self, line)
        self.token.cancel()


@define
class Stopper(Canceller):
    """Stops the child with SIGSTOP, then cancels it."""

    def on_output(self, line: bytes) -> None:
        for process in psutil.Process().children():
            process.send_signal(signal.SIGSTOP)
        Canceller.on_output(self, line)


@define
class Raiser(Listener):
    """Cannot bear what it hears."""

    def on_output(self, line: bytes) -> None:
        raise RuntimeError(line.decode())


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Check that no child and no descriptor outlives a test."""
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    yield
    assert psutil.Process().children() == []
    if before:
        # A token that a test made has two.
        assert len(os.listdir("/proc/self/fd")) <= before + 2


def test_the_exit_code_and_every_line_are_handed_on() -> None:
    listener = Listener()
    assert listener.run("lines") == ChildExit(ending=Ending.EXITED, code=7)
    assert listener.out == [b"one", b"two", b"three", b"four"]


def test_a_flood_on_both_outputs_does_not_block() -> None:
    listener = Listener()
    assert listener.run("flood").code == 0
    assert len(listener.out) == len(listener.err) == 20_000
    assert listener.err[-1].startswith(b"err 19999")


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    canceller = Canceller()
    ended = canceller.run("ignore-sigterm", cancel=canceller.token)
    assert ended == ChildExit(ending=Ending.CANCELLED, code=-signal.SIGKILL)


def test_a_stopped_child_is_ended_all_the_same() -> None:
    stopper = Stopper()
    assert stopper.run("wait", cancel=stopper.token).ending is Ending.CANCELLED


def test_a_cancelled_child_gets_sigterm_first() -> None:
    canceller = Canceller()
    ended = canceller.run("wait", cancel=canceller.token)
    assert ended == ChildExit(ending=Ending.CANCELLED, code=-signal.SIGTERM)


def test_a_token_that_was_cancelled_before_ends_the_child_at_once() -> None:
    token = CancelToken()
    token.cancel()
    token.cancel()
    assert Listener().run("wait", cancel=token).ending is Ending.CANCELLED


def test_another_thread_can_cancel() -> None:
    token = CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    assert Listener().run("talk", cancel=token).ending is Ending.CANCELLED
    timer.join()


def test_a_silent_child_is_stalled_and_a_talking_one_is_not() -> None:
    limits = Limits(wall_seconds=1.0, stall_seconds=0.3, termination_seconds=0.2)
    assert Listener().run("wait", limits).ending is Ending.STALLED
    assert Listener().run("talk", limits).ending is Ending.TIMED_OUT


def test_a_child_that_closed_its_outputs_is_stalled_too() -> None:
    limits = Limits(wall_seconds=30, stall_seconds=0.3, termination_seconds=0.2)
    assert Listener().run("close-outputs", limits).ending is Ending.STALLED


def test_a_grandchild_neither_holds_up_the_run_nor_outlives_it() -> None:
    listener = Listener()
    assert listener.run("leave-grandchild").ending is Ending.EXITED
    pid = int(listener.out[0])
    wait_until(lambda: _is_gone(pid), "the grandchild is dead")


def _is_gone(pid: int) -> bool:
    """Whether a process runs no more; who reaps it is not our business."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_nothing_is_inherited_but_what_was_asked_for() -> None:
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # noqa: FBT003 - so is its signature
    try:
        listener = Listener()
        listener.run("tell-about-self", keep=(writer,))
    finally:
        os.close(reader)
        os.close(writer)
    assert listener.out == [f"descriptors {writer}".encode(), b"stdin 0", b"leader True"]


def test_a_listener_that_raises_ends_the_child() -> None:
    with pytest.raises(RuntimeError, match="ready"):
        Raiser().run("wait")


def test_a_program_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        child.run(
            ("/nonexistent/ffmpeg",),
            on_output=lambda _: None,
            on_error=lambda _: None,
            limits=_PATIENT,
        )
