"""The way of a spec into running/: what is looked at, what is taken, what is left alone."""

import os
import resource
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from spool_place import drop, prepared

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import FatalError, JobFailed
from proxx_daemon.spool import folders, spec_file
from proxx_daemon.spool.folders import GoneError, NotACandidateError, WatchFolder
from proxx_daemon.spool.settling import WriterEvidence
from proxx_daemon.spool.writers import WriterDetector, prepare_process
from proxx_daemon.system import durable


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    """Give an empty watch folder."""
    return prepared(tmp_path / "watch")


@pytest.fixture
def detector(folder: WatchFolder) -> WriterDetector:
    """Give what tells writers, whatever the file system can say."""
    prepare_process()
    return WriterDetector(folder.scratch)


@pytest.fixture
def exchanging(folder: WatchFolder) -> Iterator[Path]:
    """Keep swapping pending/job.json between a file and a link, one rename at a time."""
    pending = Path(folder.pending)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (pending / ".file").write_text("{}")
            (pending / ".file").rename(pending / "job.json")
            (pending / ".link").symlink_to("/etc/passwd")
            (pending / ".link").rename(pending / "job.json")

    drop(folder, "job.json")
    thread = threading.Thread(target=swap)
    thread.start()
    yield pending / "job.json"
    stop.set()
    thread.join()


def test_looking_tells_size_and_times_and_moves_nothing(
    folder: WatchFolder, detector: WriterDetector
) -> None:
    path = drop(folder, "job.json", "content")

    sighting = folder.look("job.json", detector)

    status = path.stat()
    assert (sighting.size, sighting.modified_ns) == (7, status.st_mtime_ns)
    assert sighting.changed_ns == status.st_ctime_ns
    assert os.listdir(folder.running) == []


def test_a_detector_without_a_scratch_folder_knows_nothing(
    folder: WatchFolder, tmp_path: Path
) -> None:
    drop(folder, "job.json")
    detector = WriterDetector(str(tmp_path / "absent"))

    assert not detector.usable
    assert folder.look("job.json", detector).writer is WriterEvidence.UNKNOWN


def test_a_detector_leaves_nothing_in_scratch(folder: WatchFolder) -> None:
    before = set(os.listdir("/proc/self/fd"))

    WriterDetector(folder.scratch)

    assert os.listdir(folder.scratch) == []
    assert set(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("link", "a symbolic link"),
        ("folder", "a folder"),
        ("fifo", "a FIFO"),
        ("socket", "a socket"),
        ("hard link", "2 names"),
    ],
)
def test_what_is_no_plain_file_is_named_and_left_alone(
    folder: WatchFolder, detector: WriterDetector, kind: str, reason: str
) -> None:
    path = Path(folder.pending) / "job.json"
    match kind:
        case "link":
            path.symlink_to("/etc/passwd")
        case "folder":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "socket":
            _bind(path)
        case _:
            os.link(drop(folder, "other.json"), path)

    with pytest.raises(NotACandidateError, match=reason):
        folder.look("job.json", detector)
    with pytest.raises(NotACandidateError, match=reason):
        folder.claim("job.json")

    assert os.path.lexists(path)
    assert os.listdir(folder.running) == []


def _bind(path: Path) -> None:
    """Make a socket; its path is too long for `bind`, a relative one is not."""
    here = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


def test_what_is_gone_is_gone(folder: WatchFolder, detector: WriterDetector) -> None:
    with pytest.raises(GoneError):
        folder.look("job.json", detector)
    with pytest.raises(GoneError):
        folder.claim("job.json")


def test_a_running_folder_that_is_gone_is_not_a_spec_that_is_gone(folder: WatchFolder) -> None:
    path = drop(folder, "job.json")
    shutil.rmtree(folder.running)

    with pytest.raises(FileNotFoundError):
        folder.claim("job.json")

    assert path.exists()


def test_a_claim_names_the_file_that_lies_in_running(folder: WatchFolder) -> None:
    status = drop(folder, "job.json").stat()

    claim = folder.claim("job.json")

    assert claim.file_id == (status.st_dev, status.st_ino)
    assert claim.descriptor is not None
    assert not os.get_inheritable(claim.descriptor)
    os.close(claim.descriptor)


def test_a_spec_that_is_exchanged_all_the_time_is_never_followed_elsewhere(
    folder: WatchFolder, exchanging: Path
) -> None:
    """Each claim takes a file, or says that what it took is not what it had seen."""
    seen: set[str] = set()
    deadline = time.monotonic() + 60
    rounds = 0
    # On a busy machine hundreds of looks in a row can meet the link: go on until one does not.
    while rounds < 300 or "claimed" not in seen:
        rounds += 1
        assert time.monotonic() < deadline, seen
        try:
            claim = folder.claim(exchanging.name)
        except (GoneError, NotACandidateError) as error:
            seen.add(type(error).__name__)
            continue
        taken = Path(folder.running) / exchanging.name
        status = taken.lstat()
        assert claim.file_id == (status.st_dev, status.st_ino)
        if claim.problem is None:
            assert not taken.is_symlink()
            assert claim.descriptor is not None
            assert spec_file.read(claim.descriptor) == b"{}"
        else:
            assert claim.problem.code is Code.SPEC_REPLACED
        if claim.descriptor is not None:
            os.close(claim.descriptor)
        taken.unlink()
        seen.add("claimed")


