"""The fuzzer finds a defect that is there, and says how to see it again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def _fuzz(*arguments: object) -> subprocess.CompletedProcess[str]:
    argv = (sys.executable, "-m", "fuzz.harness", *map(str, arguments))
    environment = {**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'tests'}"}
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, cwd=_ROOT, env=environment, timeout=300
    )


@pytest.mark.slow
def test_a_planted_defect_is_found_and_reported(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="only `make fuzz` installs it")

    done = _fuzz("--target", "planted", "--seconds", "20", "--out", tmp_path)

    assert done.returncode == 1, done.stderr
    assert "0 passed, 1 failed" in done.stdout
    assert "FOUND: ZeroDivisionError" in done.stdout
    (found,) = (tmp_path / "planted" / "found").iterdir()
    assert found.read_bytes().startswith(b"proxy")
    again = _fuzz("--target", "planted", "--input", found)
    assert again.returncode == 1
    assert "ZeroDivisionError" in again.stderr
