"""Runs a session as a child process: follows its reports, limits its time, decides how it ended."""

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import IO, Final

from attrs import evolve, frozen

from proxx_daemon.engines.ffmpeg.encode import EngineRun, signal_name
from proxx_daemon.engines.log import EngineLog
from proxx_daemon.engines.resolve.document import plan_bytes
from proxx_daemon.engines.resolve.listener import Listener, RenderProgress, SessionLimits
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.entries import FailureClass
from proxx_daemon.failures.errors import Failure, failure
from proxx_daemon.plan.resolve_session import ClipFacts, SessionPlan, SessionTask, Step, StepRecord
from proxx_daemon.system import child
from proxx_daemon.system.cancel import CancelToken

#: the session's program
_SESSION: Final = ("-m", "proxx_daemon.engines.resolve.session")
#: the most seconds for each step of the clean-up
_TIDY_SECONDS: Final = 30.0
#: exit codes of a session that ended by itself and cleaned up
_ORDERLY: Final = (0, 1)


@frozen(kw_only=True)
class SessionRun(EngineRun):
    """What came of one session; its log is what it and Resolve's library wrote."""

    #: what it did
    steps: tuple[StepRecord, ...] = ()
    #: how Resolve calls itself, and its version
    product: str = ""
    version: str = ""
    #: the render presets; None if no project was open to ask
    presets: tuple[str, ...] | None = None
    #: why a project of Proxx may still be in Resolve; None if there is none
    left_behind: str | None = None


def run(
    plan: SessionPlan,
    *,
    limits: SessionLimits,
    on_progress: Callable[[RenderProgress], None] = lambda _: None,
    on_facts: Callable[[ClipFacts, tuple[int, ...]], None] = lambda _facts, _tracks: None,
    log: EngineLog | None = None,
    cancel: CancelToken | None = None,
    keep_descriptors: Sequence[int] = (),
) -> SessionRun:
    """Run one session, and a second one that cleans up if the first had to be ended.

    `on_facts` is called with what the proxy will be, before the render; an exception from it
    ends the session and is raised again.
    """
    listener = Listener(limits, on_progress, on_facts)
    sink = EngineLog(None) if log is None else log
    tidy = partial(_tidy, plan, listener, keep_descriptors=keep_descriptors)
    try:
        with _plan_file(plan) as stdin:
            exit_ = child.run(
                (sys.executable, *_SESSION),
                on_output=listener.lines,
                on_error=sink.lines,
                # Each step has its own limit: see `Listener.deadline`.
                limits=child.RunLimits(
                    wall_seconds=None, stall_seconds=None, termination_seconds=limits.termination
                ),
                cancel=cancel,
                keep_descriptors=keep_descriptors,
                # The session is Proxx's own program; the module in it reads Resolve's variables.
                environment=os.environ,
                stdin=stdin,
                deadline=listener.deadline,
                clock=listener.clock,
            )
    except child.NotStarted as error:
        reason = f"A session with Resolve cannot be started: {error}."
        return SessionRun(
            exit_code=None, log_tail=(), failure=failure(Code.ENGINE_NOT_STARTED, reason)
        )
    except BaseException:
        tidy()
        raise
    left_behind = listener.left_behind
    if exit_.ending is not child.Ending.EXITED or exit_.code not in _ORDERLY:
        left_behind = tidy()
    return SessionRun(
        exit_code=exit_.code,
        log_tail=tuple(sink.tail),
        failure=judge(plan.task, exit_, listener, limits),
        steps=tuple(listener.steps),
        product=listener.product,
        version=listener.version,
        presets=listener.presets,
        left_behind=left_behind,
    )


def _plan_file(plan: SessionPlan) -> IO[bytes]:
    """Return the plan in a file without a name, for the session to read."""
    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        file.write(plan_bytes(plan))
        file.seek(0)
    except OSError as error:
        raise child.NotStarted(f"its plan cannot be written: {error}") from error
    return file


def _tidy(plan: SessionPlan, listener: Listener, *, keep_descriptors: Sequence[int]) -> str | None:
    """Remove what a session left that had to be ended or crashed; return why that failed."""
    if plan.render is None or all(record.step is not Step.PROJECT for record in listener.steps):
        return None
    limits = listener.limits
    seconds = _TIDY_SECONDS if limits.step_seconds is None else limits.step_seconds
    swept = run(
        evolve(plan, task=SessionTask.SWEEP, render=None),
        limits=evolve(limits, step_seconds=min(_TIDY_SECONDS, seconds)),
        keep_descriptors=keep_descriptors,
    )
    return None if swept.failure is None else swept.failure.message


def judge(
    task: SessionTask, exit_: child.ChildExit, listener: Listener, limits: SessionLimits
) -> Failure | None:
    """Return why a session failed; None when it did its task."""
    if listener.reported_failure is not None:
        code, message = listener.reported_failure
        return _failure(task, code, message)
    if exit_.ending is child.Ending.CANCELLED:
        return failure(Code.INTERRUPTED, "Proxx was stopped while Resolve worked on this clip.")
    if exit_.ending is child.Ending.TIMED_OUT:
        return _overdue(task, listener, limits)
    if exit_.code == 0:
        if task is SessionTask.RENDER and not (listener.rendered and listener.facts):
            return failure(Code.RESOLVE_SESSION_DIED, "The session ended before the render did.")
        return None
    how = signal_name(-exit_.code) if exit_.code < 0 else f"exit code {exit_.code}"
    step = "its start" if not listener.steps else f"the step '{listener.steps[-1].step}'"
    return _failure(
        task,
        Code.RESOLVE_SESSION_DIED,
        f"The session with Resolve ended unexpectedly at {step} ({how}).",
    )


def _overdue(task: SessionTask, listener: Listener, limits: SessionLimits) -> Failure | None:
    overdue = listener.overdue
    if listener.rendered or overdue is None:
        # The clip is rendered; the clean-up hangs, and a second session does it.
        return None
    if overdue.code is Code.RESOLVE_STALLED:
        return failure(
            overdue.code,
            f"Resolve's render made no progress for {limits.stall_seconds:g} seconds, at "
            f"{listener.percent:g} %.",
        )
    if overdue.code is Code.RESOLVE_TIMEOUT:
        # The wording is the specification's.
        message = f"Resolve render job timed out after {limits.render_seconds:g} seconds"
        return failure(overdue.code, message)
    after = f", last after {overdue.last_call}" if overdue.last_call else ""
    return _failure(
        task,
        overdue.code,
        f"Resolve did not answer within {limits.of(overdue.step):g} seconds in the step "
        f"'{overdue.step}'{after}.",
    )


def _failure(task: SessionTask, code: Code, message: str) -> Failure:
    """Return a failure with a code for a check or for a render: their classes differ."""
    before = code.failure_class is FailureClass.VALIDATION
    if task is SessionTask.CHECK and not before:
        code = Code.RESOLVE_NOT_ANSWERING
    elif task is not SessionTask.CHECK and before:
        code = Code.RESOLVE_CONNECT_FAILED
    return failure(code, message)
