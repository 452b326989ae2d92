"""A start for which the system has no room waits, says so, and goes on by itself."""

import os
import resource
import signal
import threading
from collections.abc import Iterator

import pytest
from proxx_process import wait_until

from proxx_daemon.system import child, tasks
from proxx_daemon.system.cancel import CancelToken

_LIMITS = child.RunLimits(wall_seconds=20, stall_seconds=None)


@pytest.fixture
def no_files(cancel: CancelToken) -> Iterator[tuple[int, int]]:
    """Fewer descriptors are left than a child takes; yield the limits as they were."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert not cancel.cancelled
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/dev/fd")) + 2, before[1]))
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class _Run:
    """A child that is run in a thread of its own."""

    def __init__(self, cancel: CancelToken, tasks: int = 1) -> None:
        self.exits: list[child.ChildExit] = []
        self._cancel, self._tasks = cancel, tasks
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        exit_ = child.run(
            ("/bin/true",),
            on_output=lambda _: None,
            on_error=lambda _: None,
            limits=_LIMITS,
            cancel=self._cancel,
            tasks=self._tasks,
        )
        self.exits.append(exit_)


@pytest.fixture
def cancel() -> Iterator[CancelToken]:
    token = CancelToken()
    yield token
    token.cancel()
    token.close()


def test_a_child_is_started_when_there_is_room_again(
    cancel: CancelToken, no_files: tuple[int, int]
) -> None:
    run = _Run(cancel)
    wait_until(tasks.waited_for, "it waits")
    assert run.exits == []
    resource.setrlimit(resource.RLIMIT_NOFILE, no_files)
    run.thread.join(20)
    assert run.exits == [child.ChildExit(ending=child.Ending.EXITED, code=0)]
    assert tasks.waited_for() is None


def test_a_start_that_waits_is_cancelled_at_once(
    cancel: CancelToken, no_files: tuple[int, int]
) -> None:
    assert no_files
    run = _Run(cancel)
    wait_until(tasks.waited_for, "it waits")
    cancel.cancel()
    run.thread.join(20)
    assert run.exits == [child.ChildExit(ending=child.Ending.CANCELLED, code=-signal.SIGTERM)]
    assert tasks.waited_for() is None
