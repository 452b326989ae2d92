"""The page of promises names every fault of the table, and only tests that there are."""

import re
from pathlib import Path
from typing import Final

import generate
import pytest

_PAGE: Final = (generate.FOLDER / "reference" / "reliability.md").read_text("utf-8")
_TESTS: Final = Path(__file__).parents[2]
_FOLDERS: Final = {"A": "acceptance", "C": "crash", "I": "integration", "U": "unit"}
_NAMED: Final = re.findall(r"`([ACIU])/([\w/]+\.py)::(\w+)`", _PAGE)


def test_every_fault_has_a_row_with_a_test() -> None:
    rows = re.findall(r"^\| (\d+) \| .*::test_", _PAGE, re.MULTILINE)
    assert [int(row) for row in rows] == list(range(1, 22))


@pytest.mark.parametrize(("folder", "path", "test"), _NAMED)
def test_every_test_that_is_named_exists(folder: str, path: str, test: str) -> None:
    text = (_TESTS / _FOLDERS[folder] / path).read_text("utf-8")
    assert f"\ndef {test}(" in text


def test_every_test_that_is_named_after_a_row_stands_in_that_row() -> None:
    lines = {line.split()[1]: line for line in _PAGE.splitlines() if re.match(r"\| \d+ \|", line)}
    for path in _TESTS.rglob("test_*.py"):
        for name, row in re.findall(r"\ndef (test_row_(\d+)_\w+)\(", path.read_text("utf-8")):
            assert f"{path.name}::{name}`" in lines[row], name
