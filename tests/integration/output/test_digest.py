import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxx_daemon.output.digest import OutputDigest

_SMALL, _LARGE = 1000, 9 * 1024 * 1024


@pytest.fixture
def output(tmp_path: Path) -> Path:
    path = tmp_path / "output.mov"
    path.write_bytes(os.urandom(_LARGE))
    return path


@pytest.fixture
def descriptor(output: Path) -> Iterator[int]:
    opened = os.open(output, os.O_RDONLY)
    yield opened
    os.close(opened)


@pytest.mark.parametrize("size", [_SMALL, _LARGE])
def test_the_digest_is_that_of_the_whole_file(output: Path, descriptor: int, size: int) -> None:
    os.truncate(output, size)
    with OutputDigest(str(output), size) as digest:
        found = digest.of(descriptor)
    assert found == hashlib.sha256(output.read_bytes()).hexdigest()


def test_bytes_that_are_changed_later_are_digested_again(output: Path, descriptor: int) -> None:
    digest = OutputDigest(str(output), _LARGE)
    with digest:
        first = digest.of(descriptor)
        changed = os.stat(output).st_mtime_ns + 1_000_000_000
        with output.open("r+b") as file:
            file.write(b"something else")
        os.utime(output, ns=(changed, changed))
        second = digest.of(descriptor)
    assert first != second
    assert second == hashlib.sha256(output.read_bytes()).hexdigest()


def test_another_file_under_the_same_name_does_not_count(output: Path) -> None:
    with OutputDigest(str(output), _LARGE) as digest:
        other = output.with_name("other")
        other.write_bytes(b"another file")
        with other.open("rb") as file:
            assert digest.of(file.fileno()) == hashlib.sha256(b"another file").hexdigest()


def test_a_file_that_is_gone_fails_where_it_is_published(output: Path, tmp_path: Path) -> None:
    with OutputDigest(str(tmp_path / "gone"), _LARGE) as digest, output.open("rb") as file:
        assert digest.of(file.fileno()) == hashlib.sha256(output.read_bytes()).hexdigest()


def test_a_clip_that_fails_waits_for_no_digest(output: Path) -> None:
    with output.open("r+b") as file:
        # Half a terabyte, that nobody could have read before the end of this test.
        file.truncate(1 << 39)
    with OutputDigest(str(output), 1 << 39):
        pass
