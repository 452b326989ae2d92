"""The proxies that all readers read."""

import pytest
from readers.takes import Takes

from proxx_daemon.engines.engine import EngineTools


@pytest.fixture(scope="session")
def takes(tools: EngineTools, tmp_path_factory: pytest.TempPathFactory) -> Takes:
    return Takes(tmp_path_factory.mktemp("readers"), tools)
