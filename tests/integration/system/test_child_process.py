"""The child process runner against real programs of every temper."""

import errno
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from attrs import define, field

from proxx_daemon.system import child
from proxx_daemon.system.awake import AwakeClock
from proxx_daemon.system.cancel import CancelToken
from proxx_daemon.system.stream import CHUNK

_PROGRAMS = Path(__file__).parents[2] / "programs"
#: seconds; long enough for a busy machine, short enough for a test that fails
_PATIENCE = 20.0


@define
class Heard:
    """What a child said, line by line."""

    output: list[bytes] = field(factory=list)
    error: list[bytes] = field(factory=list)


def _limits(
    *, wall: float | None = _PATIENCE, stall: float | None = None, termination: float = 5.0
) -> child.RunLimits:
    return child.RunLimits(wall_seconds=wall, stall_seconds=stall, termination_seconds=termination)


def _run(
    *argv: str,
    heard: Heard | None = None,
    limits: child.RunLimits | None = None,
    cancel: CancelToken | None = None,
    on_output: Callable[[Sequence[bytes]], None] | None = None,
) -> child.ChildExit:
    heard = heard or Heard()
    return child.run(
        argv,
        on_output=on_output or heard.output.extend,
        on_error=heard.error.extend,
        limits=limits or _limits(),
        cancel=cancel,
    )


def _program(name: str, *arguments: str) -> tuple[str, ...]:
    return sys.executable, str(_PROGRAMS / name), *arguments


def _shell(script: str) -> tuple[str, ...]:
    return "/bin/sh", "-c", script


def test_a_long_line_comes_in_pieces_of_which_no_byte_is_missing() -> None:
    pieces: list[bytes] = []
    child.run(
        _shell("printf 'a\\r\\n\\n'; head -c 200000 /dev/zero | tr '\\0' z; printf b"),
        on_output=pieces.extend,
        on_error=lambda _: None,
        limits=_limits(),
    )
    assert b"".join(pieces) == b"a" + b"z" * 200_000 + b"b"
    assert max(map(len, pieces)) <= 2 * CHUNK


def test_no_descriptor_is_left_of_a_child_that_ended() -> None:
    before = sorted(os.listdir("/dev/fd"))
    _run(*_shell("exit 3"))
    assert sorted(os.listdir("/dev/fd")) == before


