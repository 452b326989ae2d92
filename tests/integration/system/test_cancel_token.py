"""The token that asks for the end of a child, used from several threads at once."""

import os
import selectors
import threading
from pathlib import Path

import pytest

from proxx_daemon.system.cancel import CancelToken


def _is_readable(token: CancelToken) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(token, selectors.EVENT_READ)
        return bool(selector.select(0))


def test_a_token_becomes_readable_once_it_is_cancelled() -> None:
    token = CancelToken()

    assert (token.cancelled, _is_readable(token)) == (False, False)
    token.cancel()
    token.cancel()
    assert (token.cancelled, _is_readable(token)) == (True, True)
    token.close()


def test_cancelling_after_close_writes_to_no_descriptor(tmp_path: Path) -> None:
    token = CancelToken()
    token.close()
    # These get the numbers that the token gave back.
    paths = [tmp_path / str(number) for number in range(8)]
    descriptors = [os.open(path, os.O_RDWR | os.O_CREAT) for path in paths]

    token.cancel()

    assert token.cancelled
    assert [path.read_bytes() for path in paths] == [b""] * 8
    for descriptor in descriptors:
        os.close(descriptor)


def test_closing_twice_closes_no_other_file(tmp_path: Path) -> None:
    token = CancelToken()
    token.close()
    descriptors = [os.open(tmp_path / str(n), os.O_RDWR | os.O_CREAT) for n in range(4)]

    token.close()

    for descriptor in descriptors:
        os.close(descriptor)


def test_a_closed_token_has_no_descriptor() -> None:
    token = CancelToken()
    token.close()

    with pytest.raises(ValueError, match="closed"):
        token.fileno()


def test_cancel_and_close_may_race() -> None:
    before = set(os.listdir("/proc/self/fd"))
    errors: list[Exception] = []

    def attempt(barrier: threading.Barrier, token: CancelToken, name: str) -> None:
        barrier.wait()
        try:
            getattr(token, name)()
        except OSError as error:
            errors.append(error)

    for _ in range(200):
        token, barrier = CancelToken(), threading.Barrier(4)
        threads = [
            threading.Thread(target=attempt, args=(barrier, token, name))
            for name in ("cancel", "close", "cancel", "close")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors == []
    assert set(os.listdir("/proc/self/fd")) == before
