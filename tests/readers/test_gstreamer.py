"""GStreamer seeks to exactly the frame that was asked for, in proxies of every profile."""

import subprocess
from pathlib import Path
from typing import Final

import burned_numbers
import pytest
from burned_numbers import DIGITS
from readers.takes import PROFILES, SOUGHT, Takes

pytestmark = pytest.mark.readers

_PROGRAM: Final = Path(__file__).parents[1] / "programs" / "seeks_with_gstreamer.py"
#: PyGObject is a package of the system, so it is not in the environment of the tests
_PYTHON: Final = "/usr/bin/python3"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [_PYTHON, str(_PROGRAM), *arguments], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    """Skip the tests if a part of GStreamer is missing, and name it."""
    if not Path(_PYTHON).exists():
        pytest.skip(f"there is no {_PYTHON}")
    asked = _run()
    if asked.returncode:
        pytest.skip(asked.stderr.strip())


@pytest.mark.parametrize("profile", PROFILES)
def test_an_exact_seek_finds_the_frame(profile: str, takes: Takes) -> None:
    for take in takes.of(profile):
        times = [str(burned_numbers.seconds(frame, take.rate)) for frame in SOUGHT]
        done = _run(str(DIGITS), str(take.path), *times)
        assert done.returncode == 0, done.stderr
        pictures = [[int(grey) for grey in line.split()] for line in done.stdout.splitlines()]
        assert [burned_numbers.number(each) for each in pictures] == list(SOUGHT)
