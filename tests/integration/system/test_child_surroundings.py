"""What a child is given by the runner: descriptors, stdin, a session of its own."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.system import child
from proxx_daemon.system.cancel import CancelToken

_PROGRAM = Path(__file__).parents[2] / "programs" / "tells_about_itself.py"
_LIMITS = child.RunLimits(wall_seconds=20.0, stall_seconds=None)


def _asked(
    keep_descriptors: tuple[int, ...] = (), cancel: CancelToken | None = None
) -> dict[str, Any]:
    lines: list[bytes] = []
    exit_ = child.run(
        (sys.executable, str(_PROGRAM)),
        on_output=lines.extend,
        on_error=lines.extend,
        limits=_LIMITS,
        cancel=cancel,
        keep_descriptors=keep_descriptors,
    )
    assert exit_.code == 0
    answer: dict[str, Any] = json.loads(lines[0])
    return answer


def test_a_child_reads_nothing_from_stdin() -> None:
    assert _asked()["stdin"] == "/dev/null"


def test_a_child_leads_a_session_of_its_own() -> None:
    answer = _asked()

    assert answer["group"] == answer["session"] == answer["pid"] != os.getpgrp()


def test_a_child_dies_of_a_broken_pipe_as_programs_do() -> None:
    lines: list[bytes] = []

    child.run(
        ("grep", "SigIgn", "/proc/self/status"),
        on_output=lines.extend,
        on_error=lines.extend,
        limits=_LIMITS,
    )

    ignored = int(lines[0].split()[1], 16)
    assert not ignored & 1 << (signal.SIGPIPE - 1)


def test_a_child_inherits_the_kept_descriptors_and_no_others(tmp_path: Path) -> None:
    kept = os.open(tmp_path / "kept", os.O_RDWR | os.O_CREAT)
    other = os.open(tmp_path / "other", os.O_RDWR | os.O_CREAT)
    # Even one that is marked for inheritance.
    os.set_inheritable(other, True)  # noqa: FBT003 - the call takes it by place only
    cancel = CancelToken()
    try:
        assert _asked((kept,), cancel)["descriptors"] == [0, 1, 2, kept]
    finally:
        os.close(kept)
        os.close(other)
        cancel.close()


def test_a_kept_descriptor_stays_private_to_this_process_otherwise(tmp_path: Path) -> None:
    kept = os.open(tmp_path / "kept", os.O_RDWR | os.O_CREAT)
    try:
        _asked((kept,))

        assert not os.get_inheritable(kept)
    finally:
        os.close(kept)


def test_a_child_gets_the_environment_that_was_given() -> None:
    lines: list[bytes] = []

    child.run(
        ("/bin/sh", "-c", 'echo "$PROXX_TEST:$HOME"'),
        on_output=lines.extend,
        on_error=lines.extend,
        limits=_LIMITS,
        environment={"PROXX_TEST": "one"},
    )

    assert lines == [b"one:"]


def test_a_child_gives_way_with_all_that_it_starts() -> None:
    lines: list[bytes] = []
    own = os.getpriority(os.PRIO_PROCESS, 0)
    child.run(
        # The shell may be running before its priority is lowered.
        ("/bin/sh", "-c", f"while [ $(nice) = {own} ]; do :; done; nice; sh -c nice"),
        on_output=lines.extend,
        on_error=lines.extend,
        limits=child.RunLimits(wall_seconds=20.0, stall_seconds=None, niceness=3),
    )

    assert [int(line) for line in lines] == [own + 3, own + 3]
    assert os.getpriority(os.PRIO_PROCESS, 0) == own


def test_a_child_gets_the_listed_variables_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "FFREPORT",
        "FFMPEG_DATADIR",
        "AV_LOG_FORCE_COLOR",
        "SVT_LOG_FILE",
        "OMP_SCHEDULE",
    ):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("LC_TIME", "C")
    lines: list[bytes] = []
    child.run(("env",), on_output=lines.extend, on_error=lines.extend, limits=_LIMITS)
    got = dict(line.decode().split("=", 1) for line in lines)
    listed = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "TZ")
    assert got == {
        name: value
        for name, value in os.environ.items()
        if name in listed or name.startswith(("LC_", "LD_", "DYLD_"))
    }
    assert got["LC_TIME"] == "C"
