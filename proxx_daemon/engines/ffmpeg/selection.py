"""Decides which FFmpeg runs, and checks that it is the pinned one."""

from collections.abc import Mapping
from concurrent.futures import Future, wait
from threading import Lock
from typing import Final

from attrs import field, frozen

from proxx_daemon.engines.engine import Engine, EnginePin, EngineTools
from proxx_daemon.engines.ffmpeg.inspection import inspect
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import failed
from proxx_daemon.system import storage
from proxx_daemon.system.same_program import look_at

#: seconds between two looks at an inspection that another thread makes
_LOOK_SECONDS: Final = 0.2


class FfmpegSelection:
    """The engine of this process, inspected again only when a program has changed on disk."""

    def __init__(
        self,
        configured: str | None,
        environment: Mapping[str, str],
        pin: EnginePin | None = None,
        *,
        recorded: bool = True,
    ) -> None:
        """`pin` is the only engine that may run; without one, whichever the rule finds.

        An engine that is not `recorded` in a result is hashed only for a pin.
        """
        self._configured = configured
        self._pin = pin or EnginePin()
        self._hashes = recorded or bool(self._pin.sha256 or self._pin.probe_sha256)
        self._environment = dict(environment)
        self._known: Engine | None = None
        #: the inspection under way; callers that come meanwhile wait for it
        self._question: _Question | None = None
        self._lock = Lock()

    def tools(self) -> EngineTools:
        """Return where the programs are. Raise JobFailed when there are none."""
        return locate(self._configured, self._environment)

    def engine(self) -> Engine:
        """Return the engine that runs now. Raise JobFailed when there is none that can.

        Of several callers at a time one asks the engine; the others wait for the same answer.
        """
        while (engine := self._answered()) is None:
            # The thread that asked was left behind: that was about its job alone.
            pass
        return engine

    def _answered(self) -> Engine | None:
        """Ask, or wait for the answer; None if nobody asks any more."""
        with self._lock:
            question = self._question
            asks = question is None or question.left_behind
            if question is None or asks:
                self._question = question = _Question()
        if asks:
            self._ask(question)
        return question.wait()

    def _ask(self, question: "_Question") -> None:
        try:
            question.answer.set_result(self._inspected())
        except storage.LeftBehind:
            raise
        except BaseException as error:  # noqa: BLE001 - raised by `wait`, for all who wait
            question.answer.set_exception(error)
        finally:
            with self._lock:
                if self._question is question:
                    self._question = None

    def _inspected(self) -> Engine:
        tools = self.tools()
        if self._known is None or self._known.tools != tools or _differs(self._known):
            engine = inspect(tools, hashes=self._hashes)
            _check_pin(engine, self._pin)
            self._known = engine
        return self._known


@frozen
class _Question:
    """An inspection that one thread makes, for all who wait for it."""

    answer: Future[Engine] = field(factory=Future)
    #: the job for which that thread works; None outside of jobs
    errand: storage.Errand | None = field(factory=storage.current)

    @property
    def left_behind(self) -> bool:
        """Whether its thread was left behind: no answer comes."""
        return self.errand is not None and self.errand.left_behind

    def wait(self) -> Engine | None:
        """Return the answer, None if there will be none; a volume is silent for all who wait."""
        while not wait([self.answer], timeout=_LOOK_SECONDS).done:
            if self.left_behind:
                storage.step()
                return None
            storage.wait_with(self.errand)
        storage.step()
        return self.answer.result()


def _differs(engine: Engine) -> bool:
    """Return whether a program of an engine does not look as it did when it was inspected."""
    try:
        return any(look_at(each.path) != each.look for each in (engine.ffmpeg, engine.ffprobe))
    except OSError:
        # It was there a moment ago: an update of the package is under way.
        return True


def _check_pin(engine: Engine, pin: EnginePin) -> None:
    """Refuse an engine that is not the pinned one: raise JobFailed with ENGINE_PIN_MISMATCH."""
    differences = [
        f"{what} is {found}, pinned is {wanted}"
        for what, found, wanted in (
            ("its version", engine.version, pin.version),
            ("its SHA-256", engine.sha256, pin.sha256),
            ("the SHA-256 of its ffprobe", engine.ffprobe.sha256, pin.probe_sha256),
        )
        if wanted is not None and found != wanted
    ]
    if differences:
        raise failed(
            Code.ENGINE_PIN_MISMATCH,
            f"{engine.tools.ffmpeg} is not the pinned engine: {'; '.join(differences)}.",
        )
