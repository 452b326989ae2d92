"""Follows the reports of a session: its steps, its findings, and when the next one is due."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from attrs import define, evolve, field, frozen

from proxx_daemon.failures.codes import Code
from proxx_daemon.plan import resolve as resolve_plan
from proxx_daemon.plan.resolve_session import STEPS, Call, ClipFacts, Step, StepRecord
from proxx_daemon.system.awake import AwakeClock

#: seconds that a session gets to close its project after it was asked to end
_TERMINATION_SECONDS: Final = 10.0
#: calls of one step that a result keeps
_MOST_CALLS: Final = 60


@frozen(kw_only=True)
class SessionLimits:
    """How long a session may take. Seconds in which this process ran; None means no limit."""

    #: for the render
    render_seconds: float | None
    #: without a change of its status, its percentage or what it has written
    stall_seconds: float | None
    #: for every other step; None: each has the limit of the table
    step_seconds: float | None = None
    #: between SIGTERM and SIGKILL
    termination_seconds: float = _TERMINATION_SECONDS

    @property
    def termination(self) -> float:
        """Seconds that an ended session gets: no more than any other of its steps."""
        if self.step_seconds is None:
            return self.termination_seconds
        return min(self.termination_seconds, self.step_seconds)

    def of(self, step: Step) -> float | None:
        """Return the limit of one step; None for the render, which has two of its own."""
        own = STEPS[step].seconds
        return own if own is None or self.step_seconds is None else self.step_seconds


@frozen
class RenderProgress:
    """How far a render is."""

    #: share that is done, 0 to 1
    fraction: float
    #: seconds since the render began
    seconds: float


@frozen
class Overdue:
    """Where a session was when its time was up."""

    #: in which step
    step: Step
    #: of the limit that it passed
    code: Code
    #: the last call that had returned in that step
    last_call: str | None


@define
class Listener:
    """Takes the session's lines, and computes when the next one is due."""

    limits: SessionLimits
    on_progress: Callable[[RenderProgress], None]
    #: called with what the proxy will be; an exception from it ends the session
    on_facts: Callable[[ClipFacts, tuple[int, ...]], None]
    #: every step that was begun
    steps: list[StepRecord] = field(factory=list)
    #: what Resolve reports about the clip
    facts: ClipFacts | None = None
    #: how Resolve calls itself
    product: str = ""
    #: its version
    version: str = ""
    #: its render presets; None where it could not be asked
    presets: tuple[str, ...] | None = None
    #: Resolve reports that the render is complete
    rendered: bool = False
    #: where the session was when its time was up
    overdue: Overdue | None = None
    #: how far the render is
    percent: float = 0.0
    #: code and message of the failure that the session reported
    reported_failure: tuple[Code, str] | None = None
    #: why a project of Proxx is still in Resolve
    left_behind: str | None = None
    #: the clock of all its times
    clock: AwakeClock = field(factory=AwakeClock)
    _properties: Mapping[str, Any] | None = None
    _began: float = 0.0
    _heard: float = 0.0

    @property
    def step(self) -> Step | None:
        """The step that is under way; None before the first and between two."""
        open_step = self.steps and self.steps[-1].seconds is None
        return self.steps[-1].step if open_step else None

    def deadline(self) -> float | None:
        """Return the time on the clock by which the session is overdue."""
        if self.overdue is not None:
            return -math.inf
        limit, code = self._due()
        if self.clock.now > limit:
            # Kept: a session that is asked to end goes on to other steps.
            self.overdue = Overdue(self.step or Step.CONNECT, code, self._last_call())
        return limit

    def _due(self) -> tuple[float, Code]:
        """Return when the current step is overdue, and the code for that."""
        step = self.step or Step.CONNECT
        if step is not Step.RENDER:
            limit = self.limits.of(step)
            return (math.inf if limit is None else self._began + limit), STEPS[step].code
        whole, stall = self.limits.render_seconds, self.limits.stall_seconds
        whole_end = math.inf if whole is None else self._began + whole
        stall_end = math.inf if stall is None else self._heard + stall
        if stall_end < whole_end:
            return stall_end, Code.RESOLVE_STALLED
        return whole_end, Code.RESOLVE_TIMEOUT

    def _last_call(self) -> str | None:
        calls = self.steps[-1].calls if self.steps else ()
        return calls[-1].call if calls else None

    def lines(self, raw: Sequence[bytes]) -> None:
        """Take lines; one that is not a report is ignored."""
        for line in raw:
            self._line(line)

    def _line(self, raw: bytes) -> None:
        try:
            # NaN and the infinities are no numbers of JSON, and no times either.
            report = json.loads(raw, parse_constant=_no_number)
        except (ValueError, RecursionError):
            return
        if isinstance(report, dict):
            self._heard = self.clock.now
            self._take_step(report)
            self._take_finding(report)

    def _take_step(self, report: dict[str, Any]) -> None:
        match report:
            case {"event": "step", "step": str(step)}:
                self._began = self._heard
                self.steps.append(StepRecord(step=Step(step)))
            case {"event": "call", "call": str(call), "returned": str(returned)} if self.steps:
                calls = (*self.steps[-1].calls, Call(call=call, returned=returned))
                self.steps[-1] = evolve(self.steps[-1], calls=calls[-_MOST_CALLS:])
            case {"event": "step_done", "seconds": float(seconds)} if self.steps and math.isfinite(
                seconds
            ):
                self._began = self._heard
                self.steps[-1] = evolve(self.steps[-1], seconds=seconds)
            case {"event": "progress", "percent": percent}:
                self._progress(percent)
            case {"event": "rendered"}:
                self.rendered = True

    def _take_finding(self, report: dict[str, Any]) -> None:
        match report:
            case {"event": "resolve", "product": str(product), "version": str(version)}:
                self.product, self.version = product, version
            case {"event": "presets", "names": list(names)}:
                self.presets = tuple(map(str, names))
            case {"event": "presets", "names": None}:
                self.presets = None
            case {"event": "clip", "properties": dict(properties)}:
                self._properties = properties
            case {"event": "tracks", "kinds": list(kinds)} if self._properties is not None:
                self.facts = resolve_plan.clip_facts(self._properties)
                self.on_facts(self.facts, resolve_plan.track_channels(list(map(str, kinds))))
            case {"event": "failed", "code": str(code), "message": str(message)}:
                self.reported_failure = (Code(code), message)
            case {"event": "left_behind", "message": str(message)}:
                self.left_behind = message

    def _progress(self, percent: object) -> None:
        if isinstance(percent, int | float) and 0 <= percent <= 100:  # noqa: PLR2004
            self.percent = percent
            seconds = self.clock.now - self._began
            self.on_progress(RenderProgress(percent / 100, seconds))


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
