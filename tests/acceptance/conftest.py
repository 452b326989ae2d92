"""What the suites about Resolve share: its simulator, and a clip that is called camera RAW."""

import subprocess
from pathlib import Path

import pytest
from proxx_process import Workplace
from resolve_place import SimulatedResolve

from proxx_daemon.engines.engine import EngineTools


@pytest.fixture
def resolve(workplace: Workplace, tools: EngineTools) -> SimulatedResolve:
    return SimulatedResolve(workplace.root / "resolve", tools)


@pytest.fixture
def raw(workplace: Workplace, tools: EngineTools) -> Path:
    """A short clip that is called camera RAW."""
    path = workplace.root / "A001_C001.braw"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.2"]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-timecode", "10:00:00:00"]
    subprocess.run([*command, "-f", "mov", str(path)], check=True, capture_output=True)
    return path
