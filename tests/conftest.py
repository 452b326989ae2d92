"""What every suite shares: real clips, the engine, and a way to wait for something."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from footage import fetch
from media_facts import cut
from proxx_process import Daemon, Workplace

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.locate import locate


@pytest.fixture(scope="session", autouse=True)
def _signals() -> None:
    """Let the programs under test hear signals that `nohup` and `&` make their children ignore."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def clips() -> Path:
    """Return the folder with the real clips."""
    return fetch()


@pytest.fixture(scope="session")
def tools() -> EngineTools:
    """Return the FFmpeg that the daemon will use: the rule decides, with this environment."""
    import os  # noqa: PLC0415 - read when the session starts, not when the file is collected

    return locate(os.environ.get("PROXX_FFMPEG"), os.environ)


@pytest.fixture
def workplace(tmp_path: Path, clips: Path) -> Iterator[Workplace]:
    """Yield a watch folder and a folder for proxies; end every daemon that was started."""
    place = Workplace(tmp_path, clips)
    yield place
    place.end_daemons()


@pytest.fixture
def footage(workplace: Workplace, tools: EngineTools) -> Path:
    """Return half a second of real footage with surround sound."""
    path = workplace.root / "footage.mp4"
    cut(tools.ffmpeg, workplace.clips / "bigbuckbunny.mp4", path, "-c", "copy")
    return path


@pytest.fixture
def daemon(workplace: Workplace) -> Daemon:
    """Return a running daemon with one worker."""
    return workplace.start()
