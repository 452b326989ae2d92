"""Readers take what they once did not take, and what they are given in good order."""

from pathlib import Path

import pytest
from fuzz import bounds
from fuzz.table import TARGETS

_FOUND = Path(__file__).parent / "found"
_INPUTS = sorted(path for path in _FOUND.glob("*/*") if path.suffix in (".txt", ".hex"))


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return bytes.fromhex(content.decode()) if path.suffix == ".hex" else content


@pytest.mark.parametrize("path", _INPUTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_an_input_that_a_reader_once_did_not_take(path: Path) -> None:
    bounds.feed(TARGETS[path.parent.name], _content(path))


@pytest.mark.parametrize("name", TARGETS)
def test_every_reader_takes_good_inputs_and_their_beginnings(name: str) -> None:
    target = TARGETS[name]
    for seed in target.seeds():
        for part in (seed, seed[: len(seed) // 2], seed[:7], b"", seed + b"\0"):
            bounds.feed(target, part)


def test_every_found_input_belongs_to_a_reader() -> None:
    assert {path.parent.name for path in _INPUTS} <= set(TARGETS)
