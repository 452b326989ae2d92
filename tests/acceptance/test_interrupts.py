"""What Ctrl-C and SIGTERM do to each command, with real processes and real signals."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from proxx_process import PATIENCE, Daemon, Workplace, misbehaving_engine, proxx, wait_until

from proxx_daemon.engines.engine import EngineTools

_SIGNALLED = Path(__file__).parent.parent / "programs" / "signalled_at.py"
_PROXX = (sys.executable, "-m", "proxx_daemon")


def _signalled(
    moment: str, number: int, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command that gets a signal at one moment."""
    return subprocess.run(
        [sys.executable, str(_SIGNALLED), moment, str(number), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        env={**os.environ, **environment},
    )


def _runs(*words: str) -> bool:
    """Whether a process has all of these in its command line."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            line = " ".join(process.cmdline())
            if process.status() != psutil.STATUS_ZOMBIE and all(word in line for word in words):
                return True
    return False


@pytest.fixture
def spec(workplace: Workplace) -> Path:
    return workplace.write_spec("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    "moment", ["1", "3", "20", "60", "proxx_daemon.cli.run", "proxx_daemon.pipeline.pipeline"]
)
def test_run_prints_its_result_whenever_the_signal_comes(
    moment: str, number: int, spec: Path, workplace: Workplace
) -> None:
    done = _signalled(f"import:{moment}", number, "run", spec)
    assert (done.returncode, json.loads(done.stdout)["failure"]["code"]) == (2, "INTERRUPTED")
    assert "Traceback" not in done.stderr
    assert list(workplace.published()) == []


def test_run_survives_signals_that_follow_each_other_closely(
    spec: Path, workplace: Workplace, tools: EngineTools
) -> None:
    engine = misbehaving_engine(workplace, tools, "never_ends")
    with subprocess.Popen(
        [sys.executable, str(_SIGNALLED), "inside:cancel", str(int(signal.SIGINT)), "run", spec],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **engine},
    ) as process:
        try:
            wait_until(lambda: _runs("never_ends", str(workplace.proxies)), "it encodes")
            process.send_signal(signal.SIGTERM)
            answer, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, json.loads(answer)["failure"]["code"]) == (2, "INTERRUPTED")


_OTHERS = {
    "validate": ("validate", "SPEC"),
    "create": ("create", "--profile", "HD_Editorial_LT", "--output-directory", "/tmp", "/a.mov"),  # noqa: S108 - nothing is written there
    "profiles": ("profiles",),
    "user_profiles": ("user-profiles",),
    "status": ("status", "WATCH"),
    "operate": ("pause", "WATCH"),
    "resubmit": ("resubmit", "WATCH", "job"),
    "discard": ("discard", "WATCH"),
    "doctor": ("doctor",),
    "schema": ("schema", "jobspec"),
    "fingerprint": ("fingerprint", "SPEC"),
    "verify": ("verify", "SPEC"),
    "reproduce": ("reproduce", "SPEC"),
}


@pytest.mark.parametrize("module", sorted(_OTHERS))
def test_every_other_command_ends_quietly_with_130(
    module: str, spec: Path, workplace: Workplace
) -> None:
    (workplace.watch / ".proxx").mkdir()
    places = {"SPEC": str(spec), "WATCH": str(workplace.watch)}
    arguments = [places.get(word, word) for word in _OTHERS[module]]
    done = _signalled(f"import:proxx_daemon.cli.{module}", signal.SIGINT, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("command", ["validate", "fingerprint"])
def test_a_command_that_waits_for_ffprobe_ends_quietly_with_130(
    command: str, workplace: Workplace, tools: EngineTools
) -> None:
    engine = misbehaving_engine(workplace, tools, "probe_hangs")
    clip = workplace.root / "clip.mp4"
    shutil.copy(workplace.clips / "bikes.mp4", clip)
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_low", sources=[str(clip)]))
    subject = spec if command == "validate" else clip
    with subprocess.Popen(
        [*_PROXX, command, str(subject)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **engine},
    ) as process:
        try:
            # It reads the clip that this command holds open.
            words = ("probe_hangs", f"/proc/{process.pid}/fd/", "-show_format")
            wait_until(lambda: _runs(*words), "ffprobe is asked")
            process.send_signal(signal.SIGINT)
            answer = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, *answer) == (130, b"", b"")
    assert not _runs(*words)


def test_a_daemon_that_is_stopped_while_it_imports_ends_with_0(workplace: Workplace) -> None:
    moment = "import:proxx_daemon.daemon.supervisor"
    done = _signalled(moment, signal.SIGINT, "watch", workplace.watch)
    assert (done.returncode, done.stderr) == (0, "")


def test_reproduce_ends_its_engine_and_removes_what_it_encoded(
    spec: Path, workplace: Workplace, tools: EngineTools
) -> None:
    result = workplace.root / "job.result.json"
    result.write_text(proxx("run", spec).stdout)
    scratch = workplace.root / "scratch"
    scratch.mkdir()
    done = _signalled("call:_encode", signal.SIGINT, "reproduce", "--scratch", scratch, result)
    assert (done.returncode, done.stdout) == (130, "")
    assert "Traceback" not in done.stderr
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("moment", "code"), [("call:publish", 0), ("import:proxx_daemon.operators.creation", 130)]
)
def test_create_publishes_a_spec_or_is_interrupted_and_never_both(
    moment: str, code: int, workplace: Workplace
) -> None:
    pending = workplace.watch / "pending"
    pending.mkdir()
    source = str(workplace.clips / "bikes.mp4")
    words: list[str | Path] = [
        "create",
        "--profile",
        "HD_Editorial_LT",
        "--output-directory",
        workplace.proxies,
    ]
    done = _signalled(
        moment, signal.SIGINT, *words, "--into", workplace.watch, "--job-id", "a", source
    )
    assert (done.returncode, done.stderr) == (code, "")
    assert [path.name for path in pending.iterdir()] == ([] if code else ["a.json"])


@pytest.fixture
def deaf(workplace: Workplace) -> Iterator[Daemon]:
    """A daemon that is stopped: it answers nothing."""
    daemon = workplace.start()
    daemon.signal(signal.SIGSTOP)
    yield daemon
    daemon.signal(signal.SIGCONT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("action", ["pause", "resume", "drain", "cancel"])
def test_a_request_is_withdrawn_when_its_asker_is_interrupted(
    action: str, number: int, workplace: Workplace, deaf: Daemon
) -> None:
    requests = workplace.watch / ".proxx" / "requests"
    job = ["job.json"] if action == "cancel" else []
    with subprocess.Popen(
        [*_PROXX, action, str(workplace.watch), *job],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        wait_until(lambda: list(requests.glob("*.request.json")), "the request is there")
        process.send_signal(number)
        answer = process.communicate(timeout=PATIENCE)
    assert (process.returncode, *answer) == (130, b"", b"")
    assert list(requests.iterdir()) == []
