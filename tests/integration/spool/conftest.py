"""What every test of the spool starts from."""

from pathlib import Path

import pytest
from crash_site import CrashSite


@pytest.fixture
def site(tmp_path: Path) -> CrashSite:
    """Give a watch folder without a job."""
    return CrashSite(tmp_path)
