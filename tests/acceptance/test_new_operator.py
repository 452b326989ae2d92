"""A new operator's first day, from the documentation alone: every step with the real programs."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx, wait_until

_LONG = ("proxy_prores_lt", "proxy_h264_low")
_DOCS = Path(__file__).parents[2] / "docs"


class _Terminal:
    """A real terminal (tmux) in which a command runs."""

    def __init__(self, name: str, *command: str) -> None:
        self._tmux = [str(shutil.which("tmux")), "-L", name, "-f", os.devnull]
        size = ("-x", "120", "-y", "40")
        self._do("new-session", "-d", *size, *command)

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout

    def screen(self) -> str:
        """Give what stands on the screen."""
        return self._do("capture-pane", "-p")

    def shows(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        try:
            wait_until(lambda: text in self.screen(), f"{text!r} on the screen")
        except AssertionError as error:
            error.add_note(self.screen())
            raise

    def press(self, key: str) -> None:
        """Press a key."""
        self._do("send-keys", key)

    def gone(self) -> bool:
        """Whether the command has ended."""
        return self._do("list-sessions") == ""

    def close(self) -> None:
        """End it."""
        self._do("kill-server")


@pytest.fixture
def terminal(workplace: Workplace) -> Iterator[_Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed (apt-get install tmux); .ci/run installs it")
    (workplace.watch / ".proxx").mkdir()
    command = (sys.executable, "-m", "proxx_daemon", "status", str(workplace.watch), "--follow")
    found = _Terminal(f"proxx-{os.getpid()}", *command)
    yield found
    found.close()


def _drop_ten(workplace: Workplace) -> None:
    for number in range(10):
        name = f"job-{number}"
        profile, clip = ("proxy_h264_quarter", "bikes.mp4")
        if number < 2:
            # The first one is cancelled and takes much longer than that; the second is run twice.
            profile, clip = (_LONG[number], "bigbuckbunny.mp4")
        fields = {"job_id": name, "naming_template": f"{{source_name}}_{number}"}
        workplace.drop(f"{name}.json", workplace.spec(profile, clip, **fields))


@pytest.mark.long
def test_the_first_day_of_a_new_operator(workplace: Workplace, terminal: _Terminal) -> None:
    terminal.shows("it has not run here yet")

    # The configuration, from the example; checked before anything starts.
    config = workplace.root / "main.toml"
    example = (_DOCS / "how-to" / "deployment" / "worker.toml").read_text("utf-8")
    config.write_text(
        example.replace("/srv/proxx/main", str(workplace.watch)).replace(
            "max_workers = 2", "max_workers = 1"
        )
    )
    assert proxx("doctor", "--config", config).returncode == 0
    assert proxx("watch", "--config", config, "--check-config").returncode == 0

    # The service: ready when it says so.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(workplace.root / "notify"))
        manager.settimeout(60)
        service = {"NOTIFY_SOCKET": str(workplace.root / "notify"), "WATCHDOG_USEC": "60000000"}
        daemon = workplace.launch("--config", str(config), **service)
        while b"READY=1" not in manager.recv(4096):
            pass

        # Ten jobs; the first two take a while.
        _drop_ten(workplace)
        terminal.shows("EXECUTING")
        terminal.shows("pending 9  running 1")

        # Pause, cancel what runs, resume.
        assert proxx("pause", workplace.watch).returncode == 0
        assert proxx("cancel", workplace.watch, "job-0").returncode == 0
        assert workplace.wait_filed("job-0.json")[1]["failure"]["code"] == "CANCELLED"
        terminal.shows("paused by")
        terminal.shows("CANCELLED")
        assert workplace.names("pending") == [f"job-{number}.json" for number in range(1, 10)]
        assert proxx("resume", workplace.watch).returncode == 0

        # The machine fails in the middle of the second.
        wait_until(daemon.engines, "the second job is encoded")
        daemon.kill()
        terminal.shows("the daemon is DOWN; it crashed")
        daemon = workplace.launch("--config", str(config), **service)
        for number in range(2, 10):
            assert workplace.wait_filed(f"job-{number}.json")[0] == "completed"
        state, interrupted = workplace.wait_filed("job-1.json")
        assert (state, interrupted["failure"]["code"]) == ("failed", "INTERRUPTED")
        terminal.shows("INTERRUPTED")

    # The page of failures, and what it says.
    page = (_DOCS / "reference" / "failures.md").read_text("utf-8")
    section = page.partition("### INTERRUPTED\n")[2].partition("###")[0]
    assert "proxx resubmit FOLDER NAME --failed-clips" in section
    done = proxx("resubmit", workplace.watch, "job-1", "--failed-clips")
    assert done.returncode == 0, done.stderr
    state, result = workplace.wait_filed("job-1.r2.json")
    assert (state, result["job_id"]) == ("completed", "job-1.r2")
    assert len(list(workplace.published())) == 9

    # The end of the day.
    assert proxx("drain", workplace.watch).returncode == 0
    assert daemon.wait_exit() == 0
    terminal.shows("the daemon is DOWN; it was stopped")
    terminal.press("C-c")
    wait_until(terminal.gone, "the follower ends with Ctrl-C")
    record = (workplace.watch / ".proxx" / "operator.jsonl").read_text().splitlines()
    actions = [json.loads(line)["action"] for line in record]
    assert actions == ["pause", "cancel", "resume", "resubmitted", "drain"]
