"""FFmpeg under attack: files and names made to open other files, the network, or all memory.

Each ends with a code, and no engine opens a file that the job does not name or makes a socket:
strace sees every call of the whole tree.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.hostile_media import POSING, Maker, bomb, endless_index
from proxx_process import PATIENCE, Workplace, proxx

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.failures.codes import Code

#: bytes; a machine that makes proxies has them, and a bomb of 16,384 x 8,192 needs more
_MEMORY: Final = 1 << 30
_OPENED: Final = re.compile(r'open(?:at2?)?\((?:[^,"]*, )?"(?P<path>(?:[^"\\]|\\.)*)"')
#: what an open led to; `strace -y` prints it behind the descriptor
_LED_TO: Final = re.compile(r"open(?:at2?)?\b.* = [0-9]+<(?P<path>/[^>]*)>$")
#: the name of a file that Proxx holds open: what it leads to counts
_HELD: Final = re.compile(r"/proc/[0-9]+/fd/[0-9]+")
_SOCKET: Final = re.compile(r"\bsocket\((?P<family>AF_\w+)")
_ENGINE_STARTED: Final = re.compile(r'^(?P<pid>\d+) +execve\("[^"]*/ff(?:mpeg|probe)[^"]*"')
_CHILD_STARTED: Final = re.compile(
    r"^(?P<pid>\d+) .*(?:clone3?|v?fork)\(.*(?:= |=> \{[^}]*\}, \d+\) = )(?P<child>\d+)$"
)


def _result(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _run(workplace: Workplace, source: Path, **environment: str) -> dict[str, Any]:
    spec = workplace.spec("proxy_h264_low", sources=[str(source)])
    return _result(proxx("run", workplace.write_spec("job.json", spec), environment=environment))


def _assert_refused(workplace: Workplace, result: dict[str, Any], *codes: Code) -> None:
    assert result["failure"]["code"] in codes, result["failure"]["message"]
    assert result["failure"]["action"]
    assert list(workplace.proxies.iterdir()) == []


def _bait(workplace: Workplace) -> Path:
    """Put a clip that could be opened beside the hostile file."""
    bait = workplace.root / "bait.mp4"
    bait.write_bytes((workplace.clips / "bikes.mp4").read_bytes())
    return bait


class Trace:
    """What the engines of one run opened and connected to."""

    def __init__(self, text: str) -> None:
        self.opened: list[str] = []
        self.sockets: list[str] = []
        engines: set[str] = set()
        for line in text.splitlines():
            if found := _ENGINE_STARTED.match(line):
                engines.add(found["pid"])
            pid = line.partition(" ")[0]
            if pid not in engines:
                continue
            if found := _CHILD_STARTED.match(line):
                engines.add(found["child"])
            for each in (_OPENED, _LED_TO):
                found = each.search(line)
                if found and not _HELD.fullmatch(found["path"]):
                    self.opened.append(found["path"])
            if found := _SOCKET.search(line):
                self.sockets.append(found["family"])
        self.engines = len(engines)


def _traced(workplace: Workplace, source: Path) -> tuple[dict[str, Any], Trace]:
    """Run a job under strace."""
    fields = workplace.spec("proxy_h264_low", sources=[str(source)], naming_template="proxy")
    spec = workplace.write_spec("job.json", fields)
    trace = workplace.root / "trace"
    calls = "open,openat,openat2,socket,execve,clone,clone3,fork,vfork"
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(trace), "-e", f"trace={calls}"),
            *(sys.executable, "-m", "proxx_daemon", "run", str(spec)),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE * 2,
        env=dict(os.environ),
    )
    return _result(done), Trace(trace.read_text())


def _assert_opened_nothing_else(workplace: Workplace, source: Path, trace: Trace) -> None:
    ours = [path for path in trace.opened if str(workplace.root) in path]
    assert trace.engines > 0
    assert set(ours) <= {str(source)}, ours
    assert not any("bait" in path for path in trace.opened)
    assert trace.sockets == []


needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize("name", ["x.mov", "x.mxf"])
@pytest.mark.parametrize("kind", list(POSING))
def test_a_file_that_poses_as_footage_opens_no_other_file_and_no_socket(
    kind: str, name: str, workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / name
    POSING[kind](tools, source, _bait(workplace))
    result, trace = _traced(workplace, source)
    _assert_opened_nothing_else(workplace, source, trace)
    _assert_refused(workplace, result, Code.SOURCE_NOT_MEDIA)


@pytest.mark.slow
@needs_strace
def test_the_reference_movie_is_a_real_one(workplace: Workplace, tools: EngineTools) -> None:
    """With the two options that Proxx sets to 0 set to 1, FFmpeg opens the other file."""
    source, bait = workplace.root / "x.mov", _bait(workplace)
    POSING["reference_movie"](tools, source, bait)
    trace = workplace.root / "trace"
    deceived = ("-enable_drefs", "1", "-use_absolute_path", "1", "-i", str(source))
    subprocess.run(
        [
            *("strace", "-f", "-qq", "-s", "4096", "-o", str(trace), "-e", "trace=open,openat"),
            *(tools.ffprobe, "-v", "error", *deceived),
        ],
        check=True,
        timeout=PATIENCE,
    )
    assert str(bait) in trace.read_text()


@pytest.mark.slow
@needs_strace
def test_the_trace_sees_what_an_engine_opens(workplace: Workplace) -> None:
    """The assertions above can fail: a plain source is opened, and seen."""
    source = _bait(workplace)
    result, trace = _traced(workplace, source)
    assert result["final_status"] == "COMPLETED"
    assert str(source) in trace.opened


@pytest.mark.slow
@needs_strace
@pytest.mark.parametrize(
    "name",
    ["-i", "-y", "http:", "concat:bait.mp4|bait.mp4", "pipe:0", "file:bait.mp4", "data:,x", "|id"],
)
def test_a_name_that_looks_like_an_option_or_a_protocol_is_a_name(
    name: str, workplace: Workplace
) -> None:
    folder = workplace.root / "http:"
    folder.mkdir()
    source = folder / name
    source.write_bytes(_bait(workplace).read_bytes())
    result, trace = _traced(workplace, source)
    assert result["final_status"] == "COMPLETED", result["failure"]
    outputs = {clip["resolved_output_path"] for clip in result["clips"]}
    assert {str(path) for path in workplace.published()} == outputs
    ours = {path for path in trace.opened if str(workplace.root) in path}
    assert str(source) in ours
    assert all(path == str(source) or "/proxies/" in path for path in ours)
    assert trace.sockets == []


@pytest.mark.parametrize("name", ["A_%03d.mov", "100%.mov", "%d/x.mov"])
def test_a_name_that_is_a_pattern_is_refused(name: str, workplace: Workplace) -> None:
    source = workplace.root / name
    source.parent.mkdir(exist_ok=True)
    source.write_bytes((workplace.clips / "bikes.mp4").read_bytes())
    _assert_refused(workplace, _run(workplace, source), Code.FIELD_VALUE)


def test_media_in_another_file_is_named_and_not_opened(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "x.mov"
    POSING["reference_movie"](tools, source, _bait(workplace))
    result = _run(workplace, source)
    _assert_refused(workplace, result, Code.SOURCE_NOT_MEDIA)
    assert "bait.mp4" in result["failure"]["message"]
    assert "self-contained" in result["failure"]["action"]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(bomb(16000, 16000, declared=True), id="16000x16000"),
        pytest.param(bomb(16384, 16384, declared=True), id="16384x16384"),
        pytest.param(bomb(30000, 30000, declared=True), id="30000x30000"),
        pytest.param(bomb(60000, 3000, declared=True), id="60000x3000"),
    ],
)
def test_a_picture_that_no_footage_has_is_refused_before_anything_runs(
    make: Maker, workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "bomb.mov"
    make(tools, source, source)
    result = _run(workplace, source)
    _assert_refused(workplace, result, Code.SOURCE_PICTURE_TOO_LARGE)
    assert result["failure"]["class"] == "validation"


def test_a_picture_that_is_larger_than_its_file_says_fails_the_clip_in_little_memory(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = workplace.root / "bomb.mov"
    bomb(16000, 16000, declared=False)(tools, source, source)
    spec = workplace.spec("proxy_h264_quarter", sources=[str(source)])
    path = workplace.write_spec("job.json", spec)
    # The limit of memory holds for the engines too: a decoded picture alone would exceed it.
    script = f'ulimit -v {_MEMORY // 1024} && exec "$0" -m proxx_daemon run "$1"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, sys.executable, str(path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert _result(done)["failure"]["code"] == Code.ENGINE_FAILED
    assert list(workplace.published()) == []


def test_an_index_without_end_ends_with_a_code(workplace: Workplace, tools: EngineTools) -> None:
    source = workplace.root / "index.mov"
    endless_index(tools, source, source)
    result = _run(workplace, source, PROXX_PROBE_SECONDS="20", PROXX_ENGINE_SECONDS="20")
    assert result["failure"]["code"]
    assert list(workplace.published()) == []
