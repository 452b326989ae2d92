"""A proxy gets its final name: flushed, hashed, recorded, and never over something."""

import hashlib
import os
from pathlib import Path

import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed, failure
from proxx_daemon.output.publication import check_sealed, publish
from proxx_daemon.output.seal import Sealed, seal, size_of_partial
from proxx_daemon.source.hashing import sha256_of

_CONTENT = b"picture" * 300_000


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    """Give what an engine left."""
    path = tmp_path / ".A001.mp4.partial"
    path.write_bytes(_CONTENT)
    return path


def _publish(partial: Path, final: Path) -> tuple[Sealed, list[bool]]:
    recorded: list[bool] = []
    sealed = seal(str(partial), sha256_of)
    check_sealed(str(partial), sealed.sha256, sealed.identity)
    publish(str(partial), str(final), record=lambda: recorded.append(final.exists()))
    return sealed, recorded


def test_a_published_file_has_the_sealed_size_and_digest(tmp_path: Path, partial: Path) -> None:
    final = tmp_path / "A001.mp4"

    sealed, recorded = _publish(partial, final)

    assert final.read_bytes() == _CONTENT
    assert not partial.exists()
    assert (sealed.size, sealed.sha256) == (len(_CONTENT), hashlib.sha256(_CONTENT).hexdigest())
    # The record was made before the name was given.
    assert recorded == [False]


def test_a_file_that_changed_after_it_was_sealed_is_refused(partial: Path) -> None:
    sealed = seal(str(partial), sha256_of)
    partial.write_bytes(_CONTENT[:-1] + b"x")

    with pytest.raises(JobFailed) as caught:
        check_sealed(str(partial), sealed.sha256, sealed.identity)

    assert caught.value.failure.code is Code.VERIFICATION_FAILED


def test_a_file_that_another_machine_sealed_is_read_again(partial: Path) -> None:
    sealed = seal(str(partial), sha256_of)

    check_sealed(str(partial), sealed.sha256, None)
    with pytest.raises(JobFailed):
        check_sealed(str(partial), "0" * 64, None)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_is_overwritten(tmp_path: Path, partial: Path, kind: str) -> None:
    final = tmp_path / "A001.mp4"
    match kind:
        case "file":
            final.write_bytes(b"somebody else's")
        case "folder":
            final.mkdir()
        case _:
            final.symlink_to("/nowhere")
    before = os.lstat(final)

    with pytest.raises(JobFailed) as caught:
        _publish(partial, final)

    assert caught.value.failure.code is Code.PUBLISH_REFUSED
    assert os.path.samestat(os.lstat(final), before)
    assert partial.read_bytes() == _CONTENT


def test_a_record_that_cannot_be_made_keeps_the_file_unpublished(
    tmp_path: Path, partial: Path
) -> None:
    final = tmp_path / "A001.mp4"

    def refuse() -> None:
        raise JobFailed(failure(Code.SPOOL_IO_ERROR, "The disk is gone."))

    with pytest.raises(JobFailed):
        publish(str(partial), str(final), record=refuse)

    assert (final.exists(), partial.exists()) == (False, True)


def test_an_output_folder_that_is_gone_fails_the_clip(tmp_path: Path, partial: Path) -> None:
    with pytest.raises(JobFailed) as caught:
        _publish(partial, tmp_path / "gone" / "A001.mp4")

    assert caught.value.failure.code is Code.OUTPUT_IO_ERROR
    assert partial.exists()


@pytest.mark.parametrize("kind", ["absent", "link", "fifo"])
def test_what_is_not_the_engines_file_is_not_published(tmp_path: Path, kind: str) -> None:
    partial, final = tmp_path / ".partial", tmp_path / "A001.mp4"
    match kind:
        case "link":
            (tmp_path / "other").write_bytes(b"other")
            partial.symlink_to(tmp_path / "other")
        case "fifo":
            os.mkfifo(partial)

    with pytest.raises(JobFailed) as caught:
        _publish(partial, final)

    assert caught.value.failure.code is Code.OUTPUT_IO_ERROR
    assert not os.path.lexists(final)


def test_the_size_of_a_written_file_is_its_bytes(partial: Path) -> None:
    assert size_of_partial(str(partial)) == len(_CONTENT)


@pytest.mark.parametrize("kind", ["absent", "no folder", "empty", "folder", "fifo"])
def test_success_without_output_is_no_success(tmp_path: Path, kind: str) -> None:
    partial = tmp_path / "proxies" / ".partial"
    if kind != "no folder":
        partial.parent.mkdir()
    match kind:
        case "empty":
            partial.touch()
        case "folder":
            partial.mkdir()
        case "fifo":
            os.mkfifo(partial)

    with pytest.raises(JobFailed) as caught:
        size_of_partial(str(partial))

    assert caught.value.failure.code is Code.OUTPUT_NOT_WRITTEN


def test_publishing_leaks_no_descriptor(tmp_path: Path, partial: Path) -> None:
    before = set(os.listdir("/proc/self/fd"))

    _publish(partial, tmp_path / "A001.mp4")
    with pytest.raises(JobFailed):
        _publish(partial, tmp_path / "A002.mp4")

    assert set(os.listdir("/proc/self/fd")) == before
