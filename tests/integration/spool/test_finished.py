"""Finished specs without a result: found at a start, and an early look that counts for nothing
once a folder has changed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash_site import CrashSite

from proxx_daemon.spool import finished
from proxx_daemon.spool.folders import Filing

#: seconds by which the folders of a test count as left alone
_LATER = 60.0


@pytest.fixture
def site(tmp_path: Path) -> CrashSite:
    """Give a watch folder without a job."""
    return CrashSite(tmp_path)


def test_specs_without_a_result_are_found_and_set_aside(site: CrashSite) -> None:
    completed = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("done.json", "done.result.json"):
        (completed / name).touch()
    lost = Path(site.folder.filed(Filing.FAILED)) / "lost.json"
    for _ in range(2):
        lost.write_text("spec")
        assert finished.without_result(site.folder) == [str(lost)]
        finished.quarantine(site.folder, str(lost))

    assert finished.without_result(site.folder) == []
    assert site.names(".proxx/quarantine") == ["lost-2.json", "lost.json"]


@pytest.mark.parametrize("others", [(), ("orphan.result.json",), ("lost.result.result.json",)])
def test_the_result_of_another_spec_is_no_result(site: CrashSite, others: tuple[str, ...]) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("lost.json", "kept.json", "kept.result.json", "kept.log", *others):
        (target / name).touch()

    assert finished.without_result(site.folder) == [str(target / "lost.json")]


def test_logs_results_and_hidden_files_need_no_result(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("a.log", "b.result.json", ".c.json", "notes.txt"):
        (target / name).touch()

    assert finished.without_result(site.folder) == []


def _look(site: CrashSite) -> list[str]:
    return finished.sound_folders(site.folder, time.time() + _LATER)


def _until_the_clock_has_moved(folder: Path, beside: Path) -> None:
    """Wait until the file system gives another time of change than the folder's.

    Two changes within a few milliseconds can have one; a daemon's early look is seconds older.
    """
    beside.touch()
    while beside.stat().st_ctime_ns == folder.stat().st_ctime_ns:
        beside.touch()


def test_an_early_look_finds_both_folders_sound(site: CrashSite) -> None:
    for filing in Filing:
        for name in ("job.json", "job.result.json", "job.log"):
            (Path(site.folder.filed(filing)) / name).touch()

    assert len(set(_look(site))) == len(Filing)


def test_an_early_look_does_not_pass_over_a_spec_without_a_result(site: CrashSite) -> None:
    lost = Path(site.folder.filed(Filing.COMPLETED)) / "lost.json"
    lost.touch()

    early = _look(site)

    assert len(early) == 1
    assert finished.without_result(site.folder, early) == [str(lost)]


def test_an_early_look_at_a_folder_that_was_just_changed_counts_for_nothing(
    site: CrashSite,
) -> None:
    assert finished.sound_folders(site.folder, time.time()) == []


@pytest.mark.parametrize("filing", Filing)
def test_what_is_lost_after_an_early_look_is_found(site: CrashSite, filing: Filing) -> None:
    target = Path(site.folder.filed(filing))
    for name in ("job.json", "job.result.json"):
        (target / name).touch()
    early = _look(site)
    _until_the_clock_has_moved(target, site.root / "clock")

    (target / "job.result.json").unlink()

    assert finished.without_result(site.folder, early) == [str(target / "job.json")]


_LISTED = """
import sys
listed = []
sys.addaudithook(lambda event, about: listed.append(about[0]) if event == "os.listdir" else None)

from proxx_daemon.spool import finished
from proxx_daemon.spool.folders import WatchFolder

folder = WatchFolder(sys.argv[1])
listed.clear()
finished.without_result(folder)
print(len(listed))
early = finished.sound_folders(folder, float(sys.argv[2]))
listed.clear()
finished.without_result(folder, early)
print(len(listed))
"""


def test_a_folder_that_nobody_changed_is_not_read_a_second_time(site: CrashSite) -> None:
    later = str(time.time() + _LATER)
    done = subprocess.run(
        [sys.executable, "-c", _LISTED, str(site.folder.root), later],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [str(len(Filing)), "0"]
