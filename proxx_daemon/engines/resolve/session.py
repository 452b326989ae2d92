"""The session: a child process that uses Resolve, so that a crash of it does not end Proxx.

`python -m proxx_daemon.engines.resolve.session` reads a plan as JSON from stdin and writes what
it does as JSON lines to stdout. Its exit code is 0 when the task was done.
"""

import os
import signal
import sys
from types import FrameType
from typing import Final

from proxx_daemon.engines.resolve.api import Api, ReaderGoneError, RefusedError, Reporter
from proxx_daemon.engines.resolve.connection import Connection
from proxx_daemon.engines.resolve.document import read_plan
from proxx_daemon.engines.resolve.render import Render
from proxx_daemon.plan.resolve_session import SessionPlan, SessionTask, Step

_STDOUT: Final = 1
_STDERR: Final = 2


class _StoppedError(BaseException):
    """The process that started the session wants it to end; the session still cleans up."""


def main() -> int:
    """Run the session that stdin describes; return the exit code."""
    reporter = Reporter(_take_stdout())
    signal.signal(signal.SIGTERM, _stop)
    plan = read_plan(sys.stdin.buffer.read())
    connection = Connection(Api(reporter), plan.prefix)
    try:
        return _run(plan, connection, reporter)
    except RefusedError as error:
        _report(error, connection, reporter)
    except (_StoppedError, ReaderGoneError):
        pass
    return 1


def _run(plan: SessionPlan, connection: Connection, reporter: Reporter) -> int:
    connection.connect(plan.installation)
    connection.ask()
    reporter.report("resolve", product=connection.product, version=connection.version)
    if plan.task is SessionTask.CHECK:
        connection.api.begin(Step.PROJECT)
        connection.refuse_users_project()
        connection.api.end()
        connection.api.begin(Step.PRESET)
        reporter.report("presets", names=connection.presets())
        connection.api.end()
        return 0
    connection.sweep()
    if plan.render is None:
        return 0
    render = Render(connection, plan.render, reporter)
    try:
        render.run()
    except RefusedError as error:
        # Reported before the clean-up, which may hang: the cause must be known in any case.
        _report(error, connection, reporter)
        return 1
    finally:
        _close(render, reporter)
    return 0


def _report(error: RefusedError, connection: Connection, reporter: Reporter) -> None:
    step = str(connection.api.step)
    reporter.report("failed", step=step, code=str(error.code), message=str(error))


def _close(render: Render, reporter: Reporter) -> None:
    """Clean up; a failure of that does not make a rendered clip fail."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        render.close()
    except RefusedError as error:
        reporter.report("left_behind", message=str(error))


def _take_stdout() -> int:
    """Keep stdout for the reports: what the library prints goes to the log instead."""
    own = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    return own


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise _StoppedError


if __name__ == "__main__":
    sys.exit(main())
