"""No command prints a control character of a document or a name, and no path ends it."""

import json
import os
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve
from proxx_process import spec_for
from spool_place import prepared
from unit.result.test_reading import changed, result

from proxx_daemon.cli.commands import execute
from proxx_daemon.daemon.startup import holder
from proxx_daemon.monitor.status import FailureStatus, HealthFact, Mode, RunningStatus, Status
from proxx_daemon.spool.lock import FolderLock

#: colours, an erased line, a carriage return, a line of its own, a turned direction
_EVIL: Final = "a\x1b[31mb\x9b2K\rc\nFORGED identical\x7f\u2028\u202etxt"
_NOW: Final = datetime.now(UTC)


def _said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command; return its exit code and what it printed."""
    code = execute(words)
    printed = capsys.readouterr()
    text = printed.out + printed.err
    bad = [each for each in text if each != "\n" and unicodedata.category(each)[0] in "CZ"]
    assert set(bad) <= {" "}
    assert "Traceback" not in text
    assert not any(line.strip().startswith("FORGED") for line in text.splitlines())
    return code, text


def _written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("clips", 0, "resolved_output_path"), f"/{_EVIL}"),
        (("clips", 0, "resolved_output_path"), "/a\0b"),
        (("clips", 0, "resolved_output_path"), "/a\ud800b"),
        (("clips", 0, "source_path"), f"/{_EVIL}"),
        (("clips", 0, "status"), _EVIL),
        (("_metadata", "proxx_version"), _EVIL),
        (("_metadata", "engine_version"), _EVIL),
        (("_metadata", "proxy_profile_used"), _EVIL),
        (("final_status",), _EVIL),
        ((_EVIL,), _EVIL),
    ],
)
@pytest.mark.parametrize("command", ["verify", "reproduce"])
def test_a_crafted_result_proves_nothing_and_prints_nothing_odd(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    place: tuple[str | int, ...],
    value: str,
    command: str,
) -> None:
    path = _written(tmp_path / "crafted.json", changed(*place, to=value))
    assert _said(capsys, command, path)[0] in (1, 2)
    assert _said(capsys, command, "--json", path)[0] in (1, 2)


@pytest.mark.parametrize("field", [*spec_for("proxy_h264_low", into=Path("/")), "job_id", _EVIL])
def test_a_crafted_spec_is_refused_with_nothing_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str
) -> None:
    spec = spec_for("proxy_h264_low", Path("/absent.mov"), into=tmp_path)
    for value in (_EVIL, f"/{_EVIL}", [_EVIL], {_EVIL: _EVIL}, "/a\0b", "/a\ud800b", ["/a\0b"]):
        path = _written(tmp_path / "crafted.json", spec | {field: value})
        assert _said(capsys, "validate", path)[0] == 1
        assert _said(capsys, "validate", "--json", path)[0] == 1


def _crafted_status(folder: str) -> Status:
    job = RunningStatus(
        spec=_EVIL, job_id=_EVIL, attempt_id=_EVIL, worker=_EVIL, state=_EVIL, claimed_at=_NOW
    )
    texts = ("spec", "job_id", "status", "code", "message", "action", "at", "result")
    return Status(
        proxx_version=_EVIL,
        folder=folder,
        pid=1,
        host=_EVIL,
        mode=Mode.PAUSED,
        paused_by=_EVIL,
        started_at=_NOW,
        published_at=_NOW,
        max_workers=1,
        scan_seconds=10.0,
        last_scan_at=_NOW,
        counts={_EVIL: 1},
        running=(job, evolve(job, source=_EVIL, clip=1, clips=1, percent=1.0)),
        last_failures=(FailureStatus(**dict.fromkeys(texts, _EVIL)),),
        health=(HealthFact(name=_EVIL, ok=False, detail=_EVIL),),
        numbers={_EVIL: 1.0},
    )


def test_a_crafted_status_shows_nothing_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = prepared(tmp_path / "watch")
    _written(Path(folder.state) / "status.json", _crafted_status(folder.root).document())
    lock = FolderLock(f"{folder.state}/lock", holder())
    code, text = _said(capsys, "status", folder.root)
    assert (code, "paused by" in text, "UNHEALTHY" in text) == (0, True, True)
    assert _said(capsys, "status", "--json", folder.root)[0] == 0
    assert "is unhealthy" in " ".join(_said(capsys, "doctor", folder.root)[1].split())
    lock.release()


def test_a_crafted_result_is_submitted_again_or_refused_with_nothing_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = prepared(tmp_path / "watch")
    for job_id in (_EVIL, "../" + _EVIL, "reel.r" + "9" * 5000):
        crafted = {"job_id": job_id, "jobspec": {"sources": [_EVIL]}, "clips": []}
        _written(Path(folder.root) / "failed" / "crafted.result.json", crafted)
        assert _said(capsys, "resubmit", folder.root, "crafted")[0] == 1
        assert _said(capsys, "resubmit", folder.root, job_id)[0] == 1
    assert os.listdir(folder.pending) == []


_COMMANDS: Final[dict[str, Callable[[str, str], tuple[str, ...]]]] = {
    "validate": lambda path, _: ("validate", path),
    "watch": lambda path, _: ("watch", path),
    "watch --config": lambda path, _: ("watch", "--config", path),
    "status": lambda path, _: ("status", path),
    "doctor": lambda path, _: ("doctor", path),
    "pause": lambda path, _: ("pause", path),
    "cancel": lambda path, folder: ("cancel", folder, path),
    "resubmit": lambda path, _: ("resubmit", path, path),
    "resubmit a job": lambda path, folder: ("resubmit", folder, path),
    "verify": lambda path, _: ("verify", path),
    "reproduce": lambda path, _: ("reproduce", path),
    "fingerprint": lambda path, _: ("fingerprint", path),
    "profiles": lambda path, _: ("profiles", path),
    "user-profiles": lambda path, _: ("user-profiles", path),
    "user-profiles in": lambda path, _: ("user-profiles", "--profiles-dir", path),
    "schema": lambda path, _: ("schema", path),
    "no command": lambda path, _: (path,),
    "an option": lambda path, _: ("status", f"--{path}".replace(" ", "")),
    "a number": lambda path, folder: ("pause", folder, "--wait-seconds", path),
    "create": lambda path, folder: (
        *("create", "--profile", "H264_Half", "--output-directory", path, "--into", folder),
        path,
    ),
    "create for": lambda path, folder: (
        *("create", "--profile", path, "--output-directory", "/p", "--into", folder, "/a.mov"),
    ),
    "create in": lambda path, _: (
        *("create", "--profile", "H264_Half", "--output-directory", "/p", "--into", path, "/a.mov"),
    ),
    "create out": lambda path, _: (
        *("create", "--profile", "H264_Half", "--output-directory", "/p", "--out", f"{path}/x"),
        "/a.mov",
    ),
}


@pytest.mark.parametrize("command", _COMMANDS)
@pytest.mark.parametrize("name", [_EVIL, "a\udcffb", "a" + chr(0xD800), "a\0b"])
def test_a_path_that_no_document_may_have_is_refused_with_nothing_odd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    folder = prepared(tmp_path / "watch")
    for path in (f"{tmp_path}/{name}", name):
        words = _COMMANDS[command](path, folder.root)
        code, text = _said(capsys, *words)
        assert code in (1, 4)
        assert text


def test_a_file_with_an_odd_name_is_named_with_escapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / _EVIL.replace("/", "")
    path.write_text("no media")
    assert "\\x1b[31m" in _said(capsys, "fingerprint", str(path))[1]
    odd = Path(os.fsdecode(bytes(tmp_path) + b"/\xff.mov"))
    odd.write_text("no media")
    assert "\\udcff" in _said(capsys, "fingerprint", str(odd))[1]


def test_the_sample_result_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = _written(tmp_path / "result.json", result())
    assert "does not exist" in _said(capsys, "verify", path)[1]
