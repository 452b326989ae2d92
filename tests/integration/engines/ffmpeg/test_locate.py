import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from proxx_daemon.engines.engine import Engine, EngineOrigin, EnginePin
from proxx_daemon.engines.ffmpeg.inspection import inspect
from proxx_daemon.engines.ffmpeg.locate import locate
from proxx_daemon.engines.ffmpeg.selection import FfmpegSelection
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed

PROGRAM = Path(__file__).parents[3] / "programs" / "claims_to_be_ffmpeg.py"


def install(folder: Path, name: str, version: str) -> Path:
    """Put a program into a folder that claims to be ffmpeg or ffprobe of a version."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    called = name.partition("-")[0]
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PROGRAM}" {called} {version} "$@"\n')
    program.chmod(0o755)
    return program


def pair(folder: Path, version: str = "7.1") -> Path:
    """Put both programs into a folder; gives ffmpeg's path."""
    install(folder, "ffprobe", version)
    return install(folder, "ffmpeg", version)


def listed(program: str, question: str) -> set[str]:
    """Take the names out of ffmpeg's own list of one kind of coder."""
    printed = subprocess.run([program, question], capture_output=True, text=True, check=True)
    return set(re.findall(r"^ [VAS][F.][S.][X.][B.][D.] (\w\S*)", printed.stdout, re.MULTILINE))


def refusal(act: Callable[[], object]) -> tuple[Code, str]:
    with pytest.raises(JobFailed) as caught:
        act()
    return caught.value.failure.code, caught.value.failure.message


def test_the_configured_engine_comes_first(tmp_path: Path) -> None:
    mine, other = pair(tmp_path / "mine"), pair(tmp_path / "other")
    tools = locate(str(mine), {"PATH": str(other.parent)})
    assert tools.origin is EngineOrigin.CONFIGURED
    assert (tools.ffmpeg, tools.ffprobe) == (str(mine), str(mine.parent / "ffprobe"))


def test_the_configured_program_may_have_a_name_of_its_own(tmp_path: Path) -> None:
    install(tmp_path, "ffprobe", "7.1")
    mine = install(tmp_path, "ffmpeg-7", "7.1")
    assert locate(str(mine), {}).ffmpeg == str(mine)


@pytest.mark.parametrize("configured", ["ffmpeg", "./ffmpeg", "/nonexistent/ffmpeg", "/"])
def test_a_configured_engine_that_is_not_there_is_never_replaced(
    tmp_path: Path, configured: str
) -> None:
    other = pair(tmp_path / "other")
    code, message = refusal(lambda: locate(configured, {"PATH": str(other.parent)}))
    assert code is Code.ENGINE_MISSING
    assert message.startswith("FFmpeg engine not available on this system: the configured ")
    assert f"'{configured}'" in message


def test_a_configured_engine_needs_an_ffprobe_beside_it(tmp_path: Path) -> None:
    alone = install(tmp_path, "ffmpeg", "7.1")
    assert refusal(lambda: locate(str(alone), {}))[0] is Code.ENGINE_MISSING


def test_the_first_complete_pair_on_path_is_taken(tmp_path: Path) -> None:
    alone = install(tmp_path / "alone", "ffmpeg", "7.1").parent
    first, second = pair(tmp_path / "first").parent, pair(tmp_path / "second").parent
    path = os.pathsep.join(["/nonexistent", str(alone), str(first), str(second)])
    tools = locate(None, {"PATH": path})
    assert tools.origin is EngineOrigin.PATH
    assert tools.ffmpeg == str(first / "ffmpeg")


def test_a_program_that_may_not_be_executed_is_not_one(tmp_path: Path) -> None:
    first, second = pair(tmp_path / "first"), pair(tmp_path / "second")
    first.chmod(0o644)
    path = os.pathsep.join([str(first.parent), str(second.parent)])
    assert locate(None, {"PATH": path}).ffmpeg == str(second)


def test_entries_of_path_that_depend_on_the_working_directory_are_passed_over(
    tmp_path: Path,
) -> None:
    pair(tmp_path)
    relative = os.path.relpath(tmp_path)
    tools = locate(None, {"PATH": os.pathsep.join(["", ".", relative])})
    assert tools.origin is EngineOrigin.EMBEDDED


def test_the_embedded_engine_comes_last_and_is_one_static_build(tmp_path: Path) -> None:
    tools = locate(None, {"PATH": str(tmp_path)})
    assert tools.origin is EngineOrigin.EMBEDDED
    engine = inspect(tools)
    assert {"libx264", "prores_ks", "dnxhd", "aac", "pcm_s24le"} <= engine.encoders
    assert engine.encoders == listed(tools.ffmpeg, "-encoders")
    assert engine.decoders == listed(tools.ffmpeg, "-decoders")


def test_an_engine_says_who_it_is(tmp_path: Path) -> None:
    program = pair(tmp_path, "n8.1.2-7-gdeadbeef")
    engine = inspect(locate(str(program), {}))
    assert engine.version == "n8.1.2-7-gdeadbeef"
    assert engine.encoders == {"libx264", "libx264rgb", "ffv1", "aac"}
    assert engine.decoders == {"h264", "eacmv", "aac", "aac_fixed", "subrip"}
    assert engine.decodes == {"h264", "cmv", "aac", "subrip"}
    assert engine.sha256 == hashlib.sha256(program.read_bytes()).hexdigest()


