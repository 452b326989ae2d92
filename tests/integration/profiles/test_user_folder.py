"""A folder with user profiles: every file counts, whatever is wrong with it."""

import os
from pathlib import Path

import pytest

from proxx_daemon.failures.errors import FatalError
from proxx_daemon.profiles import user_folder
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.eligibility import eligibilities
from proxx_daemon.profiles.user_profile import LifecycleState, UserProfileFile

_GOOD_TOML = b"""user_profile_version = "1.0"
name = "X"
description = "For tests."
state = "ACTIVE"
[constraints]
codec = "prores_hq"
"""
_GOOD_JSON = (
    b'{"user_profile_version": "1.0", "name": "Y", "description": "For tests.", '
    b'"state": "ACTIVE", "constraints": {"codec": "prores_hq"}}'
)


def _one(folder: Path) -> UserProfileFile:
    loaded = user_folder.load(str(folder))
    assert len(loaded) == 1
    return loaded[0]


def test_toml_and_json_are_read_in_file_name_order(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_bytes(_GOOD_TOML)
    (tmp_path / "a.JSON").write_bytes(_GOOD_JSON)
    loaded = user_folder.load(str(tmp_path))
    assert [each.name for each in loaded] == ["Y", "X"]
    assert all(each.profile is not None for each in loaded)


def test_hidden_files_and_other_names_are_no_profiles(tmp_path: Path) -> None:
    for name in ("README.md", ".hidden.toml", "._a.toml", "a.toml~", "b.toml.bak"):
        (tmp_path / name).write_bytes(_GOOD_TOML)
    assert user_folder.load(str(tmp_path)) == ()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.toml", b"", "is empty"),
        ("x.toml", b"name = ", "not valid TOML"),
        ("x.toml", b'name = "a"\nname = "b"\n', "not valid TOML"),
        ("x.toml", b"\xff\xfe", "not UTF-8"),
        ("x.toml", b"\xef\xbb\xbf" + _GOOD_TOML, "not valid TOML"),
        ("x.toml", b"a = " + b"[" * 5000, "not valid TOML"),
        ("x.toml", b"a = " + b"9" * 5000, "not valid TOML"),
        ("x.toml", b"#" * (1024 * 1024 + 1), "more than 1048576 bytes"),
        ("x.json", b"", "The file is empty"),
        ("x.json", b"{", "The file is not valid JSON"),
        ("x.json", b'{"name": NaN}', "NaN is not a JSON number"),
        ("x.json", b'{"name": 1e999}', "too large"),
        ("x.json", b'{"name": "a", "name": "b"}', "appears twice"),
        ("x.json", b"[" * 40 + b"]" * 40, "nested deeper"),
        ("x.json", b"\xef\xbb\xbf{}", "byte order mark"),
        ("x.json", b"[]", "one table (TOML) or object (JSON)"),
    ],
)
def test_a_file_that_is_no_document_is_reported(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    loaded = _one(tmp_path)
    assert loaded.profile is None
    assert words in loaded.problems[0].message


def test_a_profile_that_breaks_a_rule_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(_GOOD_TOML.replace(b"ACTIVE", b"OLD"))
    loaded = _one(tmp_path)
    assert loaded.profile is None
    assert loaded.name == "X"
    assert [problem.path for problem in loaded.problems] == ["state"]


def test_a_folder_named_like_a_profile_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.toml").mkdir()
    assert "not a regular file" in _one(tmp_path).problems[0].message


def test_a_fifo_named_like_a_profile_is_reported_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.json")
    assert "not a regular file" in _one(tmp_path).problems[0].message


def test_a_link_to_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.toml").symlink_to(tmp_path / "absent")
    assert "cannot be read: No such file" in _one(tmp_path).problems[0].message


def test_a_link_to_a_profile_is_followed(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "profile").write_bytes(_GOOD_TOML)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "x.toml").symlink_to(shared / "profile")
    assert _one(folder).name == "X"


def test_a_folder_that_does_not_exist_is_fatal(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match="absent cannot be read: No such file"):
        user_folder.load(str(tmp_path / "absent"))


def test_every_shipped_example_that_is_active_compiles() -> None:
    shipped = eligibilities(user_folder.load(user_folder.shipped_folder()), profiles())
    states = [each.state for each in shipped]
    assert LifecycleState.ACTIVE in states
    assert LifecycleState.DEPRECATED in states
    assert LifecycleState.GRADUATED in states
    assert LifecycleState.INVALID not in states


def test_a_shipped_example_makes_h264_at_half_size() -> None:
    shipped = eligibilities(user_folder.load(user_folder.shipped_folder()), profiles())
    found = [each.compilation.canonical for each in shipped if each.compilation]
    assert [each for each in found if each and (each.codec, each.resolution) == ("h264", "half")]