def test_claims_leak_no_descriptor(folder: WatchFolder, detector: WriterDetector) -> None:
    before = set(os.listdir("/proc/self/fd"))
    drop(folder, "job.json")
    (Path(folder.running) / "job.json").touch()
    os.mkfifo(Path(folder.pending) / "fifo.json")

    folder.look("job.json", detector)
    with pytest.raises(FileExistsError):
        folder.claim("job.json")
    with pytest.raises(NotACandidateError):
        folder.claim("fifo.json")
    with pytest.raises(GoneError):
        folder.claim("gone.json")

    assert set(os.listdir("/proc/self/fd")) == before


def test_a_missing_descriptor_of_the_process_is_no_fault_of_the_spec(
    folder: WatchFolder, detector: WriterDetector
) -> None:
    """Out of descriptors: the look judges by size and times, the claim says what is wrong."""
    drop(folder, "job.json")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # No number below the limit is free.
    with Path("/dev/null").open() as lowest_free:
        limit = lowest_free.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        sighting = folder.look("job.json", detector)
        with pytest.raises(OSError, match="Too many open files"):
            folder.claim("job.json")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (sighting.size, sighting.writer) == (2, WriterEvidence.UNKNOWN)
    assert os.listdir(folder.pending) == ["job.json"]


def test_folders_on_different_file_systems_are_refused(tmp_path: Path) -> None:
    one = tmp_path / "one"
    one.mkdir()

    with pytest.raises(FatalError, match=r"/proc is on another file system than .*one"):
        folders.check_renames((str(tmp_path), str(one), "/proc"))


def test_folders_on_one_file_system_are_accepted_and_nothing_is_written(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()

    folders.check_renames((str(one), str(two)))

    assert list(one.iterdir()) == list(two.iterdir()) == []


@pytest.mark.parametrize("name", ["pending", "failed", ".proxx"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_something_in_the_way_of_a_folder_is_fatal(tmp_path: Path, name: str, kind: str) -> None:
    root, elsewhere = tmp_path / "watch", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    if kind == "file":
        (root / name).touch()
    else:
        (root / name).symlink_to(elsewhere)

    with pytest.raises(FatalError, match=f"{name} exists and is not a folder"):
        WatchFolder(str(root)).prepare()


def test_preparing_again_changes_nothing(folder: WatchFolder) -> None:
    os.chmod(folder.pending, 0o750)  # noqa: S103 - an administrator's choice
    drop(folder, "job.json")

    folder.prepare()

    assert os.stat(folder.pending).st_mode & 0o777 == 0o750
    assert os.listdir(folder.pending) == ["job.json"]


def test_what_earlier_daemons_left_half_written_is_removed(folder: WatchFolder) -> None:
    (Path(folder.scratch) / durable.temporary_name()).touch()

    folder.clear_scratch()

    assert os.listdir(folder.scratch) == []


def test_what_proxx_did_not_make_is_not_removed(folder: WatchFolder) -> None:
    names = ["A001_proxy.mov", "left.tmp", f"{'A' * 32}.tmp", f".{'a' * 32}.tmp"]
    for name in names:
        (Path(folder.scratch) / name).touch()

    folder.clear_scratch()

    assert sorted(os.listdir(folder.scratch)) == sorted(names)


def test_an_unfinished_claim_has_both_names_and_is_no_candidate(
    folder: WatchFolder, detector: WriterDetector
) -> None:
    """Between link and unlink of the stand-in for the rename."""
    path = drop(folder, "job.json")
    os.link(path, Path(folder.running) / "job.json")

    with pytest.raises(NotACandidateError):
        folder.look("job.json", detector)
    assert durable.finish_rename(str(path), str(Path(folder.running) / "job.json"))


def test_only_entries_of_pending_are_listed(folder: WatchFolder) -> None:
    for name in ("b.json", "a.json", ".hidden"):
        drop(folder, name)

    assert set(folder.pending_names()) == {"a.json", "b.json", ".hidden"}


def test_a_socket_or_a_device_is_no_spec(tmp_path: Path) -> None:
    _bind(tmp_path / "socket.json")
    for path in (str(tmp_path / "socket.json"), "/dev/null", str(tmp_path)):
        with pytest.raises(JobFailed) as caught, spec_file.opened(path):
            pass
        assert caught.value.failure.code is Code.SPEC_NOT_A_FILE


@pytest.mark.parametrize("excess", [0, 1])
def test_a_spec_may_have_a_mebibyte_and_no_byte_more(tmp_path: Path, excess: int) -> None:
    path = tmp_path / "job.json"
    path.write_bytes(b" " * (1024 * 1024 + excess))
    with spec_file.opened(str(path)) as descriptor:
        if not excess:
            assert len(spec_file.read(descriptor)) == 1024 * 1024
            return
        with pytest.raises(JobFailed) as caught:
            spec_file.read(descriptor)

    assert caught.value.failure.code is Code.SPEC_TOO_LARGE


def test_a_spec_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(JobFailed) as caught:
        spec_file.read(descriptor)
    os.close(descriptor)

    assert caught.value.failure.code is Code.SPEC_UNREADABLE