@pytest.mark.parametrize("version", ["5.1", "5.1.8-0+deb12u1", "n5.1", "6.0", "10.0", "N-1-gabc"])
def test_release_5_1_and_later_and_builds_without_a_number_are_used(
    tmp_path: Path, version: str
) -> None:
    assert inspect(locate(str(pair(tmp_path, version)), {})).version == version


@pytest.mark.parametrize("version", ["5.0.1", "4.4.2-0ubuntu0.22.04.1", "n4.4", "0.11"])
def test_an_older_release_is_refused_by_its_number(tmp_path: Path, version: str) -> None:
    code, message = refusal(lambda: inspect(locate(str(pair(tmp_path, version)), {})))
    assert code is Code.ENGINE_UNUSABLE
    assert f"it is version {version}; 5.1 or later is needed" in message


@pytest.mark.parametrize("broken", ["ffmpeg", "ffprobe"])
@pytest.mark.parametrize(
    ("version", "reason"),
    [("silent", "does not identify itself as"), ("broken", "failed with exit code 1")],
)
def test_a_program_that_does_not_answer_as_ffmpeg_is_refused(
    tmp_path: Path, broken: str, version: str, reason: str
) -> None:
    pair(tmp_path)
    install(tmp_path, broken, version)
    code, message = refusal(lambda: inspect(locate(str(tmp_path / "ffmpeg"), {})))
    assert code is Code.ENGINE_UNUSABLE
    assert message.startswith(f"{tmp_path / broken} cannot be used: ")
    assert reason in message


def test_a_program_that_is_not_one_is_refused(tmp_path: Path) -> None:
    program = pair(tmp_path)
    program.write_bytes(b"\x00\x01 not a program")
    code, message = refusal(lambda: inspect(locate(str(program), {})))
    assert code is Code.ENGINE_UNUSABLE
    assert "Exec format error" in message


def test_the_selection_asks_once_and_again_after_an_update(tmp_path: Path) -> None:
    program = pair(tmp_path, "6.0")
    selection = FfmpegSelection(str(program), {})
    first = selection.engine()
    assert selection.engine() is first
    install(tmp_path, "ffmpeg", "7.1.1")
    assert (first.version, selection.engine().version) == ("6.0", "7.1.1")
    before = selection.engine().ffprobe
    install(tmp_path, "ffprobe", "7.1.1")
    assert selection.engine().ffprobe.sha256 != before.sha256


def test_workers_that_start_together_ask_the_engine_once(tmp_path: Path) -> None:
    program, notes = pair(tmp_path), tmp_path / "notes"
    text = program.read_text().replace("\n", f'\necho asked >> "{notes}"\n', 1)
    program.write_text(text)
    selection, together = FfmpegSelection(str(program), {}), Barrier(4)

    def work(_: int) -> Engine:
        together.wait(10)
        return selection.engine()

    with ThreadPoolExecutor(4) as workers:
        engines = list(workers.map(work, range(4)))

    assert engines == engines[:1] * 4
    assert notes.read_text().split() == ["asked"]


def test_workers_that_start_together_are_all_told_what_is_wrong(tmp_path: Path) -> None:
    program, together = pair(tmp_path, "4.4"), Barrier(4)
    selection = FfmpegSelection(str(program), {})

    def work(_: int) -> Code:
        together.wait(10)
        return refusal(selection.engine)[0]

    with ThreadPoolExecutor(4) as workers:
        assert set(workers.map(work, range(4))) == {Code.ENGINE_UNUSABLE}
    # A repaired engine is asked afresh.
    pair(tmp_path, "7.1")
    assert selection.engine().version == "7.1"


def test_an_engine_of_which_nothing_is_recorded_is_hashed_for_a_pin_alone(tmp_path: Path) -> None:
    program = pair(tmp_path)
    found = hashlib.sha256(program.read_bytes()).hexdigest()

    def selection(pin: EnginePin) -> FfmpegSelection:
        return FfmpegSelection(str(program), {}, pin, recorded=False)

    assert selection(EnginePin()).engine().sha256 == ""
    assert selection(EnginePin(sha256=found)).engine().sha256 == found
    assert refusal(selection(EnginePin(sha256="0" * 64)).engine)[0] is Code.ENGINE_PIN_MISMATCH
    install(tmp_path, "ffmpeg", "7.1.1")
    assert refusal(selection(EnginePin(sha256=found)).engine)[0] is Code.ENGINE_PIN_MISMATCH


def test_ffprobe_is_hashed_and_pinned_too(tmp_path: Path) -> None:
    program = pair(tmp_path)
    found = hashlib.sha256((tmp_path / "ffprobe").read_bytes()).hexdigest()
    pin = EnginePin(probe_sha256=found)
    assert FfmpegSelection(str(program), {}, pin).engine().ffprobe.sha256 == found
    other = FfmpegSelection(str(program), {}, EnginePin(probe_sha256="0" * 64))
    code, message = refusal(other.engine)
    assert code is Code.ENGINE_PIN_MISMATCH
    assert f"the SHA-256 of its ffprobe is {found}, pinned is 000" in message


def test_the_selection_notices_that_the_engine_is_gone(tmp_path: Path) -> None:
    program = pair(tmp_path / "bin")
    selection = FfmpegSelection(str(program), {})
    selection.engine()
    shutil.rmtree(program.parent)
    assert refusal(selection.engine)[0] is Code.ENGINE_MISSING
