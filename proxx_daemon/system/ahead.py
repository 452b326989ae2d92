"""Asks something in a thread of its own, before its answer is wanted."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar, cast

_Answer = TypeVar("_Answer")


class Ahead(Generic[_Answer]):
    """Something that is asked in a thread of its own, at once.

    `concurrent.futures` does the same and takes 15 ms to import, which `proxx validate` would
    spend on nothing else.
    """

    def __init__(self, ask: Callable[[], _Answer]) -> None:
        self._ask = ask
        self._found: _Answer | None = None
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, name="ahead")
        self._thread.start()

    def _run(self) -> None:
        try:
            self._found = self._ask()
        except BaseException as error:  # noqa: BLE001 - raised again where the answer is wanted
            self._error = error

    def answer(self) -> _Answer:
        """Wait for the answer; raises what the question raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return cast("_Answer", self._found)
