"""Where finished jobs go: never over something, spec, result and log under one name."""

import errno
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from crash_site import CrashSite, result_of

from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Filed, Filing
from proxx_daemon.system import durable

_RESULT = result_of("attempt")


@contextmanager
def _files_of_at_most(size: int) -> Iterator[None]:
    """Make the kernel refuse longer files: the nearest thing to a full disk without a mount."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _file(site: CrashSite, name: str = "job.json", log: bytes | None = b"log") -> Filed:
    (Path(site.folder.running) / name).write_text("spec")
    log_path = site.root / "engine.log"
    if log is not None:
        log_path.write_bytes(log)
    return filing.file_job(site.folder, name, Filing.COMPLETED, _RESULT, str(log_path))


def test_spec_result_and_log_lie_side_by_side(site: CrashSite) -> None:
    filed = _file(site)

    assert site.names("completed") == ["job.json", "job.log", "job.result.json"]
    assert site.names("running") == site.names(".proxx/tmp") == []
    assert Path(filed.spec).read_text() == "spec"
    assert Path(filed.result).read_bytes() == _RESULT
    assert Path(str(filed.log)).read_bytes() == b"log"


def test_a_job_without_a_log_is_filed_without_one(site: CrashSite) -> None:
    filed = _file(site, log=None)

    assert filed.log is None
    assert site.names("completed") == ["job.json", "job.result.json"]


def test_the_same_name_again_gets_a_number_for_all_three(site: CrashSite) -> None:
    for _ in range(3):
        _file(site)

    assert site.names("completed") == [
        *("job-2.json", "job-2.log", "job-2.result.json"),
        *("job-3.json", "job-3.log", "job-3.result.json"),
        *("job.json", "job.log", "job.result.json"),
    ]


@pytest.mark.parametrize("suffix", [".json", ".result.json", ".log"])
def test_one_taken_name_moves_all_three(site: CrashSite, suffix: str) -> None:
    taken = Path(site.folder.filed(Filing.COMPLETED)) / f"job{suffix}"
    taken.write_text("somebody else's")

    filed = _file(site)

    assert taken.read_text() == "somebody else's"
    assert [os.path.basename(path) for path in (filed.spec, filed.result, str(filed.log))] == [
        "job-2.json",
        "job-2.result.json",
        "job-2.log",
    ]


def test_a_dangling_link_is_a_taken_name_too(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    (target / "job.json").symlink_to("/nowhere")

    _file(site)

    assert (target / "job-2.json").exists()
    assert (target / "job.json").is_symlink()


def test_a_log_that_appears_meanwhile_is_left_and_ours_gets_a_number(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    (Path(site.folder.running) / "job.json").write_text("spec")
    durable.put(site.folder.scratch, str(target), "job.result.json", _RESULT)
    (target / "job.log").write_text("somebody else's")
    log = site.root / "engine.log"
    log.write_text("ours")

    filed = filing.move_beside(site.folder, "job.json", Filing.COMPLETED, "job", str(log))

    assert (target / "job.log").read_text() == "somebody else's"
    assert filed.log == str(target / "job-2.log")
    assert (target / "job-2.log").read_text() == "ours"
    assert (target / "job.json").exists()


def test_a_full_disk_leaves_the_spec_in_running_and_nothing_half_written(site: CrashSite) -> None:
    with _files_of_at_most(8), pytest.raises(OSError, match="File too large") as caught:
        _file(site, log=None)

    assert caught.value.errno == errno.EFBIG
    assert site.names("running") == ["job.json"]
    assert site.names("completed") == site.names(".proxx/tmp") == []

    filing.file_job(site.folder, "job.json", Filing.COMPLETED, _RESULT, None)
    assert site.names("completed") == ["job.json", "job.result.json"]


def test_a_filing_that_failed_half_way_goes_on_from_there(site: CrashSite) -> None:
    """The spec's own folder was gone when it was to be moved."""
    running = Path(site.folder.running)
    with pytest.raises(FileNotFoundError):
        filing.file_job(site.folder, "job.json", Filing.COMPLETED, _RESULT, None)
    (running / "job.json").write_text("spec")

    assert filing.find_result(site.folder, "job.json", "attempt") == (Filing.COMPLETED, "job")
    filing.move_beside(site.folder, "job.json", Filing.COMPLETED, "job", None)

    assert site.names("completed") == ["job.json", "job.result.json"]


def test_only_the_result_of_the_very_attempt_is_found(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.FAILED))
    (target / "job.result.json").write_bytes(result_of("another"))
    (target / "job-2.result.json").write_bytes(b"not json")
    (target / "job-3.result.json").write_bytes(b"[" * 100_000)
    (target / "job-x.result.json").write_bytes(result_of("attempt"))
    (target / "jobs.result.json").write_bytes(result_of("attempt"))

    assert filing.find_result(site.folder, "job.json", "attempt") is None
    (target / "job-10.result.json").write_bytes(result_of("attempt"))
    assert filing.find_result(site.folder, "job.json", "attempt") == (Filing.FAILED, "job-10")


def test_names_with_signs_of_a_pattern_are_taken_literally(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.FAILED))
    (target / "jobb.result.json").write_bytes(result_of("attempt"))

    assert filing.find_result(site.folder, "job+.json", "attempt") is None
    (target / "job+.result.json").write_bytes(result_of("attempt"))
    assert filing.find_result(site.folder, "job+.json", "attempt") == (Filing.FAILED, "job+")
