"""The documented order of the durable steps, as the kernel sees it. Needs strace.

Each step is a list of calls: `fsync NAME` of a file or folder, `move FROM TO`, `link FROM TO`,
`unlink NAME`.
Temporary files are called TMP, whatever their name.
"""

import os
import re
import shutil
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest
from spool_place import drop, prepared

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

_PROGRAMS = Path(__file__).parents[2] / "programs"
#: the kernel answers as for a file system that has no such rename
_NO_RENAME = ("-e", "inject=renameat2:error=EINVAL")
#: `12  fsync(4</path/to>) = 0`, with or without the PID in front
_FSYNC = re.compile(r"fsync\(\d+<(?P<path>[^>]+)>\)\s+= 0")
_RENAME = re.compile(r'renameat2\(.*?"(?P<one>[^"]+)", .*?"(?P<two>[^"]+)", RENAME_NOREPLACE\)')
_LINK = re.compile(r'link\w*\([^"]*"(?P<one>[^"]+)", [^"]*"(?P<two>[^"]+)"')
_UNLINK = re.compile(r'unlink\w*\(.*?"(?P<path>[^"]+)"')
_STEP = re.compile(r'"/step-(?P<name>\w+)"')


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Trace the program once and give the calls of each of its steps."""
    return _steps(tmp_path_factory.mktemp("order"))


@pytest.fixture(scope="module")
def steps_in_two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Trace it where a rename takes two steps."""
    return _steps(tmp_path_factory.mktemp("order"), *_NO_RENAME)


def _steps(root: Path, *inject: str) -> dict[str, list[str]]:
    folder = prepared(root / "watch")
    drop(folder, "job.json")
    proxies = root / "proxies"
    proxies.mkdir()
    (proxies / ".partial").write_bytes(b"picture")
    program = _PROGRAMS / "takes_one_spec.py"
    partial, final = proxies / ".partial", proxies / "A001.mp4"
    return _cut(_traced(root, *inject, program=(program, folder.root, partial, final)), root)


def _traced(root: Path, *inject: str, program: tuple[str | Path, ...]) -> list[str]:
    """Run a program and give the traced calls, one a line."""
    trace = root / "trace"
    subprocess.run(
        (
            *("strace", "-f", "-y", "-s", "4096", "-o", str(trace)),
            *("-e", "trace=fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat"),
            *inject,
            *(sys.executable, *map(str, program)),
        ),
        check=True,
        timeout=60,
        # Nothing of the interpreter's own belongs into the trace.
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return trace.read_text().splitlines()


def _cut(lines: list[str], root: Path) -> dict[str, list[str]]:
    steps: dict[str, list[str]] = {}
    calls: list[str] = []
    for line in lines:
        step = _STEP.search(line)
        if step:
            calls = steps.setdefault(step.group("name"), [])
        elif "(" in line and "= " in line and "(INJECTED)" not in line:
            calls.append(_call(line, root))
    return steps


def _call(line: str, root: Path) -> str:
    def short(path: str) -> str:
        name = os.path.relpath(path, root)
        return "TMP" if name.endswith(".tmp") else name

    if match := _FSYNC.search(line):
        return f"fsync {short(match.group('path'))}"
    if match := _RENAME.search(line):
        return f"move {short(match.group('one'))} {short(match.group('two'))}"
    if match := _LINK.search(line):
        return f"link {short(match.group('one'))} {short(match.group('two'))}"
    if match := _UNLINK.search(line):
        return f"unlink {short(match.group('path'))}"
    return line


def _put(folder: str, name: str) -> list[str]:
    return ["fsync TMP", f"move TMP {folder}/{name}", f"fsync {folder}"]


def test_a_claim_is_one_rename_that_lasts_in_both_folders(steps: dict[str, list[str]]) -> None:
    assert steps["claim"] == [
        "move watch/pending/job.json watch/running/job.json",
        "fsync watch/running",
        "fsync watch/pending",
    ]


def test_the_attempt_record_is_durable_before_anything_runs(steps: dict[str, list[str]]) -> None:
    assert steps["begin"] == _put("watch/.proxx/journal", "attempt.attempt.json")


def test_the_note_of_the_plan_costs_no_flush(steps: dict[str, list[str]]) -> None:
    assert steps["plan"] == []


def test_a_proxy_is_flushed_then_recorded_then_named(steps: dict[str, list[str]]) -> None:
    assert steps["publish"] == [
        "fsync proxies/.partial",
        "fsync proxies",
        *_put("watch/.proxx/journal", "attempt.publish-000.json"),
        "move proxies/.partial proxies/A001.mp4",
        "fsync proxies",
    ]


def test_a_result_is_durable_before_its_spec_lies_beside_it(steps: dict[str, list[str]]) -> None:
    assert steps["file"] == [
        *_put("watch/completed", "job.result.json"),
        "move watch/.proxx/journal/attempt.log watch/completed/job.log",
        "move watch/running/job.json watch/completed/job.json",
        "fsync watch/completed",
        "fsync watch/running",
    ]


def test_the_attempt_record_is_removed_last_of_all_notes(steps: dict[str, list[str]]) -> None:
    removed = list(takewhile(lambda call: call.startswith("unlink"), steps["remove"]))

    assert removed == steps["remove"]
    assert removed[-1] == "unlink watch/.proxx/journal/attempt.attempt.json"
    assert set(removed[:-1]) == {
        "unlink watch/.proxx/journal/attempt.notes.jsonl",
        "unlink watch/.proxx/journal/attempt.publish-000.json",
    }


def test_a_claim_in_two_steps_has_a_durable_name_all_the_time(
    steps_in_two: dict[str, list[str]],
) -> None:
    assert steps_in_two["claim"] == [
        "link watch/pending/job.json watch/running/job.json",
        "fsync watch/running",
        "unlink watch/pending/job.json",
        "fsync watch/running",
        "fsync watch/pending",
    ]


def test_a_publication_in_two_steps_has_a_durable_name_all_the_time(
    steps_in_two: dict[str, list[str]],
) -> None:
    assert steps_in_two["publish"][-4:] == [
        "link proxies/.partial proxies/A001.mp4",
        "fsync proxies",
        "unlink proxies/.partial",
        "fsync proxies",
    ]


def test_a_rename_that_a_crash_cut_in_two_is_finished_for_good(tmp_path: Path) -> None:
    for folder in ("pending", "running"):
        (tmp_path / folder).mkdir()
    source, target = tmp_path / "pending" / "job.json", tmp_path / "running" / "job.json"
    source.write_text("{}")
    os.link(source, target)
    program = _PROGRAMS / "finishes_one_rename.py", source, target
    calls = [_call(line, tmp_path) for line in _traced(tmp_path, program=program) if "= 0" in line]
    assert calls == ["fsync running", "unlink pending/job.json", "fsync pending"]
