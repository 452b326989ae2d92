import gc
import importlib
import subprocess
import sys
from pathlib import Path

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


_RECORDS = """
import sys
import attrs
from proxx_daemon.cli.main import parser
from proxx_daemon.model.failures import ProxxError

arguments = parser("validate").parse_args(["validate", sys.argv[1]])
try:
    arguments.run(arguments)
except ProxxError:
    pass
ours = [module for name, module in sys.modules.items() if name.startswith("proxx_daemon.")]
known = {each for module in ours for each in vars(module).values() if isinstance(each, type)}
records = {each for each in known if attrs.has(each) and each.__module__.startswith("proxx_daemon")}
compiled = {
    (each.__name__, name)
    for each in records
    for name in ("__repr__", "__eq__")
    if name in vars(each)
}
print(len(records) > 40, sorted(compiled))
"""


def test_records_that_validate_imports_have_nothing_compiled_that_one_function_can_do(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _RECORDS, str(tmp_path / "absent.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    # Records that change are compared by attrs: with one's own __eq__ they could be hashed.
    changing = [("Known", "__eq__"), ("_Complaints", "__eq__")]
    assert (done.stdout, done.stderr) == (f"True {changing}\n", "")
