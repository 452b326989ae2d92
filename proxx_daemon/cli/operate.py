"""`proxx pause|resume|cancel|drain FOLDER`: asks the daemon of a watch folder for something."""

import argparse
import math
import os
import socket
import time
from typing import Final

from proxx_daemon.cli import named, output, signals
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.requests import Action, Answer

#: seconds to wait by default: longer than the pause between the scans of a daemon
_PATIENCE: Final = 30.0
#: seconds between two looks for the answer
_LOOK: Final = 0.05
_CODES: Final = """
Ctrl-C before the answer withdraws the request.

exit codes: 0 done, 1 refused, 4 system error (no watch folder, no permission, no answer)
"""
#: more about each, for --help
_MORE: Final = {
    Action.PAUSE: """
The pause survives a restart of the daemon. If no daemon runs now, the next one obeys.""",
    Action.RESUME: """
If no daemon runs now, the next one obeys.""",
    Action.CANCEL: """
JOB is the file name, the job_id or the attempt id of a running job. To withdraw a
spec that still waits, remove it from pending/.""",
    Action.DRAIN: """
It starts no more jobs. A service manager that restarts only after failures does
not start it again.""",
}


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    action = Action(parser.prog.split()[-1])
    parser.set_defaults(action=action, job=None)
    parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
    example = f"{parser.prog} /srv/proxies"
    if action is Action.CANCEL:
        parser.add_argument("job", metavar="JOB", help="the running job")
        example += " reel-7.json"
    parser.epilog = f"example:\n  {example}\n{_MORE[action]}\n{_CODES}"
    parser.add_argument(
        "--wait-seconds",
        type=_seconds,
        default=_PATIENCE,
        metavar="S",
        help=f"how long to wait for the daemon's answer (default {_PATIENCE:g})",
    )
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Ask and show the answer; return the exit code."""
    answer = _asked(arguments)
    if arguments.json:
        output.answer_json({"done": answer.done, "message": answer.message})
    else:
        (output.answer if answer.done else output.tell)(answer.message)
    return 0 if answer.done else 1


def _asked(arguments: argparse.Namespace) -> Answer:
    folder = named.watch_folder(arguments.folder)
    served = named.is_served(folder)
    if served is False and arguments.action in (Action.CANCEL, Action.DRAIN):
        message = f"No daemon serves {folder.root}: no job runs there. `proxx status` shows more."
        return Answer(done=False, message=message)
    # From here on a signal must not end this process without withdrawing the request.
    signals.hold()
    request_id = ask(folder, arguments.action, arguments.job)
    if served is not False:
        return _await_answer(folder, request_id, arguments.wait_seconds)
    if signals.came(within_seconds=0) and requests.withdraw(folder, request_id):
        raise KeyboardInterrupt
    message = f"No daemon serves {folder.root} now. The next one obeys before it starts any job."
    return Answer(done=True, message=message)


def ask(folder: WatchFolder, action: Action, job: str | None, new_job: str | None = None) -> str:
    """Post a request; return its id. Raise FatalError."""
    try:
        return requests.post(folder, action, socket.gethostname(), job, new_job)
    except OSError as error:
        raise FatalError(
            f"{folder.requests} cannot be written: {os.strerror(error.errno or 0)}. Operators "
            "need permission there: run this as the user of the daemon, or see "
            "docs/how-to/operating.md."
        ) from error


def _await_answer(folder: WatchFolder, request_id: str, seconds: float) -> Answer:
    """Wait for the answer. A signal, or FatalError after the time, leaves no request behind."""
    deadline = time.monotonic() + seconds
    while (answer := requests.answer_to(folder, request_id)) is None:
        interrupted = signals.came(within_seconds=_LOOK)
        if not interrupted and time.monotonic() <= deadline:
            continue
        if not requests.withdraw(folder, request_id):
            # The daemon has just taken it.
            answer = requests.answer_to(folder, request_id)
            if answer is not None:
                return answer
        if interrupted:
            raise KeyboardInterrupt
        raise FatalError(
            f"the daemon of {folder.root} did not answer within {seconds:g} s; the request was "
            "withdrawn. `proxx status` shows whether the daemon is healthy; --wait-seconds sets "
            "a longer time."
        )
    return answer


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(
            f"'{printable(text)}' is not a number of seconds, 0 or more"
        )
    return value
