"""Programs on the network that never come to an end cost the daemon little, and no job anything."""

import json
import resource
import shutil
import socket
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from proxx_process import Workplace, wait_until

#: descriptors that a daemon with one worker is content with
_FEW_FILES = 72


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


class _SlowClients:
    """Connections that send nothing, or a byte now and then, until the other side ends them."""

    def __init__(self, port: int, silent: int, dripping: int) -> None:
        self._over = threading.Event()
        self.silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(silent)]
        self.dripping = [socket.create_connection(("127.0.0.1", port)) for _ in range(dripping)]
        #: those that were ended
        self.ended: set[socket.socket] = set()
        for each in self.dripping:
            with suppress(OSError):
                each.sendall(b"GET /metrics HTTP/1.1\r\nX-Filler: ")
        threading.Thread(target=self._drip, daemon=True).start()

    def _drip(self) -> None:
        while not self._over.wait(0.05):
            for each in {*self.silent, *self.dripping} - self.ended:
                try:
                    if each in self.dripping:
                        each.sendall(b"x")
                    each.settimeout(0.0)
                    if each.recv(1) == b"":
                        self.ended.add(each)
                except BlockingIOError:
                    pass
                except OSError:
                    self.ended.add(each)

    def close(self) -> None:
        self._over.set()
        for each in (*self.silent, *self.dripping):
            each.close()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="no prlimit on this system")
@pytest.mark.long
def test_silent_and_dripping_clients_do_not_use_up_the_descriptors_of_the_daemon(
    workplace: Workplace,
) -> None:
    port = _free_port()
    config = workplace.root / "proxx.toml"
    config.write_text(f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    daemon = workplace.start("--config", str(config))
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (_FEW_FILES, _FEW_FILES))
    clients = _SlowClients(port, silent=150, dripping=50)
    try:
        workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
            assert answer.status == 200
        state, result = workplace.wait_filed("job.json")
        assert state == "completed", result["failure"]
        # The last ones are those for which there was room: their time is up as well.
        wait_until(lambda: len(clients.ended) == 200, "every one of them is ended")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            assert b"proxx_healthy 1" in answer.read()
    finally:
        clients.close()
    assert daemon.stop() == 0


def test_of_many_clients_only_eight_are_served_at_a_time(workplace: Workplace) -> None:
    port = _free_port()
    config = workplace.root / "proxx.toml"
    config.write_text(f'[metrics]\naddress = "127.0.0.1:{port}"\n')
    daemon = psutil.Process(workplace.start("--config", str(config)).process.pid)
    held: list[int] = []

    def most_are_ended() -> bool:
        held.append(sum(each.status == "ESTABLISHED" for each in daemon.net_connections("tcp")))
        return len(clients.ended) >= 30 - 8

    clients = _SlowClients(port, silent=30, dripping=0)
    try:
        wait_until(most_are_ended, "the oldest are ended")
    finally:
        clients.close()
    assert 0 < max(held) <= 8


class _SlowToBegin:
    """A webhook over TLS. Its first connection takes long to begin, and its answer never ends.

    Every later one is answered at once. The first is accepted by the system only when it asks
    again, after a second: it waits in a queue that other connections have filled.
    """

    def __init__(self, folder: Path, handshake_at: float) -> None:
        self.certificate = folder / "certificate.pem"
        key = folder / "key.pem"
        openssl = str(shutil.which("openssl"))
        asked = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        asked += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        asked += ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run([openssl, "req", *asked], check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._handshake_at = handshake_at
        #: the bodies that were answered
        self.bodies: list[object] = []
        self._over = threading.Event()
        #: to be set when the first connection is under way
        self.called = threading.Event()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/hook"
        self._filler = socket.create_connection(self._listener.getsockname())
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            self.called.wait()
            self._over.wait(0.3)
            self._listener.accept()[0].close()
            self._listener.listen(16)
            first, _ = self._listener.accept()
            threading.Thread(target=self._drip, args=(first,), daemon=True).start()
            while True:
                talk, _ = self._listener.accept()
                with self._context.wrap_socket(talk, server_side=True) as secure:
                    head, _, body = self._request(secure).partition(b"\r\n\r\n")
                    length = int(head.lower().split(b"content-length: ")[1].split(b"\r")[0])
                    while len(body) < length:
                        body += secure.recv(65536)
                    self.bodies.append(json.loads(body))
                    secure.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    def _request(self, secure: ssl.SSLSocket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            received += secure.recv(65536)
        return received

    def _drip(self, talk: socket.socket) -> None:
        self._over.wait(self._handshake_at)
        with suppress(OSError), self._context.wrap_socket(talk, server_side=True) as secure:
            while not self._over.wait(0.05):
                secure.sendall(b"H")

    def close(self) -> None:
        self._over.set()
        self.called.set()
        self._listener.close()
        self._filler.close()


@pytest.fixture
def slow_to_begin(tmp_path: Path) -> Iterator[_SlowToBegin]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    webhook = _SlowToBegin(tmp_path, handshake_at=0.9)
    yield webhook
    webhook.close()


def test_a_webhook_that_is_slow_in_every_step_has_one_time_limit_and_the_next_are_told(
    workplace: Workplace, slow_to_begin: _SlowToBegin
) -> None:
    config = workplace.root / "proxx.toml"
    config.write_text(f'[notify]\nwebhook = "{slow_to_begin.url}"\ntimeout_seconds = 1.5\n')
    daemon = workplace.start("--config", str(config), SSL_CERT_FILE=str(slow_to_begin.certificate))
    results = []
    for name in ("a.json", "b.json"):
        workplace.drop(name, b"{}")
        results.append(workplace.wait_filed(name)[1])
        slow_to_begin.called.set()
    wait_until(lambda: slow_to_begin.bodies, "the second result is told", 20)
    assert slow_to_begin.bodies == results[1:]
    (lost,) = daemon.events("notification_failed")
    assert lost["spec"] == "a.json"
    assert lost["reason"] == "it took longer than 1.5 s and was ended"
    assert daemon.stop() == 0
