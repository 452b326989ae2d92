"""`proxx pause|resume|cancel|drain FOLDER`: asks the daemon of a watch folder for something."""

import argparse
import os
import socket
import sys
import time
from typing import Final

from proxx_daemon.cli import watched_folder
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import requests
from proxx_daemon.spool.folders import WatchFolder
from proxx_daemon.spool.requests import Action, Answer

#: seconds that a daemon gets by default: more than one that only scans takes between scans
_PATIENCE: Final = 30.0
#: seconds between two looks for the answer
_LOOK: Final = 0.05
_CODES: Final = """
exit codes: 0 done, 1 refused, 4 system error (no watch folder, no permission, no answer)
"""
_JOB: Final = (
    "JOB is the file name of the spec, its job_id, or the attempt's id. A spec that still\n"
    "waits is taken back by removing it from pending/."
)
_HELP: Final = {
    Action.PAUSE: (
        "claim nothing more until it is resumed; running jobs go on",
        "It holds over a restart of the daemon. While no daemon runs, the next one obeys.",
    ),
    Action.RESUME: (
        "claim again after a pause",
        "While no daemon runs, the next one obeys.",
    ),
    Action.CANCEL: (
        "end a running job's engine; the job fails as CANCELLED",
        _JOB,
    ),
    Action.DRAIN: (
        "let the daemon finish what runs and exit with 0",
        "Nothing more is claimed. A service manager that restarts on failure alone leaves it so.",
    ),
}
_EXAMPLES: Final = {Action.CANCEL: "proxx cancel /srv/proxies reel-7.json"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command lines."""
    for action, (summary, more) in _HELP.items():
        example = _EXAMPLES.get(action, f"proxx {action} /srv/proxies")
        parser = commands.add_parser(
            str(action),
            help=summary,
            epilog=f"example:\n  {example}\n\n{more}\n{_CODES}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("folder", metavar="FOLDER", help="the watch folder")
        if action is Action.CANCEL:
            parser.add_argument("job", metavar="JOB", help="the running job")
        parser.add_argument(
            "--wait-seconds",
            type=float,
            default=_PATIENCE,
            metavar="S",
            help=f"how long the daemon may take to answer (default {_PATIENCE:g})",
        )
        parser.set_defaults(run=run, action=action, job=None)


def run(arguments: argparse.Namespace) -> int:
    """Ask and show the answer; returns the exit code."""
    folder = watched_folder.named(arguments.folder)
    action: Action = arguments.action
    served = watched_folder.is_served(folder)
    if served is False and action in (Action.CANCEL, Action.DRAIN):
        print(  # noqa: T201
            f"No daemon serves {folder.root}: nothing runs there. `proxx status` tells more.",
            file=sys.stderr,
        )
        return 1
    request_id = ask(folder, action, arguments.job)
    if served is False:
        print(  # noqa: T201
            f"No daemon serves {folder.root} now. The next one obeys before it claims anything."
        )
        return 0
    answer = await_answer(folder, request_id, arguments.wait_seconds)
    print(answer.message, file=sys.stdout if answer.done else sys.stderr)
    return 0 if answer.done else 1


def ask(folder: WatchFolder, action: Action, job: str | None, new_job: str | None = None) -> str:
    """Put a request; returns its id. Raises FatalError."""
    try:
        return requests.post(folder, action, socket.gethostname(), job, new_job)
    except OSError as error:
        raise FatalError(
            f"{folder.requests} cannot be written: {os.strerror(error.errno or 0)}. Operators "
            "need permission there: run this as the user of the daemon, or see docs/operating.md."
        ) from error


def await_answer(folder: WatchFolder, request_id: str, seconds: float) -> Answer:
    """Wait for the answer; raises FatalError, with nothing asked any more, when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = requests.answer_to(folder, request_id)
        if answer is not None:
            return answer
        if time.monotonic() > deadline:
            break
        time.sleep(_LOOK)
    if not requests.withdraw(folder, request_id):
        # It was taken in this very moment.
        answer = requests.answer_to(folder, request_id)
        if answer is not None:
            return answer
    raise FatalError(
        f"the daemon of {folder.root} did not answer within {seconds:g} s; the request was taken "
        "back. `proxx status` shows whether it is well; --wait-seconds gives it longer."
    )
