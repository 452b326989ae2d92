import gc
import importlib
import subprocess
import sys

import pytest

from proxx_daemon.cli.lean import lean_imports

_PROGRAM = """
import sys
from proxx_daemon.cli.main import parser
parser("{command}")
print("structlog" in sys.modules, [name for name in sys.modules if name in ("rich", "pygments")])
import rich.console
import structlog
"""


@pytest.mark.parametrize("command", ["watch", "run"])
def test_a_command_that_logs_starts_without_rich_and_can_import_it_later(command: str) -> None:
    program = _PROGRAM.format(command=command)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True []\n", "")


@pytest.mark.parametrize("command", ["status", "validate"])
def test_a_command_that_logs_nothing_imports_nothing_for_it(command: str) -> None:
    program = _PROGRAM.format(command=command)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("False []\n", "")


def test_no_garbage_is_searched_for_until_all_is_imported_or_an_import_failed() -> None:
    def imports_badly() -> None:
        with lean_imports():
            assert not gc.isenabled()
            importlib.import_module("proxx_daemon.no_such_module")

    with pytest.raises(ImportError):
        imports_badly()
    assert gc.isenabled()
