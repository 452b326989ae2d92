"""Decides which FFmpeg runs, and checks that it is the pinned one."""

import os
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

from proxx_daemon.engines.engine import Engine, EnginePin, EngineTools
from proxx_daemon.engines.ffmpeg.inspection import inspect, unusable
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.source.hashing import identity_of
from proxx_daemon.system import storage

if TYPE_CHECKING:
    from proxx_daemon.source.media import FileIdentity


class FfmpegSelection:
    """The engine of this process, inspected again only when its program has changed on disk."""

    def __init__(
        self, configured: str | None, environment: Mapping[str, str], pin: EnginePin | None = None
    ) -> None:
        """`pin` is the only engine that may run; without one, whichever the rule finds."""
        self._configured = configured
        self._pin = pin or EnginePin()
        self._environment = dict(environment)
        self._known: tuple[FileIdentity, Engine] | None = None
        #: the inspection under way; callers that come meanwhile wait for it
        self._answer: Future[Engine] | None = None
        self._lock = Lock()

    def tools(self) -> EngineTools:
        """Return where the programs are. Raise JobFailed when there are none."""
        return locate(self._configured, self._environment)

    def engine(self) -> Engine:
        """Return the engine that runs now. Raise JobFailed when there is none that can.

        Of several callers at a time one asks the engine; the others wait for the same answer.
        """
        with self._lock:
            answer, asks = self._answer or Future(), self._answer is None
            self._answer = answer
        if asks:
            try:
                answer.set_result(self._inspected())
            except storage.LeftBehind:
                # That is about the thread of this caller, not about those of the others.
                answer.set_exception(failed(Code.ENGINE_UNUSABLE, "FFmpeg does not answer."))
                raise
            except BaseException as error:  # noqa: BLE001 - raised below, for all who wait
                answer.set_exception(error)
            finally:
                self._answer = None
        with storage.resting():
            return answer.result()

    def _inspected(self) -> Engine:
        tools = self.tools()
        try:
            status = os.stat(tools.ffmpeg)
        except OSError as error:
            # It was there a moment ago: an update of the package is under way.
            raise unusable(tools.ffmpeg, os.strerror(error.errno or 0)) from error
        identity = identity_of(status)
        if self._known is None or self._known[0] != identity or self._known[1].tools != tools:
            engine = inspect(tools)
            _check_pin(engine, self._pin)
            self._known = (identity, engine)
        return self._known[1]


def _check_pin(engine: Engine, pin: EnginePin) -> None:
    """Refuse an engine that is not the pinned one: raise JobFailed with ENGINE_PIN_MISMATCH."""
    differences = [
        f"its {what} is {found}, pinned is {wanted}"
        for what, found, wanted in (
            ("version", engine.version, pin.version),
            ("SHA-256", engine.sha256, pin.sha256),
        )
        if wanted is not None and found != wanted
    ]
    if differences:
        raise failed(
            Code.ENGINE_PIN_MISMATCH,
            f"{engine.tools.ffmpeg} is not the pinned engine: {'; '.join(differences)}.",
        )
