"""Volumes that stop to answer, like a dead network share: a FUSE file system that is stopped."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, proxx, spec_for, wait_until
from resolve_place import SimulatedResolve, raw_spec

from proxx_daemon.engines.engine import EngineTools

_PROGRAM = Path(__file__).parents[1] / "programs" / "fuse_mirror.py"
_CLIP = "carphone_pristine.mp4"
_RAW = "B001_C001.braw"
_DETACH = 2


class _Volume:
    """A mirror of a folder, which can be made to answer nothing."""

    def __init__(self, content: Path, place: Path) -> None:
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            pytest.skip("/dev/fuse cannot be used by this user")
        place.mkdir()
        self.place = place
        self._server = subprocess.Popen(
            [sys.executable, str(_PROGRAM), str(content), str(place)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._server.stdout is not None
        assert self._server.stderr is not None
        if self._server.stdout.readline() != b"mounted\n":
            pytest.skip(f"no FUSE here: {self._server.stderr.read().decode().strip()}")

    def fall_silent(self) -> None:
        self._server.send_signal(signal.SIGSTOP)

    def answer(self) -> None:
        self._server.send_signal(signal.SIGCONT)

    def close(self) -> None:
        # Whatever waits for it gets an error now.
        self._server.kill()
        self._server.wait()
        ctypes.CDLL(None).umount2(os.fsencode(self.place), _DETACH)


@pytest.fixture
def volume(workplace: Workplace) -> Iterator[_Volume]:
    content = workplace.root / "content"
    content.mkdir()
    shutil.copy(workplace.clips / _CLIP, content)
    # Its content is of no importance: Resolve is asked for it only when it renders.
    shutil.copy(workplace.clips / _CLIP, content / _RAW)
    found = _Volume(content, workplace.root / "volume")
    yield found
    found.close()


def _job(source: Path, into: Path, name: str) -> dict[str, Any]:
    return spec_for("proxy_h264_quarter", source, into=into, naming_template=name)


def _unhealthy(workplace: Workplace) -> str | None:
    status = json.loads((workplace.watch / ".proxx" / "status.json").read_text())
    return next((str(fact["detail"]) for fact in status["health"] if not fact["ok"]), None)


@pytest.mark.long
def test_a_job_whose_source_or_output_does_not_answer_fails_and_the_others_go_on(
    workplace: Workplace, volume: _Volume
) -> None:
    daemon = workplace.start("--poll-seconds", "0.2", PROXX_STALL_SECONDS="0.5")
    source = volume.place / _CLIP
    workplace.drop("well.json", _job(source, workplace.proxies, "well"))
    assert workplace.wait_filed("well.json")[0] == "completed"
    volume.fall_silent()
    silent = {
        "source.json": _job(source, workplace.proxies, "source"),
        "output.json": _job(workplace.clips / _CLIP, volume.place, "output"),
    }
    for name, spec in silent.items():
        workplace.drop(name, spec)
    workplace.drop("other.json", _job(workplace.clips / _CLIP, workplace.proxies, "other"))
    for name in silent:
        state, result = workplace.wait_filed(name)
        assert state == "failed"
        assert result["failure"]["code"] == "STORAGE_NOT_ANSWERING"
        assert result["failure"]["class"] == "validation"
        assert str(volume.place) in result["failure"]["message"]
        assert result["failure"]["action"]
    assert workplace.wait_filed("other.json")[0] == "completed"
    wait_until(lambda: str(source) in str(_unhealthy(workplace)), "its health says so")
    assert f"\nUNHEALTHY: {_unhealthy(workplace)}\n" in proxx("status", workplace.watch).stdout
    volume.answer()
    wait_until(lambda: _unhealthy(workplace) is None, "it is well again")
    workplace.drop("again.json", _job(source, workplace.proxies, "again"))
    assert workplace.wait_filed("again.json")[0] == "completed"
    assert daemon.stop() == 0


@pytest.mark.slow
def test_a_source_that_stops_to_answer_while_its_job_waits_for_resolve_fails_the_clip(
    workplace: Workplace, volume: _Volume, resolve: SimulatedResolve, raw: Path
) -> None:
    resolve.tell(render="hold")
    environment = {**resolve.environment, "PROXX_STALL_SECONDS": "2"}
    daemon = workplace.start("--poll-seconds", "0.2", **environment)
    workplace.drop("first.json", raw_spec(workplace, raw, "first"))
    wait_until(lambda: "Project.StartRendering" in resolve.calls(), "the first one renders")
    workplace.drop("second.json", raw_spec(workplace, volume.place / _RAW, "second"))
    wait_until(lambda: len(daemon.events("job_waits")) == 2, "the second one waits")
    volume.fall_silent()
    resolve.release()
    state, result = workplace.wait_filed("second.json")
    assert (state, result["failure"]["code"]) == ("failed", "STORAGE_STALLED")
    assert result["failure"]["class"] == "execution"
    (clip,) = result["clips"]
    assert (clip["status"], clip["failure"]["code"]) == ("FAILED", "STORAGE_STALLED")
    # The thread of the executor was replaced.
    workplace.drop("third.json", raw_spec(workplace, raw, "third"))
    assert workplace.wait_filed("third.json")[0] == "completed"
    volume.answer()
    assert daemon.stop() == 0
    assert not any("second" in path.name for path in workplace.published())


@pytest.mark.slow
def test_proxx_run_ends_by_itself_and_at_ctrl_c_when_its_source_does_not_answer(
    workplace: Workplace, volume: _Volume
) -> None:
    volume.fall_silent()
    spec = workplace.write_spec("job.json", _job(volume.place / _CLIP, workplace.proxies, "job"))
    done = proxx("run", spec, environment={"PROXX_STALL_SECONDS": "0.5"})
    assert done.returncode == 1
    assert json.loads(done.stdout)["failure"]["code"] == "STORAGE_NOT_ANSWERING"
    command = [sys.executable, "-m", "proxx_daemon", "run", str(spec)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        assert b"job_claimed" in run.stderr.readline()
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=60)
    assert json.loads(output)["failure"]["code"] == "INTERRUPTED"


@pytest.mark.slow
def test_a_cancel_and_a_signal_end_jobs_whose_sources_do_not_answer(
    workplace: Workplace, volume: _Volume
) -> None:
    daemon = workplace.start("--max-workers", "2", "--grace-seconds", "0.1")
    volume.fall_silent()
    for name in ("a", "b"):
        workplace.drop(f"{name}.json", _job(volume.place / _CLIP, workplace.proxies, name))
    wait_until(lambda: len(daemon.events("job_claimed")) == 2, "both are claimed")
    assert proxx("cancel", workplace.watch, "a.json").returncode == 0
    state, result = workplace.wait_filed("a.json")
    assert (state, result["failure"]["code"]) == ("failed", "CANCELLED")
    assert daemon.stop() == 0
    state, result = workplace.wait_filed("b.json")
    assert (state, result["failure"]["code"]) == ("failed", "INTERRUPTED")
    assert "did not answer" in result["failure"]["message"]
    assert workplace.names("running") == []
    volume.answer()


@pytest.mark.slow
def test_a_source_that_stops_to_answer_during_the_encode_ends_its_job(
    workplace: Workplace, volume: _Volume
) -> None:
    shutil.copy(workplace.clips / "bigbuckbunny.mp4", workplace.root / "content")
    volume.close()
    volume.place.rmdir()
    large = _Volume(workplace.root / "content", volume.place)
    try:
        daemon = workplace.start(PROXX_STALL_SECONDS="2")
        workplace.drop("job.json", _job(large.place / "bigbuckbunny.mp4", workplace.proxies, "job"))
        wait_until(daemon.engines, "an engine runs")
        large.fall_silent()
        state, result = workplace.wait_filed("job.json")
        assert (state, result["failure"]["code"]) == ("failed", "ENGINE_STALLED")
        # The kernel lets no process end that has closed, or still has open, a file of FUSE before
        # that answers.
        large.answer()
        assert daemon.stop() == 0
    finally:
        large.close()


@pytest.mark.slow
def test_an_ffmpeg_whose_volume_does_not_answer_ends_every_job_that_asks_for_it(
    workplace: Workplace, tools: EngineTools
) -> None:
    content = workplace.root / "programs"
    content.mkdir()
    for name, program in (("ffmpeg", tools.ffmpeg), ("ffprobe", tools.ffprobe)):
        (content / name).write_text(f"#!/bin/sh\nexec '{program}' \"$@\"\n")
        (content / name).chmod(0o755)
    volume = _Volume(content, workplace.root / "engine")
    engine = volume.place / "ffmpeg"
    try:
        environment = {"PROXX_FFMPEG": str(engine), "PROXX_STALL_SECONDS": "1"}
        daemon = workplace.start("--max-workers", "2", "--poll-seconds", "0.2", **environment)
        names = ("well", "a", "b", "again")
        jobs = {name: _job(workplace.clips / _CLIP, workplace.proxies, name) for name in names}
        workplace.drop("well.json", jobs["well"])
        assert workplace.wait_filed("well.json")[0] == "completed"
        volume.fall_silent()
        # The second one waits for what the first one asks.
        for name in ("a", "b"):
            workplace.drop(f"{name}.json", jobs[name])
        for name in ("a", "b"):
            state, result = workplace.wait_filed(f"{name}.json")
            assert (state, result["failure"]["code"]) == ("failed", "STORAGE_NOT_ANSWERING")
            assert str(volume.place) in result["failure"]["message"]
        volume.answer()
        workplace.drop("again.json", jobs["again"])
        assert workplace.wait_filed("again.json")[0] == "completed"
        assert daemon.stop() == 0
    finally:
        volume.close()


@pytest.mark.slow
def test_commands_end_by_themselves_when_a_source_or_a_proxy_does_not_answer(
    workplace: Workplace, volume: _Volume
) -> None:
    spec = workplace.write_spec("job.json", _job(volume.place / _CLIP, workplace.proxies, "job"))
    result = workplace.write_spec("result.json", proxx("run", spec).stdout.encode())
    proxies = ("--in", volume.place)
    volume.fall_silent()
    commands: dict[str, tuple[int, tuple[str | Path, ...]]] = {
        "validate": (1, (spec,)),
        "fingerprint": (1, (volume.place / _CLIP,)),
        "verify": (4, (*proxies, result)),
        "reproduce": (1, (result,)),
    }
    for name, (code, words) in commands.items():
        done = proxx(name, *words, environment={"PROXX_STALL_SECONDS": "0.5"})
        said = done.stdout + done.stderr
        assert (done.returncode, "STORAGE_NOT_ANSWERING" in said) == (code, True), said
        assert f"'{volume.place}" in said
        assert "does not answer." in said
        assert "Traceback" not in said
    volume.answer()


def test_ctrl_c_ends_a_command_quietly_when_its_source_does_not_answer(
    workplace: Workplace, volume: _Volume
) -> None:
    volume.fall_silent()
    spec = workplace.write_spec("job.json", _job(volume.place / _CLIP, workplace.proxies, "job"))
    command = [sys.executable, "-m", "proxx_daemon", "validate", str(spec)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        thread = f"/proc/{process.pid}/task"
        wait_until(lambda: len(os.listdir(thread)) > 1, "it asks in a thread of its own")
        process.send_signal(signal.SIGINT)
        # The kernel keeps a thread that waits for FUSE, and its process, until that answers.
        wait_until(lambda: process.poll() is not None or _is_ending(process.pid), "it ends")
        volume.answer()
        assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 130


def _is_ending(pid: int) -> bool:
    """Return whether the first thread of a process is over."""
    try:
        status = Path(f"/proc/{pid}/task/{pid}/status").read_text()
    except OSError:
        return True
    return "State:\tZ" in status
