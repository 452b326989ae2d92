"""Removes the files of the targets: the processes of pytest-xdist end without that."""

import os
from collections.abc import Iterator

import pytest
from fuzz import place


@pytest.fixture(scope="session", autouse=True)
def _files() -> Iterator[None]:
    yield
    place.remove(os.getpid())
