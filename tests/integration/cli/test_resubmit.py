"""Jobs that are submitted again at the same moment never get one id twice."""

import json
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from proxx_process import spec_for
from spool_place import prepared

from proxx_daemon.cli.commands import execute
from proxx_daemon.operators import submission
from proxx_daemon.spool.folders import WatchFolder

_ASKERS = 6


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """Give this process its signal handlers back: the command holds signals until it ends."""
    handlers = {number: signal.getsignal(number) for number in (1, 2, 15)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    """Return a watch folder with a job that failed."""
    folder = prepared(tmp_path / "watch")
    spec = spec_for("proxy_h264_low", Path("/absent.mov"), into=tmp_path, job_id="reel-7")
    result = {"job_id": "reel-7", "jobspec": spec, "clips": []}
    (Path(folder.root) / "failed" / "monday.result.json").write_text(json.dumps(result))
    return folder


@contextmanager
def _hasty_daemon(folder: WatchFolder) -> Iterator[None]:
    """Stand for a daemon that takes every spec at once and files it at once."""
    over = threading.Event()

    def move() -> None:
        while not over.is_set():
            for path in Path(folder.pending).glob("[!.]*.json"):
                running = Path(folder.running) / path.name
                with suppress(FileNotFoundError):
                    path.rename(running)
                    filed = Path(folder.root) / "failed" / path.name
                    while filed.exists():
                        filed = filed.with_stem(f"{filed.stem}-again")
                    running.rename(filed)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _ask(words: tuple[str, ...], together: Barrier, answer: Path) -> None:
    together.wait()
    with answer.open("w") as file, redirect_stdout(file):
        code = execute(words)
    os._exit(code)


def _answers(tmp_path: Path, *words: str) -> tuple[list[int], list[str]]:
    """Run a command several times at once; return the exit codes and what was printed."""
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(_ASKERS)
    paths = [tmp_path / f"answer-{number}" for number in range(_ASKERS)]
    askers = [fork.Process(target=_ask, args=(words, together, path)) for path in paths]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join(60)
    codes = [-1 if asker.exitcode is None else asker.exitcode for asker in askers]
    return codes, [path.read_text().strip() for path in paths]


def test_every_asker_gets_an_id_of_its_own(folder: WatchFolder, tmp_path: Path) -> None:
    with _hasty_daemon(folder):
        codes, answers = _answers(tmp_path, "resubmit", folder.root, "reel-7")
    assert codes == [0] * _ASKERS
    assert {Path(answer).name for answer in answers} == {
        f"reel-7.r{number}.json" for number in range(2, 2 + _ASKERS)
    }
    assert not [name for name in os.listdir(folder.pending) if name.startswith(".")]


def test_one_asker_gets_the_id_that_several_want(folder: WatchFolder, tmp_path: Path) -> None:
    with _hasty_daemon(folder):
        codes, answers = _answers(
            tmp_path, "resubmit", folder.root, "reel-7", "--job-id", "tuesday"
        )
    assert sorted(codes) == [0, *[1] * (_ASKERS - 1)]
    assert [answer for answer in answers if answer] == [f"{folder.pending}/tuesday.json"]


def test_an_id_that_is_reserved_or_in_use_is_not_given(
    folder: WatchFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(folder.running) / "reel-7.r2.json").touch()
    with submission.reserved(folder.pending, "reel-7.r3") as free:
        assert free
        with submission.reserved(folder.pending, "reel-7.r3") as again:
            assert not again
        assert execute(("resubmit", folder.root, "reel-7")) == 0
        for wanted in ("reel-7.r2", "reel-7.r3", "monday"):
            assert execute(("resubmit", folder.root, "reel-7", "--job-id", wanted)) == 1
    printed = capsys.readouterr()
    assert printed.out == f"{folder.pending}/reel-7.r4.json\n"
    assert printed.err.count("Choose another --job-id") == 3


@pytest.mark.parametrize("wanted", ["../../outside", "a/b", "x" * 65])
def test_an_id_that_is_no_file_name_is_refused_before_anything_is_made(
    folder: WatchFolder, capsys: pytest.CaptureFixture[str], wanted: str
) -> None:
    before = sorted(Path(folder.root).parent.rglob("*"))
    assert execute(("resubmit", folder.root, "reel-7", "--job-id", wanted)) == 1
    assert "job_id" in capsys.readouterr().err
    assert sorted(Path(folder.root).parent.rglob("*")) == before
