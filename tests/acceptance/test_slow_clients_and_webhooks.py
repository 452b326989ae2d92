"""Programs on the network that never come to an end cost the daemon little, and no job anything."""

import resource
import socket
import threading
import urllib.request
from contextlib import suppress

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
