"""A command imports what it needs, and neither rich nor more than that."""

import subprocess
import sys

import command_pages
import pytest

_PROGRAM = """
import sys
from proxx_daemon.cli.commands import parser
parser("{command}")
print("structlog" in sys.modules, [name for name in sys.modules if name in ("rich", "pygments")])
import rich.console
import structlog
"""
#: commands that a person waits for, again and again
_QUICK = ("status", "profiles", "pause", "verify")


@pytest.mark.parametrize("command", sorted(command_pages.commands()))
def test_a_command_starts_without_rich(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(command=command)],
        capture_output=True,
        text=True,
        check=False,
    )
    logs, _, found = done.stdout.partition(" ")
    assert (found, done.stderr) == ("[]\n", "")
    assert not (command in _QUICK and logs == "True")
