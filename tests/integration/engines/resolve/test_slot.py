"""Waiting for the one slot that Resolve has on a machine."""

import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from proxx_process import wait_until

from proxx_daemon.engines.resolve import slot
from proxx_daemon.system.cancel import CancelToken

#: the first descriptor that `select` cannot take
_BEYOND_SELECT = 1024


@pytest.fixture
def many_open_files() -> Iterator[None]:
    """Keep so many files open that each new one has a descriptor beyond those of `select`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _BEYOND_SELECT
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    opened = [os.open(os.devnull, os.O_RDONLY)]
    while opened[-1] < _BEYOND_SELECT:
        opened.append(os.dup(opened[0]))
    yield
    for descriptor in opened:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_open_files")
def test_a_cancel_ends_the_wait_whatever_the_number_of_its_descriptor(tmp_path: Path) -> None:
    path, cancel, waiting = str(tmp_path / "lock"), CancelToken(), threading.Event()
    assert cancel.fileno() >= _BEYOND_SELECT
    held = slot.take(path, cancel, lambda: None)
    assert held is not None
    answers: list[object] = []
    waiter = threading.Thread(target=lambda: answers.append(slot.take(path, cancel, waiting.set)))
    waiter.start()
    wait_until(waiting.is_set, "somebody waits for the slot")
    cancel.cancel()
    waiter.join(30)
    assert answers == [None]
    held.close()
    cancel.close()


def test_the_slot_comes_free_when_its_holder_lets_go(tmp_path: Path) -> None:
    path, cancel = str(tmp_path / "lock"), CancelToken()
    held = slot.take(path, cancel, lambda: None)
    assert held is not None
    taken = slot.take(path, cancel, held.close)
    assert taken is not None
    taken.close()
    cancel.close()
