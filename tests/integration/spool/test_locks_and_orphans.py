"""Locks between real processes, and engines that outlived their daemon."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from crafted import KINDS
from spool_place import prepared

from proxx_daemon.daemon.startup import settle_attempts
from proxx_daemon.failures.errors import FatalError
from proxx_daemon.spool import journal
from proxx_daemon.spool.lock import FolderLock
from proxx_daemon.system import engine_lock

_PROGRAMS = Path(__file__).parents[2] / "programs"
#: seconds; long enough for a busy machine, short enough for a test that fails
_PATIENCE = 20.0
_ME = {"pid": 1, "host": "here", "since": "now"}


@contextmanager
def _program(name: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a program until the block ends; gives it and its first line."""
    process = subprocess.Popen(
        (sys.executable, str(_PROGRAMS / name), *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline()
    finally:
        process.kill()
        process.communicate()


def _await_gone(pid: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still alive"
        time.sleep(0.01)


def test_a_second_daemon_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    path = os.path.join(folder.state, "lock")

    with _program("holds_folder_lock.py", path) as (holder, said):
        assert said == "locked\n"
        with pytest.raises(FatalError) as caught:
            FolderLock(path, _ME)

    assert str(caught.value).startswith(
        f"{folder.root} is already watched by pid {holder.pid} on cutting-room since 2024-05-01"
    )


def test_a_killed_daemon_frees_its_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    with _program("holds_folder_lock.py", path) as (holder, _):
        holder.kill()
        holder.wait()

        held = FolderLock(path, _ME)

    assert json.loads(Path(path).read_text()) == _ME
    held.release()


def test_a_released_folder_is_free_and_its_file_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    FolderLock(str(path), _ME).release()

    assert path.read_bytes() == b""
    FolderLock(str(path), _ME).release()


def test_a_holder_that_has_not_written_its_name_is_still_a_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = FolderLock(str(path), _ME)
    path.write_bytes(b"")

    with pytest.raises(FatalError, match="has not written its name yet"):
        FolderLock(str(path), _ME)
    held.release()


def test_a_lock_that_cannot_be_opened_is_fatal_and_says_where(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()

    with pytest.raises(FatalError, match="lock cannot be locked: Is a directory"):
        FolderLock(str(tmp_path / "lock"), _ME)


def test_a_refused_lock_leaks_no_descriptor(tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    held = FolderLock(path, _ME)
    engine = engine_lock.engine_lock(path + ".engine")
    before = set(os.listdir("/proc/self/fd"))

    with pytest.raises(FatalError):
        FolderLock(path, _ME)
    with pytest.raises(BlockingIOError):
        engine_lock.engine_lock(path + ".engine")

    assert set(os.listdir("/proc/self/fd")) == before
    held.release()
    os.close(engine)


def test_an_engine_holds_its_lock_after_its_daemon_was_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "attempt.lock")
    assert not engine_lock.is_held(path)

    with _program("orphans_engine.py", path) as (daemon, said):
        engine, child = map(int, said.split())
        daemon.kill()
        daemon.wait()

        assert engine_lock.is_held(path)
        assert {process.pid for process in engine_lock.holders(path)} == {engine, child}

        for pid in (engine, child):
            psutil.Process(pid).kill()
            _await_gone(pid)
    assert not engine_lock.is_held(path)
    assert engine_lock.holders(path) == []


def test_holders_are_found_through_a_linked_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    path = str(tmp_path / "link" / "attempt.lock")

    with _program("orphans_engine.py", path) as (daemon, said):
        pids = {daemon.pid, *map(int, said.split())}
        assert {process.pid for process in engine_lock.holders(path)} == pids
        for pid in pids:
            psutil.Process(pid).kill()


@pytest.mark.parametrize("temper", ["meek", "deaf"])
def test_orphaned_engines_are_ended_with_their_children(tmp_path: Path, temper: str) -> None:
    folder = prepared(tmp_path / "watch")
    path = os.path.join(folder.journal, "attempt.notes.jsonl")

    with _program("orphans_engine.py", path, temper) as (daemon, said):
        engine, child = map(int, said.split())
        daemon.kill()
        daemon.wait()

        assert engine_lock.end_holders(path).groups == (engine,)

        assert not engine_lock.is_held(path)
        for pid in (engine, child):
            _await_gone(pid)


def test_no_orphan_is_no_reason_to_end_anything(tmp_path: Path) -> None:
    path = tmp_path / "attempt.lock"
    path.touch()

    assert engine_lock.end_holders(str(path)) == engine_lock.EndedHolders(groups=(), all=True)


def test_an_engine_that_cannot_be_ended_is_said_so(tmp_path: Path) -> None:
    """The holder is this process, which recovery must never end."""
    path = str(tmp_path / "attempt.lock")
    descriptor = engine_lock.engine_lock(path)

    assert not engine_lock.end_holders(path, seconds=0.1).all
    os.close(descriptor)


def test_an_attempt_of_an_executor_that_is_not_there_is_fatal(tmp_path: Path) -> None:
    """Nobody can tell whether it still runs elsewhere."""
    folder = prepared(tmp_path / "watch")
    notes = journal.AttemptJournal(folder, "a" * 32)
    notes.open()
    notes.given("elsewhere", waits=False)
    notes.close()

    with pytest.raises(FatalError, match=r"attempt a{32} still runs \(executor elsewhere\)"):
        settle_attempts(folder, ())


@pytest.mark.parametrize("kind", ["deep arrays", "a long number", "wrong types"])
def test_a_lock_with_crafted_content_is_still_another_daemons(tmp_path: Path, kind: str) -> None:
    path, crafted = tmp_path / "lock", tmp_path / "crafted"
    lock = FolderLock(str(path), _ME)
    KINDS[kind](crafted)
    path.write_bytes(crafted.read_bytes())
    with pytest.raises(FatalError, match="is already watched by"):
        FolderLock(str(path), _ME)
    lock.release()
