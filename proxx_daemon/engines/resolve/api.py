"""Calls of Resolve's scripting API, each reported on the session's stdout.

Runs in the session's process only. Resolve answers a call that it refuses with False or None
and gives no reason; so every answer that must not be empty is checked here.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import ProxxError
from proxx_daemon.plan.resolve_session import STEPS, Step

#: characters of one answer that are reported
_ANSWER_CHARACTERS: Final = 400


class RefusedError(ProxxError):
    """Resolve did not do what a step needs."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class ReaderGoneError(ProxxError):
    """The process that started the session has ended: the session cleans up and ends too."""


class Reporter:
    """Writes what the session does to one descriptor, a JSON object on each line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._has_reader = True

    def report(self, event: str, **fields: Any) -> None:
        """Write one line at once.

        Raise ReaderGoneError once when nobody reads it; later calls do nothing.
        """
        if not self._has_reader:
            return
        line = json.dumps({"event": event, **fields}, default=str) + "\n"
        try:
            os.write(self._descriptor, line.encode())
        except BrokenPipeError:
            self._has_reader = False
            raise ReaderGoneError from None


class Api:
    """Makes the calls of one step after another."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._started = 0.0
        #: the step that is under way
        self.step = Step.CONNECT

    def begin(self, step: Step) -> None:
        """Begin a step; the reader of the lines starts its clock now."""
        self.step = step
        self._started = time.monotonic()
        self._reporter.report("step", step=str(step))

    def end(self) -> None:
        """Report that the step is done."""
        seconds = round(time.monotonic() - self._started, 3)
        self._reporter.report("step_done", step=str(self.step), seconds=seconds)

    def call(self, target: Any, name: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call `method` of an API object that is reported as `name`, and return its answer.

        Raise RefusedError with the step's code when the call itself fails.
        """
        text = _written(name, method, arguments, options)
        try:
            answer = self.poll(target, name, method, *arguments, **options)
        except RefusedError as error:
            self._report_call(text, str(error))
            raise
        self._report_call(text, _shown(answer))
        return answer

    def need(self, target: Any, name: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call as `call` does; raise RefusedError when the answer is False, None or empty."""
        answer = self.call(target, name, method, *arguments, **options)
        if not answer:
            text = _written(name, method, arguments, options)
            raise self.refused(f"Resolve answered {answer!r} to {text}.")
        return answer

    def poll(self, target: Any, name: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call as `call` does and report nothing: a long render is polled thousands of times."""
        try:
            return getattr(target, method)(*arguments, **options)
        except Exception as error:
            # The library raises nothing that is documented; on an object that has gone, every
            # method is None.
            text = _written(name, method, arguments, options)
            raise self.refused(f"{text} failed: {type(error).__name__}: {error}.") from error

    def refused(self, message: str) -> RefusedError:
        """Build the failure of the step that is under way."""
        return RefusedError(STEPS[self.step].code, message)

    def _report_call(self, text: str, answer: str) -> None:
        self._reporter.report("call", step=str(self.step), call=text, returned=answer)


def _written(name: str, method: str, arguments: Sequence[Any], options: Mapping[str, Any]) -> str:
    words = [*map(_shown, arguments), *(f"{key}={value!r}" for key, value in options.items())]
    return f"{name}.{method}({', '.join(words)})"


def _shown(answer: Any) -> str:
    """Show plain values as they are, and API objects by their kind: they have no useful text."""
    if isinstance(answer, str | bool | int | float | None):
        return repr(answer)[:_ANSWER_CHARACTERS]
    if isinstance(answer, Mapping):
        inside = ", ".join(f"{key!r}: {_shown(value)}" for key, value in answer.items())
        return f"{{{inside}}}"[:_ANSWER_CHARACTERS]
    if isinstance(answer, list | tuple):
        return f"[{', '.join(map(_shown, answer))}]"[:_ANSWER_CHARACTERS]
    return f"<{type(answer).__name__}>"
