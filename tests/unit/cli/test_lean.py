import gc
import importlib
import subprocess
import sys

import pytest

from proxx_daemon.cli.lean import lean_imports

_PROGRAM = """
import gc
import sys
from proxx_daemon.cli.main import parser
parser("{command}")
assert gc.get_freeze_count() > 10_000
print("structlog" in sys.modules, [name for name in sys.modules if name in ("rich", "pygments")])
import rich.console
import structlog
"""


@pytest.mark.parametrize(
    ("command", "logs"), [("watch", False), ("run", True), ("status", False), ("validate", False)]
)
def test_a_command_starts_without_rich_and_without_a_log_that_it_does_not_write(
    command: str,
    logs: bool,  # noqa: FBT001
) -> None:
    program = _PROGRAM.format(command=command)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == (f"{logs} []\n", "")


def test_no_garbage_is_searched_for_until_all_is_imported_or_an_import_failed() -> None:
    def imports_badly() -> None:
        with lean_imports():
            assert not gc.isenabled()
            importlib.import_module("proxx_daemon.no_such_module")

    with pytest.raises(ImportError):
        imports_badly()
    assert gc.isenabled()
