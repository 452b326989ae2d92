"""What others hear of a daemon: Prometheus, a health check, a command and a webhook."""

import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from proxx_process import Daemon, Workplace, proxx, wait_until
from status_page import metric_name

from proxx_daemon.monitor.numbers import NUMBERS

_PROGRAMS = Path(__file__).parents[1] / "programs"
_DOCS = Path(__file__).parents[2] / "docs"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _start(workplace: Workplace, config: str) -> Daemon:
    path = workplace.root / "proxx.toml"
    path.write_text(config)
    return workplace.start("--config", str(path))


def _get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _samples(text: str) -> dict[str, float]:
    """Give every sample of a scrape: name with its labels, and value."""
    return {
        sample.name
        + "".join(f"|{value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_prometheus_gets_the_numbers_of_the_daemon(workplace: Workplace) -> None:
    port = _free_port()
    daemon = _start(workplace, f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    assert _get(port, "/healthz")[0] == 200
    workplace.drop("bad.json", b"{}")
    workplace.drop("good.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    workplace.wait_filed("good.json")
    workplace.drop("long.json", workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4"))

    def while_it_runs() -> dict[str, float] | None:
        samples = _samples(_get(port, "/metrics")[1])
        # The job before may be the one that is shown: a result is filed before it is counted.
        claimed = samples["proxx_job_queue_wait_seconds_count"] == 3
        encodes = "proxx_encode_frames_per_second|worker-1" in samples
        return samples if claimed and encodes else None

    samples = wait_until(while_it_runs, "the numbers of a running job are there")
    assert samples is not None
    assert samples["proxx_jobs_total|none|COMPLETED"] == 1
    assert samples["proxx_jobs_total|VALIDATION_FAILED|FAILED"] == 1
    assert samples["proxx_job_duration_seconds_count|COMPLETED"] == 1
    assert samples["proxx_job_queue_wait_seconds_sum"] < 60
    assert samples["proxx_running_jobs"] == 1
    assert samples["proxx_healthy"] == 1
    assert samples["proxx_last_scan_timestamp_seconds"] > 1_700_000_000
    first = samples["proxx_engine_cpu_seconds_total"]
    assert first > 0

    def more() -> bool:
        now = _samples(_get(port, "/metrics")[1])["proxx_engine_cpu_seconds_total"]
        assert now >= first
        return now > first

    wait_until(more, "the engine works on")
    assert _get(port, "/")[0] == 404
    daemon.kill()
    second = _start(workplace, f'[metrics]\naddress = "[::1]:{port}"\n')
    assert second.stop() == 0


def test_the_metrics_server_answers_get_and_head_of_its_two_paths(workplace: Workplace) -> None:
    port = _free_port()
    _start(workplace, f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    for path in ("/metrics", "/metrics?x=1", "/healthz", "/healthz?x=1"):
        code, body = _get(port, path)
        assert (code, "healthy" in body) == (200, True), path
        assert _get(port, path, "HEAD") == (200, ""), path
        for method in ("POST", "PUT", "DELETE", "OPTIONS"):
            assert _get(port, path, method)[0] == 405, (method, path)
    for path in ("/", "/metrics/", "/favicon.ico", "/other?x=1"):
        assert _get(port, path)[0] == 404, path
        assert _get(port, path, "HEAD") == (404, ""), path
        assert _get(port, path, "POST")[0] == 404, path


def test_a_folder_that_is_gone_makes_the_health_check_fail(workplace: Workplace) -> None:
    port = _free_port()
    path = workplace.root / "proxx.toml"
    path.write_text(f'poll_seconds = 0.2\n[metrics]\naddress = "localhost:{port}"\n')
    workplace.start("--config", str(path))
    (workplace.watch / "pending").rename(workplace.watch / "elsewhere")
    wait_until(lambda: _get(port, "/healthz")[0] == 503, "it is not well")
    document = json.loads(_get(port, "/healthz")[1])
    (wrong,) = [fact for fact in document["facts"] if not fact["ok"]]
    assert wrong["name"] == "folder"
    shown = proxx("status", workplace.watch).stdout
    assert f"\nUNHEALTHY: {wrong['detail']}\n" in shown
    (workplace.watch / "elsewhere").rename(workplace.watch / "pending")
    wait_until(lambda: _get(port, "/healthz")[0] == 200, "it is well again")


def test_an_address_that_is_taken_is_fatal_and_says_so(workplace: Workplace) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        path = workplace.root / "proxx.toml"
        path.write_text(f'[metrics]\naddress = "127.0.0.1:{listener.getsockname()[1]}"\n')
        daemon = workplace.launch("--config", str(path))
        assert daemon.wait_exit() == 1
    assert "metrics cannot be served" in daemon.log_text()


def test_alerts_and_dashboard_ask_for_metrics_that_there_are(workplace: Workplace) -> None:
    port = _free_port()
    _start(workplace, f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    workplace.drop("bad.json", b"{}")
    workplace.wait_filed("bad.json")
    text = wait_until(lambda: _get(port, "/metrics")[1], "an answer")
    # The speed of running jobs has no sample while none runs; its name is there even so.
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert {name for name in names if name.startswith("proxx_") and "_created" not in name} == {
        metric_name(name) for name in NUMBERS
    }
    names |= {name + suffix for name in names for suffix in ("_bucket", "_sum", "_count")}
    dashboard = (_DOCS / "how-to" / "monitoring" / "grafana-dashboard.json").read_text("utf-8")
    alerts = (_DOCS / "how-to" / "monitoring" / "alerts.yml").read_text("utf-8")
    assert json.loads(dashboard)["panels"]
    for document in (dashboard, alerts):
        asked = set(re.findall(r"\bproxx_[a-z_]+", document))
        assert asked
        assert asked - names == set()
    if shutil.which("promtool"):
        done = subprocess.run(
            [str(shutil.which("promtool")), "check", "metrics"],
            input=text,
            text=True,
            capture_output=True,
            check=False,
        )
        assert "proxx_" not in done.stderr


class _Receiver:
    """A webhook that keeps what it gets and answers as it is told."""

    def __init__(self, code: int) -> None:
        self.bodies: list[Any] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(code)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def receiver(request: pytest.FixtureRequest) -> Iterator[_Receiver]:
    found = _Receiver(request.param)
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.mark.parametrize("receiver", [204], indirect=True)
def test_command_and_webhook_get_the_result_of_the_jobs_they_asked_for(
    workplace: Workplace, receiver: _Receiver
) -> None:
    told = workplace.root / "told.txt"
    program = workplace.root / "told"
    program.write_text(
        f'#!/bin/sh\necho "$PROXX_JOB_ID $PROXX_SPEC $PROXX_STATUS $PROXX_CODE $1 $2" >> {told}\n'
    )
    program.chmod(0o755)
    daemon = _start(
        workplace,
        f'[notify]\ncommand = ["{program}", "-x"]\nwebhook = "{receiver.url}"\non = ["FAILED"]\n',
    )
    workplace.drop("good.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    workplace.wait_filed("good.json")
    workplace.drop("bad.json", b'{"job_id": "reel"}')
    _, result = workplace.wait_filed("bad.json")
    assert daemon.stop() == 0
    path = workplace.watch / "failed" / "bad.result.json"
    code = result["failure"]["code"]
    assert told.read_text() == f"reel bad.json FAILED {code} -x {path}\n"
    assert receiver.bodies == [result]
    assert daemon.events("notification_failed") == []


@pytest.mark.long
@pytest.mark.parametrize("receiver", [302], indirect=True)
def test_a_notification_that_fails_is_logged_and_costs_the_job_nothing(
    workplace: Workplace, receiver: _Receiver
) -> None:
    sleeper = _PROGRAMS / "ignores_sigterm.py"
    daemon = _start(
        workplace,
        f'[notify]\ncommand = ["{sys.executable}", "{sleeper}"]\nwebhook = "{receiver.url}"\n'
        "timeout_seconds = 0.5\n",
    )
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    assert workplace.wait_filed("job.json")[0] == "completed"
    wait_until(lambda: len(daemon.events("notification_failed")) == 2, "both are logged")
    reasons = {line["way"]: line["reason"] for line in daemon.events("notification_failed")}
    assert reasons["command"] == "it took longer than 0.5 s and was ended"
    assert reasons["webhook"] == "it answered 302"
    workplace.drop("next.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
    assert workplace.wait_filed("next.json")[0] == "completed"
    assert daemon.stop() == 0


def test_at_shutdown_every_notification_that_is_lost_is_logged_with_the_true_reason(
    workplace: Workplace,
) -> None:
    sleeper = _PROGRAMS / "stays_silent.py"
    daemon = _start(
        workplace,
        f'[notify]\ncommand = ["{sys.executable}", "{sleeper}"]\ntimeout_seconds = 2\n',
    )
    for name in ("a.json", "b.json", "c.json"):
        workplace.drop(name, b"{}")
        workplace.wait_filed(name)
    assert daemon.stop() == 0
    lost = {line["spec"]: line["reason"] for line in daemon.events("notification_failed")}
    assert len(daemon.events("notification_failed")) == 3
    stopped = "the daemon stopped before it was delivered"
    # The first one has its time limit at the very moment at which the daemon stops waiting.
    assert lost.pop("a.json") in ("it took longer than 2 s and was ended", stopped)
    assert lost == {"b.json": stopped, "c.json": stopped}


@pytest.mark.long
def test_a_daemon_that_ends_with_an_error_logs_what_it_could_not_deliver(
    workplace: Workplace,
) -> None:
    path = workplace.root / "proxx.toml"
    sleeper = _PROGRAMS / "stays_silent.py"
    path.write_text(
        f'poll_seconds = 0.2\n[notify]\ncommand = ["{sys.executable}", "{sleeper}"]\n'
        "timeout_seconds = 1\n"
    )
    (workplace.watch / "pending").mkdir()
    workplace.drop("long.json", workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4"))
    daemon = workplace.launch("--config", str(path), "--once")
    wait_until(lambda: daemon.events("job_claimed"), "the job runs")
    (workplace.watch / "pending").rename(workplace.watch / "elsewhere")
    assert daemon.wait_exit() == 1
    assert daemon.events("claiming_stopped")
    assert [line["spec"] for line in daemon.events("notification_failed")] == ["long.json"]


class _SlowAnswer:
    """A webhook whose answers never come to their end, though a byte of each comes all the time."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                talk, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(talk,), daemon=True).start()

    def _answer(self, talk: socket.socket) -> None:
        with talk, suppress(OSError):
            talk.recv(65536)
            self.asked.set()
            talk.sendall(b"HTTP/1.1 204 No Content\r\nX-Filler: ")
            while not self._over.wait(0.05):
                talk.sendall(b"x")

    def close(self) -> None:
        self._over.set()
        self._listener.close()


@pytest.fixture
def slow_answer() -> Iterator[_SlowAnswer]:
    webhook = _SlowAnswer()
    yield webhook
    webhook.close()


@pytest.mark.long
def test_a_webhook_that_never_ends_its_answer_has_its_time_limit(
    workplace: Workplace, slow_answer: _SlowAnswer
) -> None:
    config = f'[notify]\nwebhook = "{slow_answer.url}"\ntimeout_seconds = 0.5\n'
    daemon = _start(workplace, config)
    for name in ("a.json", "b.json"):
        workplace.drop(name, b"{}")
    wait_until(lambda: len(daemon.events("notification_failed")) == 2, "both are logged")
    for line in daemon.events("notification_failed"):
        assert line["reason"] == "it took longer than 0.5 s and was ended"
    assert daemon.stop() == 0


def test_a_webhook_that_never_ends_its_answer_does_not_hide_what_is_lost_at_a_stop(
    workplace: Workplace, slow_answer: _SlowAnswer
) -> None:
    config = f'[notify]\nwebhook = "{slow_answer.url}"\ntimeout_seconds = 1.5\n'
    daemon = _start(workplace, config)
    for name in ("a.json", "b.json", "c.json"):
        workplace.drop(name, b"{}")
        workplace.wait_filed(name)
    assert slow_answer.asked.wait(20)
    assert daemon.stop() == 0
    lost = [(line["spec"], line["way"]) for line in daemon.events("notification_failed")]
    assert sorted(lost) == [(name, "webhook") for name in ("a.json", "b.json", "c.json")]