def _gone(pid: int) -> bool:
    """Whether a process has ended; a zombie that waits for init counts."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _await_gone(pid: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still alive"
        time.sleep(0.01)


@pytest.mark.parametrize("code", [0, 1, 42, 255])
def test_an_exit_code_is_reported_as_it_is(code: int) -> None:
    assert _run(*_shell(f"exit {code}")) == child.ChildExit(ending=child.Ending.EXITED, code=code)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_death_by_a_signal_is_a_negative_code(number: signal.Signals) -> None:
    exit_ = _run(*_shell(f"kill -{number.value} $$"))

    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=-number)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (r"one\ntwo\n", [b"one", b"two"]),
        (r"one\rtwo\r", [b"one", b"two"]),
        (r"one\r\ntwo\r\n", [b"one", b"two"]),
        (r"one\n\n\ntwo", [b"one", b"two"]),
        (r"no end", [b"no end"]),
        (r"", []),
    ],
)
def test_lines_are_cut_at_newlines_and_carriage_returns(said: str, lines: list[bytes]) -> None:
    heard = Heard()

    _run(*_shell(f"printf '{said}'; printf '{said}' >&2"), heard=heard)

    assert heard.output == lines
    assert heard.error == lines


def test_a_line_that_arrives_in_pieces_is_handed_on_whole() -> None:
    heard = Heard()

    _run(*_shell("printf 'fra'; sleep 0.1; printf 'me=1\\nend'"), heard=heard)

    assert heard.output == [b"frame=1", b"end"]


def test_a_line_without_an_end_is_handed_on_in_bounded_pieces() -> None:
    heard = Heard()

    _run(*_shell("head -c 1000000 /dev/zero"), heard=heard)

    assert sum(map(len, heard.output)) == 1_000_000
    assert max(map(len, heard.output)) <= 2 * 65536


def test_a_flood_on_both_pipes_does_not_block_the_child_and_nothing_is_lost() -> None:
    heard = Heard()

    exit_ = _run(*_program("floods_both_pipes.py", "64"), heard=heard)

    assert exit_.code == 0
    assert len(heard.output) == len(heard.error) == 64 * 64
    assert set(heard.output) == set(heard.error) == {b"x" * 1023}


def test_a_child_that_ignores_sigterm_is_killed_after_the_termination_time() -> None:
    cancel = CancelToken()
    started = time.monotonic()

    exit_ = _run(
        *_program("ignores_sigterm.py"),
        limits=_limits(termination=0.5),
        cancel=cancel,
        on_output=lambda _line: cancel.cancel(),
    )

    assert exit_ == child.ChildExit(ending=child.Ending.CANCELLED, code=-signal.SIGKILL)
    assert time.monotonic() - started >= 0.5


def test_a_child_is_listened_to_while_it_ends() -> None:
    cancel = CancelToken()
    heard = Heard()

    exit_ = _run(
        *_program("says_goodbye.py"),
        heard=heard,
        limits=_limits(termination=_PATIENCE),
        cancel=cancel,
        on_output=lambda _line: cancel.cancel(),
    )

    assert exit_ == child.ChildExit(ending=child.Ending.CANCELLED, code=3)
    assert len(heard.error) == 301
    assert heard.error[-1] == b"goodbye"


def test_a_stopped_child_hears_that_it_must_end() -> None:
    started = time.monotonic()

    exit_ = _run(*_program("stops_itself.py"), limits=_limits(stall=0.5, termination=_PATIENCE))

    assert exit_ == child.ChildExit(ending=child.Ending.STALLED, code=-signal.SIGTERM)
    assert time.monotonic() - started < _PATIENCE


def test_a_grandchild_that_holds_the_pipes_is_ended_with_the_child() -> None:
    heard = Heard()
    started = time.monotonic()

    exit_ = _run(*_program("leaves_grandchild.py", "unfinished"), heard=heard)

    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=0)
    assert time.monotonic() - started < _PATIENCE
    pid, last = heard.output
    assert last == b"no end"
    _await_gone(int(pid))


def test_a_grandchild_that_left_the_session_is_ended_too() -> None:
    heard = Heard()
    started = time.monotonic()

    exit_ = _run(*_program("leaves_grandchild.py", "own-session", "unfinished"), heard=heard)

    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=0)
    assert time.monotonic() - started < _PATIENCE
    assert heard.output[1:] == [b"no end"]
    _await_gone(int(heard.output[0]))


def test_a_cancelled_child_takes_its_grandchildren_along() -> None:
    cancel = CancelToken()
    pids: list[int] = []

    def started(lines: Sequence[bytes]) -> None:
        pids.extend(map(int, lines))
        cancel.cancel()

    exit_ = _run(*_shell("sleep 60 & echo $!; wait"), cancel=cancel, on_output=started)

    assert exit_.ending is child.Ending.CANCELLED
    _await_gone(pids[0])


def test_silence_on_stdout_is_a_stall_however_much_stderr_says() -> None:
    heard = Heard()

    exit_ = _run(*_program("stays_silent.py", "chatter"), heard=heard, limits=_limits(stall=0.6))

    assert exit_ == child.ChildExit(ending=child.Ending.STALLED, code=-signal.SIGTERM)
    assert heard.error


def test_output_now_and_then_is_no_stall() -> None:
    exit_ = _run(*_program("lingers_after_closing.py", "1.5", "0"), limits=_limits(stall=0.9))

    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=0)


def test_a_child_that_worked_long_may_take_a_moment_to_end_after_closing_its_outputs() -> None:
    exit_ = _run(*_program("lingers_after_closing.py", "1.5", "0.5"), limits=_limits(stall=1.4))

    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=0)


def test_a_child_that_closed_its_outputs_and_never_ends_is_stalled() -> None:
    exit_ = _run(*_program("lingers_after_closing.py", "0.1", "60"), limits=_limits(stall=0.5))

    assert exit_ == child.ChildExit(ending=child.Ending.STALLED, code=-signal.SIGTERM)


def test_the_wall_limit_ends_even_a_busy_child() -> None:
    exit_ = _run(*_shell("while :; do echo busy; done"), limits=_limits(wall=0.5, stall=5.0))

    assert exit_ == child.ChildExit(ending=child.Ending.TIMED_OUT, code=-signal.SIGTERM)


def test_a_token_that_was_cancelled_before_the_start_ends_the_child_at_once() -> None:
    cancel = CancelToken()
    cancel.cancel()
    started = time.monotonic()

    exit_ = _run(*_program("stays_silent.py"), cancel=cancel)

    assert exit_ == child.ChildExit(ending=child.Ending.CANCELLED, code=-signal.SIGTERM)
    assert time.monotonic() - started < _PATIENCE


def test_another_thread_can_cancel_a_running_child() -> None:
    cancel = CancelToken()
    running = threading.Event()

    def cancel_when_running() -> None:
        running.wait(_PATIENCE)
        cancel.cancel()

    thread = threading.Thread(target=cancel_when_running)
    thread.start()
    exit_ = _run(
        *_program("ignores_sigterm.py"),
        limits=_limits(termination=0.1),
        cancel=cancel,
        on_output=lambda _line: running.set(),
    )
    thread.join()

    assert exit_ == child.ChildExit(ending=child.Ending.CANCELLED, code=-signal.SIGKILL)


def test_a_callback_that_raises_ends_the_child_and_is_heard_of() -> None:
    pids: list[int] = []

    def refuse(lines: Sequence[bytes]) -> None:
        pids.extend(map(int, lines))
        raise RuntimeError("the log is full")

    with pytest.raises(RuntimeError, match="the log is full"):
        _run(*_shell("echo $$; exec sleep 60"), on_output=refuse)

    assert not psutil.pid_exists(pids[0])


def test_an_error_of_a_callback_is_not_taken_for_a_failed_start() -> None:
    def refuse(_: Sequence[bytes]) -> None:
        raise OSError(errno.ENOSPC, "the log is full")

    with pytest.raises(OSError, match="the log is full"):
        _run(*_shell("echo one; exec sleep 60"), on_output=refuse)


@pytest.mark.parametrize(
    ("mode", "reason"), [(0o644, "Permission denied"), (0o755, "Exec format error")]
)
def test_a_file_that_is_no_program_cannot_be_started(
    tmp_path: Path, mode: int, reason: str
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_bytes(b"\x00\x01")
    program.chmod(mode)

    with pytest.raises(child.NotStarted, match=reason):
        _run(str(program))


def test_a_program_that_is_not_there_cannot_be_started() -> None:
    with pytest.raises(child.NotStarted, match="No such file or directory"):
        _run("/nowhere/ffmpeg")


def test_no_run_leaks_a_descriptor_however_it_ended() -> None:
    def runs() -> None:
        _run(*_shell("exit 0"))
        _run(*_program("leaves_grandchild.py"))
        _run(*_program("stays_silent.py"), limits=_limits(wall=0.1))
        with pytest.raises(child.NotStarted):
            _run("/nowhere/ffmpeg")
        cancel = CancelToken()
        cancel.cancel()
        _run(*_program("stays_silent.py"), cancel=cancel)
        cancel.close()

    runs()
    before = set(os.listdir("/proc/self/fd"))
    runs()

    assert set(os.listdir("/proc/self/fd")) == before


def test_no_zombie_is_left() -> None:
    for _ in range(3):
        _run(*_shell("exit 0"))

    assert psutil.Process().children() == []


def test_a_child_reads_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"first\nsecond\n")
    lines: list[bytes] = []
    with (tmp_path / "in").open("rb") as given:
        exit_ = child.run(
            ("/bin/cat",),
            on_output=lines.extend,
            on_error=lines.extend,
            limits=child.RunLimits(wall_seconds=20, stall_seconds=None),
            stdin=given,
        )
    assert exit_ == child.ChildExit(ending=child.Ending.EXITED, code=0)
    assert lines == [b"first", b"second"]


def test_a_child_is_ended_at_a_deadline_that_moves_with_what_it_says() -> None:
    clock = AwakeClock()
    deadline: list[float] = [20.0]

    def heard(lines: Sequence[bytes]) -> None:
        # From here on it is expected to say more at once.
        assert lines == [b"begin"]
        deadline[0] = clock.now + 0.1

    exit_ = child.run(
        ("/bin/sh", "-c", "echo begin; sleep 60"),
        on_output=heard,
        on_error=lambda _: None,
        limits=child.RunLimits(wall_seconds=None, stall_seconds=None),
        deadline=lambda: deadline[0],
        clock=clock,
    )
    assert exit_ == child.ChildExit(ending=child.Ending.TIMED_OUT, code=-signal.SIGTERM)
