"""Finding Resolve's scripting module, and the one slot that it has."""

import hashlib
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from proxx_process import wait_until

from proxx_daemon.engines.resolve import slot as resolve_slot
from proxx_daemon.engines.resolve.locate import locate, sha256_of
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.plan.resolve_session import ResolveOrigin
from proxx_daemon.system.cancel import CancelToken


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "Scripting" / "Modules").mkdir(parents=True)
    (tmp_path / "Scripting" / "Modules" / "DaVinciResolveScript.py").touch()
    (tmp_path / "fusionscript.so").write_bytes(b"library")
    return {
        "RESOLVE_SCRIPT_API": str(tmp_path / "Scripting"),
        "RESOLVE_SCRIPT_LIB": str(tmp_path / "fusionscript.so"),
    }


def test_the_variables_of_the_readme_decide(installed: dict[str, str], tmp_path: Path) -> None:
    found = locate(installed)
    assert found.modules == str(tmp_path / "Scripting" / "Modules")
    assert found.script_library == str(tmp_path / "fusionscript.so")
    assert found.origin is ResolveOrigin.ENVIRONMENT
    assert sha256_of(found) == hashlib.sha256(b"library").hexdigest()


@pytest.mark.parametrize("name", ["RESOLVE_SCRIPT_API", "RESOLVE_SCRIPT_LIB"])
@pytest.mark.parametrize("value", ["/nonexistent", "relative/place"])
def test_a_variable_that_names_nothing_is_an_error(
    name: str, value: str, installed: dict[str, str]
) -> None:
    with pytest.raises(JobFailed) as caught:
        locate({**installed, name: value})
    assert caught.value.failure.code is Code.RESOLVE_UNAVAILABLE
    assert f"{name} is '{value}'" in caught.value.failure.message


def test_a_machine_without_resolve_says_so() -> None:
    if Path("/opt/resolve").exists() or Path("/home/resolve").exists():
        pytest.skip("this machine has Resolve")
    with pytest.raises(JobFailed) as caught:
        locate({})
    assert caught.value.failure.code is Code.RESOLVE_UNAVAILABLE
    assert "RESOLVE_SCRIPT_API is not set" in caught.value.failure.message


def test_a_slot_is_held_by_one_and_given_on(tmp_path: Path) -> None:
    path = str(tmp_path / "slot")
    token = CancelToken()
    waited: list[str] = []
    first = resolve_slot.take(path, token, lambda: waited.append("first"))
    assert first is not None
    taken: list[Any] = []
    thread = threading.Thread(
        target=lambda: taken.append(resolve_slot.take(path, token, lambda: waited.append("second")))
    )
    thread.start()
    wait_until(lambda: waited, "the second one waits")
    assert waited == ["second"]
    assert not taken
    first.close()
    thread.join()
    (second,) = taken
    assert second is not None
    second.close()
    token.close()


def test_who_waits_for_the_slot_can_be_stopped(tmp_path: Path) -> None:
    path = str(tmp_path / "slot")
    token, stopped = CancelToken(), CancelToken()
    with_slot = resolve_slot.take(path, token, lambda: None)
    assert with_slot is not None
    with with_slot:
        # Cancelled from within the wait: it is the first thing that the wait tells.
        assert resolve_slot.take(path, stopped, stopped.cancel) is None
    token.close()
    stopped.close()


def test_every_user_of_the_machine_can_open_the_slot(tmp_path: Path) -> None:
    token = CancelToken()
    previous = os.umask(0o077)
    try:
        slot = resolve_slot.take(str(tmp_path / "slot"), token, lambda: None)
    finally:
        os.umask(previous)
    assert slot is not None
    slot.close()
    token.close()
    assert stat.S_IMODE((tmp_path / "slot").stat().st_mode) == 0o644


def test_a_link_in_the_place_of_the_slot_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "slot").symlink_to(tmp_path / "elsewhere")
    token = CancelToken()
    with pytest.raises(JobFailed) as caught:
        resolve_slot.take(str(tmp_path / "slot"), token, lambda: None)
    token.close()
    assert caught.value.failure.code is Code.RESOLVE_NOT_ANSWERING
    assert not (tmp_path / "elsewhere").exists()
