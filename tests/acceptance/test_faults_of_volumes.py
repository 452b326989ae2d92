"""Faults of the watch folder's own volume: full, without names, read-only, unmounted, replaced.

Each is injected into a real daemon's mount namespace. It says so in its log and its health,
claims nothing, and goes on when the folder is well again.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mounted_folder import needs_mounts, on_bind_mount, on_tmpfs, seen_by, within
from proxx_process import PATIENCE, Daemon, Workplace, wait_until

#: seconds between scans: faults are found by them
_POLL = ("--poll-seconds", "0.1")


def _health(view: Workplace) -> dict[str, dict[str, Any]]:
    status = json.loads((view.watch / ".proxx" / "status.json").read_text())
    return {fact["name"]: fact for fact in status["health"]}


def _wait_stopped(daemon: Daemon, reason: str) -> None:
    wait_until(
        lambda: any(reason in line["reason"] for line in daemon.events("claiming_stopped")),
        f"it stops claiming because {reason}",
    )


def _wait_resumed(daemon: Daemon) -> None:
    wait_until(lambda: daemon.events("claiming_resumed"), "it claims again")


def _quick(workplace: Workplace, name: str = "proxy") -> dict[str, Any]:
    return workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4", naming_template=name)


def _long(workplace: Workplace) -> dict[str, Any]:
    return workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4", naming_template="long")


@needs_mounts
@pytest.mark.parametrize("size", ["64k", "200k"])
def test_row_4_a_volume_without_space_for_notes_stops_claims_and_says_so(
    size: str, workplace: Workplace
) -> None:
    on_tmpfs(workplace, f"size={size}")
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    view.drop("job.json", _quick(workplace))
    _wait_stopped(daemon, "volume is full")
    fact = wait_until(lambda: _health(view).get("folder"), "its health is published")
    assert fact is not None
    assert not fact["ok"]
    assert "volume is full" in fact["detail"]
    within(daemon, "mount", "-o", "remount,size=64m", workplace.watch)
    assert view.wait_filed("job.json")[0] == "completed"
    _wait_resumed(daemon)
    wait_until(lambda: _health(view)["folder"]["ok"], "its health is good again")


@needs_mounts
def test_row_4_a_volume_without_names_stops_claims_and_says_so(workplace: Workplace) -> None:
    on_tmpfs(workplace, "nr_inodes=24")
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    view.drop("job.json", _quick(workplace))
    _wait_stopped(daemon, "more files")
    assert view.places("job.json") == ["pending"]
    within(daemon, "mount", "-o", "remount,nr_inodes=1000", workplace.watch)
    assert view.wait_filed("job.json")[0] == "completed"


@needs_mounts
def test_row_4_a_volume_without_room_for_the_folders_ends_the_start_with_1(
    workplace: Workplace,
) -> None:
    on_tmpfs(workplace, "nr_inodes=8")
    daemon = workplace.launch(*_POLL)
    assert daemon.wait_exit() == 1
    assert "No space left on device" in daemon.log_text()


@needs_mounts
@pytest.mark.slow
def test_row_4_a_volume_that_fills_up_during_a_job_holds_its_result_back(
    workplace: Workplace,
) -> None:
    on_tmpfs(workplace, "size=8m")
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    view.drop("long.json", _long(workplace))
    wait_until(daemon.engines, "an engine runs")
    filler = view.watch / "filler"
    with filler.open("wb", buffering=0) as file:
        _fill(file.fileno())
    _wait_stopped(daemon, "volume is full")
    wait_until(lambda: not daemon.engines(), "the engine has ended")
    view.drop("next.json", b"")
    assert view.places("long.json") == ["running"]
    filler.unlink()
    state, result = view.wait_filed("long.json")
    assert view.places("long.json") == [state]
    assert (state == "completed") == (result["final_status"] == "COMPLETED")
    if state == "failed":
        assert result["failure"]["code"] == "DISK_FULL"
    view.wait_filed("next.json")


def _fill(descriptor: int) -> None:
    """Write until the volume is full, to the last byte."""
    for size in (65536, 1):
        try:
            while True:
                os.write(descriptor, b"x" * size)
        except OSError:
            continue


@needs_mounts
@pytest.mark.parametrize("name", ["pending", "running", "completed", "failed", ".proxx/journal"])
def test_row_5_a_folder_that_becomes_read_only_stops_claims_until_it_is_not(
    name: str, workplace: Workplace
) -> None:
    on_tmpfs(workplace, "size=64m")
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    folder = workplace.watch / name
    view.drop("job.json", b"{}")
    view.wait_filed("job.json")
    within(daemon, "mount", "--bind", folder, folder)
    within(daemon, "mount", "-o", "remount,ro,bind", folder)
    _wait_stopped(daemon, str(folder))
    wait_until(lambda: not _health(view)["folder"]["ok"], "its health is bad")
    within(daemon, "umount", "-l", folder)
    view.drop("next.json", b"{}")
    view.wait_filed("next.json")
    _wait_resumed(daemon)
    # Said once, however many scans found it. A scan between the two mounts finds a third thing.
    reasons = [line["reason"] for line in daemon.events("claiming_stopped")]
    assert len(reasons) == len(set(reasons))


@needs_mounts
def test_row_5_an_unmounted_folder_is_waited_for_and_the_one_below_left_alone(
    workplace: Workplace,
) -> None:
    real = on_bind_mount(workplace)
    # What lies below the mount looks like a watch folder too.
    below = workplace.watch / "pending"
    below.mkdir()
    (workplace.watch / "running").mkdir()
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    within(daemon, "umount", "-l", workplace.watch)
    (below / "trap.json").write_text("{}")
    _wait_stopped(daemon, "unmounted, moved or replaced")
    workplace.write_spec("real.json", _quick(workplace)).rename(real / "pending" / "job.json")
    assert not daemon.ended()
    within(daemon, "mount", "--bind", real, workplace.watch)
    assert view.wait_filed("job.json")[0] == "completed"
    _wait_resumed(daemon)
    assert (below / "trap.json").exists()
    assert sorted(os.listdir(workplace.watch)) == ["pending", "running"]


@needs_mounts
@pytest.mark.slow
def test_row_5_a_job_that_ends_while_its_folder_is_unmounted_is_recorded_when_it_is_back(
    workplace: Workplace,
) -> None:
    real = on_bind_mount(workplace)
    daemon = workplace.start(*_POLL)
    view = seen_by(daemon, workplace)
    view.drop("long.json", _long(workplace))
    wait_until(daemon.engines, "an engine runs")
    within(daemon, "umount", "-l", workplace.watch)
    wait_until(lambda: not daemon.engines(), "the engine has ended")
    _wait_stopped(daemon, "unmounted, moved or replaced")
    assert not daemon.ended()
    within(daemon, "mount", "--bind", real, workplace.watch)
    state, result = view.wait_filed("long.json")
    assert (state == "completed") == (result["final_status"] == "COMPLETED")
    assert view.names("running") == []


def test_row_5_a_replaced_pending_folder_is_served(workplace: Workplace) -> None:
    daemon = workplace.start(*_POLL)
    pending = workplace.watch / "pending"
    pending.rename(workplace.root / "old")
    _wait_stopped(daemon, "No such file or directory")
    pending.mkdir()
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")
    _wait_resumed(daemon)


@pytest.mark.slow  # events are looked after by the scan, every ten seconds
def test_row_5_events_come_again_from_a_replaced_pending_folder(workplace: Workplace) -> None:
    daemon = workplace.start()
    pending = workplace.watch / "pending"
    pending.rename(workplace.root / "old")
    pending.mkdir()
    restarted = wait_until(lambda: daemon.events("watch_restarted"), "the watch is restarted")
    assert restarted[0]["works"]
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json", seconds=5)


def test_row_5_a_link_in_place_of_a_state_folder_stops_claims(workplace: Workplace) -> None:
    daemon = workplace.start(*_POLL)
    elsewhere = workplace.root / "elsewhere"
    (workplace.watch / "running").rename(elsewhere)
    (workplace.watch / "running").symlink_to(elsewhere)
    _wait_stopped(daemon, "is no longer a folder")
    workplace.drop("job.json", b"{}")
    (workplace.watch / "running").unlink()
    elsewhere.rename(workplace.watch / "running")
    workplace.wait_filed("job.json")


def test_row_19_a_full_log_costs_no_job(workplace: Workplace) -> None:
    workplace.drop("job.json", _quick(workplace))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "proxx_daemon", "watch", str(workplace.watch), "--once"],
            stderr=full,
            check=False,
            timeout=PATIENCE,
        )
    assert done.returncode == 0
    assert workplace.wait_filed("job.json")[0] == "completed"
