"""Rows of a table as parameters of a test: all of them are slow, a few stand for them."""

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_slow(rows: Iterable[Any], quick: Iterable[Any]) -> list[Any]:
    """Leave all rows but the `quick` ones to the slow suites; raise ValueError for no row."""
    known = list(rows)
    chosen = list(quick)
    if strangers := [row for row in chosen if row not in known]:
        raise ValueError(f"no rows: {strangers}")
    return [pytest.param(row, marks=[] if row in chosen else [pytest.mark.slow]) for row in known]
