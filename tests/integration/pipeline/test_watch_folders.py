"""A path that leads into a watch folder is recognised, however it is spelled."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from mounted_folder import needs_mounts
from spool_place import prepared

from proxx_daemon.pipeline.watch_folders import enclosing

_BIND = 'mount --bind "$1" "$2" && exec "$3" -c "$4" "$2"'
_ASK = """
import sys
from proxx_daemon.pipeline.watch_folders import enclosing
print(enclosing(sys.argv[1]))
"""


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    """Return a watch folder that a daemon has served."""
    (tmp_path / "proxies").mkdir()
    return Path(prepared(tmp_path / "watch").root)


_SPELLINGS: dict[str, Callable[[Path], str]] = {
    "itself": str,
    "with a slash": lambda watch: f"{watch}/",
    "a part": lambda watch: f"{watch}/completed",
    "where notes are written": lambda watch: f"{watch}/.proxx/tmp",
    "the journal": lambda watch: f"{watch}/.proxx/journal",
    "a new folder": lambda watch: f"{watch}/completed/today/proxies",
    "a folder beside the parts": lambda watch: f"{watch}/proxies",
    "a way round": lambda watch: f"{watch.parent}/proxies/../watch/./failed",
    "two slashes": lambda watch: f"/{watch}//pending",
}


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_every_spelling_of_a_place_in_a_watch_folder_leads_to_it(
    watch: Path, spelling: str
) -> None:
    assert enclosing(_SPELLINGS[spelling](watch)) == str(watch)


@pytest.mark.parametrize("inside", ["", ".proxx/tmp", "completed"])
def test_links_are_followed(watch: Path, tmp_path: Path, inside: str) -> None:
    (tmp_path / "first").symlink_to(watch / inside)
    (tmp_path / "second").symlink_to("first")
    assert enclosing(str(tmp_path / "second")) == str(watch)


def test_a_folder_beside_a_watch_folder_or_above_it_is_not_inside(
    watch: Path, tmp_path: Path
) -> None:
    for path in (tmp_path, tmp_path / "proxies", tmp_path / "absent", watch.parent / "watch-2"):
        assert enclosing(str(path)) is None


def test_a_folder_that_becomes_a_watch_folder_is_one(tmp_path: Path) -> None:
    inside = tmp_path / "later" / "proxies"
    inside.mkdir(parents=True)
    assert enclosing(str(inside)) is None
    prepared(tmp_path / "later")
    assert enclosing(str(inside)) == str(tmp_path / "later")


def test_a_loop_of_links_leads_nowhere(watch: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert enclosing(str(tmp_path / "loop")) is None


@needs_mounts
@pytest.mark.parametrize("part", [".", ".proxx/tmp", "completed", "completed/a folder/b"])
def test_a_part_that_is_mounted_elsewhere_is_recognised(
    watch: Path, tmp_path: Path, part: str
) -> None:
    (watch / part).mkdir(parents=True, exist_ok=True)
    script = (_BIND, "sh", watch / part, tmp_path / "proxies", sys.executable, _ASK)
    command = ("unshare", "--map-root-user", "--mount", "sh", "-c", *map(str, script))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    # The folder itself is found under the name that was asked for.
    expected = tmp_path / "proxies" if part == "." else watch
    assert done.stdout.strip() == str(expected)
