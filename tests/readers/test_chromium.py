"""A browser shows exactly the frame that was asked for, in H.264 proxies."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, Final

import burned_numbers
import pytest
from burned_numbers import DIGITS, FRAMES
from proxx_process import PATIENCE
from readers.takes import H264, SOUGHT, Take, Takes

pytestmark = pytest.mark.readers

_PAGE: Final = Path(__file__).parents[1] / "programs" / "seeks_in_canvas.html"
_ARGUMENTS: Final = (
    "--headless",
    # The tests of a build run as root, in a container.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)


class _Desk(ThreadingHTTPServer):
    """Gives the page what is asked and the clips, and takes its answer."""

    def __init__(self, takes: Sequence[Take]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: Queue[dict[str, Any]] = Queue()
        clips = [
            {
                "path": f"/{take.path.name}",
                "times": [burned_numbers.seconds(frame, take.rate) for frame in SOUGHT],
            }
            for take in takes
        ]
        question = json.dumps({"columns": DIGITS, "clips": clips})
        self.files = {
            "/": ("text/html", _PAGE.read_bytes()),
            "/question": ("application/json", question.encode()),
        }
        for take in takes:
            self.files[f"/{take.path.name}"] = ("video/mp4", take.path.read_bytes())


class _Handler(BaseHTTPRequestHandler):
    server: _Desk

    def do_GET(self) -> None:
        kind, content = self.server.files.get(self.path, ("text/plain", b""))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        self.server.answers.put(json.loads(body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _asked(program: str, profile: Path, takes: Sequence[Take]) -> dict[str, Any]:
    """Let the browser seek in proxies; return its answer."""
    with _Desk(takes) as desk:
        Thread(target=desk.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{desk.server_port}/"
        browser = subprocess.Popen(
            [program, *_ARGUMENTS, f"--user-data-dir={profile}", address],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return desk.answers.get(timeout=PATIENCE)
        finally:
            browser.terminate()
            browser.wait(PATIENCE)
            desk.shutdown()


@pytest.mark.parametrize("profile", H264)
def test_a_canvas_shows_the_frame_that_was_asked_for(
    profile: str, takes: Takes, tmp_path: Path
) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    proxies = takes.of(profile)
    asked = _asked(program, tmp_path, proxies)
    assert "error" not in asked, asked
    for take, answer in zip(proxies, asked["answers"], strict=True):
        assert abs(answer["duration"] - FRAMES / take.rate) < 1 / take.rate
        assert [burned_numbers.number(each) for each in answer["pictures"]] == list(SOUGHT)
