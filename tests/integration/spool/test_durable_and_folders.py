"""Renames that cannot overwrite, files that are complete or absent, and the claim of a spec."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from spool_place import drop, prepared

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.spool import spec_file
from proxx_daemon.spool.folders import GoneError, NotACandidateError, WatchFolder
from proxx_daemon.spool.settling import WriterEvidence
from proxx_daemon.spool.writers import WriterDetector, prepare_process
from proxx_daemon.system import durable


def test_a_rename_moves_and_never_overwrites(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    durable.rename_noreplace(str(one), str(two))
    assert (one.exists(), two.read_text()) == (False, "1")
    one.write_text("other")
    with pytest.raises(FileExistsError):
        durable.rename_noreplace(str(one), str(two))
    assert (one.read_text(), two.read_text()) == ("other", "1")
    with pytest.raises(FileNotFoundError):
        durable.rename_noreplace(str(tmp_path / "absent"), str(tmp_path / "three"))


def _unsupported(_source: bytes, _target: bytes) -> int:
    """Answer as a file system does that has no such rename."""
    return errno.EINVAL


def test_the_stand_in_for_the_rename_does_not_overwrite_either(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    durable.rename_noreplace(str(one), str(two), native=_unsupported)
    assert (one.exists(), two.read_text()) == (False, "1")
    one.write_text("other")
    with pytest.raises(FileExistsError):
        durable.rename_noreplace(str(one), str(two), native=_unsupported)
    assert (one.read_text(), two.read_text()) == ("other", "1")


def test_a_rename_that_a_crash_cut_in_two_is_finished(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    os.link(one, two)
    assert durable.finish_rename(str(one), str(two))
    assert (one.exists(), two.read_text()) == (False, "1")
    one.write_text("other")
    assert not durable.finish_rename(str(one), str(two))
    assert one.exists()


def test_a_put_file_is_complete_or_absent(tmp_path: Path) -> None:
    scratch, folder = tmp_path / "scratch", tmp_path / "folder"
    scratch.mkdir()
    folder.mkdir()
    durable.put(str(scratch), str(folder), "a.json", b"first")
    with pytest.raises(FileExistsError):
        durable.put(str(scratch), str(folder), "a.json", b"second")
    with pytest.raises(FileNotFoundError):
        durable.put(str(scratch), str(tmp_path / "absent"), "a.json", b"third")
    assert (folder / "a.json").read_bytes() == b"first"
    assert (folder / "a.json").stat().st_mode & 0o777 == 0o644
    assert list(scratch.iterdir()) == []


def test_the_folders_are_made_with_their_modes(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    for path in (folder.pending, folder.running, f"{folder.root}/completed"):
        assert Path(path).stat().st_mode & 0o777 == 0o755
    # Anybody may read the status.
    assert Path(folder.state).stat().st_mode & 0o777 == 0o755
    for path in (folder.journal, folder.scratch, folder.requests):
        assert Path(path).stat().st_mode & 0o777 == 0o700


def test_a_root_that_is_missing_or_blocked_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="is not a folder"):
        WatchFolder(str(tmp_path / "absent")).prepare()
    root = tmp_path / "watch"
    root.mkdir()
    (root / "pending").write_text("in the way")
    with pytest.raises(FatalError, match="exists and is not a folder"):
        WatchFolder(str(root)).prepare()


def test_a_claim_moves_the_spec_and_reads_it_through_the_same_file(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    drop(folder, "job.json", "content")
    claim = folder.claim("job.json")
    assert claim.problem is None
    assert claim.descriptor is not None
    assert spec_file.read(claim.descriptor) == b"content"
    os.close(claim.descriptor)
    assert os.listdir(folder.pending) == []
    assert os.listdir(folder.running) == ["job.json"]


def test_a_name_that_runs_already_is_not_claimed(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    drop(folder, "job.json", "new")
    (Path(folder.running) / "job.json").write_text("old")
    with pytest.raises(FileExistsError):
        folder.claim("job.json")
    assert (Path(folder.pending) / "job.json").read_text() == "new"
    assert (Path(folder.running) / "job.json").read_text() == "old"


def test_what_is_no_plain_file_is_never_claimed(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    pending = Path(folder.pending)
    outside = tmp_path / "outside"
    outside.write_text("{}")
    (pending / "link.json").symlink_to(outside)
    os.mkfifo(pending / "fifo.json")
    (pending / "folder.json").mkdir()
    os.link(outside, pending / "hard.json")
    for name in ("link.json", "fifo.json", "folder.json", "hard.json"):
        with pytest.raises(NotACandidateError):
            folder.claim(name)
    with pytest.raises(GoneError):
        folder.claim("absent.json")
    assert os.listdir(folder.running) == []


def test_an_oversized_spec_is_claimed_and_not_read(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "watch")
    path = drop(folder, "job.json")
    os.truncate(path, 1 << 30)
    claim = folder.claim("job.json")
    assert claim.problem is not None
    assert claim.problem.code is Code.SPEC_TOO_LARGE
    assert claim.descriptor is not None
    with pytest.raises(JobFailed):
        spec_file.read(claim.descriptor)
    os.close(claim.descriptor)


def test_a_fifo_or_a_link_as_spec_does_not_block(tmp_path: Path) -> None:
    fifo, link = tmp_path / "fifo", tmp_path / "link"
    os.mkfifo(fifo)
    link.symlink_to(fifo)
    for path in (fifo, link):
        with pytest.raises(JobFailed) as caught, spec_file.opened(str(path)):
            pass
        assert caught.value.failure.code is Code.SPEC_NOT_A_FILE


def test_the_kernel_tells_whether_another_process_is_writing(tmp_path: Path) -> None:
    prepare_process()
    folder = prepared(tmp_path / "watch")
    detector = WriterDetector(folder.scratch)
    path = drop(folder, "job.json")
    code = "import sys; f = open(sys.argv[1], 'a'); print('open', flush=True); sys.stdin.read()"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdin is not None
    assert writer.stdout.readline() == b"open\n"
    seen = folder.look("job.json", detector).writer
    writer.stdin.close()
    assert writer.wait() == 0
    writer.stdout.close()
    after = folder.look("job.json", detector).writer
    if detector.usable:
        assert (seen, after) == (WriterEvidence.SOMEBODY, WriterEvidence.NOBODY)
    else:
        assert (seen, after) == (WriterEvidence.UNKNOWN, WriterEvidence.UNKNOWN)
