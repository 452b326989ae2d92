"""What the crash suites share: the preloaded library, and daemons to crash on every core."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import pytest
import quick_engine
from forked_daemons import Crew, ForkedDaemons, build_crasher


@pytest.fixture(scope="session")
def crasher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled library."""
    return build_crasher(tmp_path_factory.mktemp("crasher"))


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory, crasher: Path) -> Iterator[Crew]:
    """Return daemons to crash."""
    engine = quick_engine.install(tmp_path_factory.mktemp("quick") / "engine")
    size = os.cpu_count() or 1
    with ExitStack() as stack:
        free: SimpleQueue[ForkedDaemons] = SimpleQueue()
        for _ in range(size):
            daemons = ForkedDaemons(engine, crasher)
            stack.callback(daemons.close)
            free.put(daemons)
        yield Crew(free, stack.enter_context(ThreadPoolExecutor(size)))


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Return a way to print a figure that is seen whether the test passes or not."""

    def line(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return line
