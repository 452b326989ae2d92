from typing import Any

import pytest

from proxx_daemon.config import kinds
from proxx_daemon.config.kinds import Kind
from proxx_daemon.config.settings import SETTINGS

_WORKERS = SETTINGS["max_workers"].kind
_LEVEL = SETTINGS["log_level"].kind

GOOD: list[tuple[Kind, list[Any]]] = [
    (kinds.PATH, ["/srv/a b", "/srv/日本\u3000語"]),
    (_WORKERS, [1, 64]),
    (kinds.SECONDS, [0.05, 1, 604800]),
    (kinds.SWITCH, [True, False]),
    (kinds.VERSION, ["n8.1.2"]),
    (kinds.SHA256, ["0" * 64]),
    (_LEVEL, ["debug", "INFO"]),
    (kinds.LOOPBACK_ADDRESS, ["127.0.0.1:9464", "[::1]:1", "localhost:65535", "127.9.9.9:80"]),
    (kinds.COMMAND, [["/bin/true"], ["/bin/echo", "-n"]]),
    (kinds.WEBHOOK, ["http://a", "https://a.example:8443/x?y=z"]),
    (kinds.STATUSES, [["FAILED"], ["COMPLETED", "PARTIAL"]]),
]
BAD: list[tuple[Kind, list[Any]]] = [
    (kinds.PATH, ["", "srv", 1, "/a\nb", "/\udc80", "/" + "a" * 4096]),
    (_WORKERS, [0, 65, 1.0, True, "1", -1]),
    (kinds.SECONDS, [0, 604801, True, "1", float("nan"), float("inf"), -1, 10**400]),
    (kinds.SWITCH, [0, 1, "true", None]),
    (kinds.VERSION, ["", 8.1, "8" * 4097]),
    (kinds.SHA256, ["0" * 63, "A" * 64, 0]),
    (_LEVEL, ["trace", "", 1, []]),
    (
        kinds.LOOPBACK_ADDRESS,
        [
            *("0.0.0.0:80", "10.0.0.1:80", "::1:80", "127.0.0.1", "127.0.0.1:0", "localhost:x"),
            *("127.0.0.1:65536", "[127.0.0.1]:80", "localhost:" + "9" * 5000, 80, ":80"),
        ],
    ),
    (kinds.COMMAND, [[], "x", ["true"], ["/bin/true", 1]]),
    (kinds.WEBHOOK, ["ftp://a", "http://", "a", "http://a b", "http://a:99999", 1]),
    (kinds.STATUSES, [[], ["DONE"], ["FAILED", "FAILED"], "FAILED", [[]]]),
]


@pytest.mark.parametrize(("kind", "values"), GOOD, ids=lambda each: getattr(each, "allowed", ""))
def test_good_values_pass(kind: Kind, values: list[Any]) -> None:
    assert [value for value in values if kind.check(value) is None] == []


@pytest.mark.parametrize(("kind", "values"), BAD, ids=lambda each: getattr(each, "allowed", ""))
def test_bad_values_do_not(kind: Kind, values: list[Any]) -> None:
    assert [value for value in values if kind.check(value) is not None] == []


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (_WORKERS, "3", 3),
        (kinds.SECONDS, "3", 3.0),
        (kinds.SECONDS, "0.5", 0.5),
        (kinds.SECONDS, ".5", 0.5),
        (kinds.SWITCH, "1", True),
        (kinds.SWITCH, "false", False),
        (kinds.PATH, "/opt/ffmpeg", "/opt/ffmpeg"),
        (_LEVEL, "DEBUG", "debug"),
    ],
)
def test_text_is_read_as_its_kind(kind: Kind, text: str, value: object) -> None:
    found = kind.check(kind.parse(text))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["1e1", "1_0", " 5", "٣", "0x5", "5s", "+5", "1,5", "yes", ""])
def test_text_that_only_python_takes_for_a_number_is_refused(text: str) -> None:
    for kind in (_WORKERS, kinds.SECONDS, kinds.SWITCH):
        assert kind.check(kind.parse(text)) is None


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (kinds.SECONDS, 604800.0, "604800"),
        (kinds.SWITCH, False, "false"),
        (kinds.STATUSES, ("FAILED", "PARTIAL"), "FAILED PARTIAL"),
        (kinds.LOOPBACK_ADDRESS, ("::1", 80), "[::1]:80"),
        (kinds.LOOPBACK_ADDRESS, ("127.0.0.1", 80), "127.0.0.1:80"),
        (kinds.WEBHOOK, "https://u:p@hooks.example/secret?x", "https://hooks.example/…"),
    ],
)
def test_a_value_is_shown_in_one_line_and_without_its_secret(
    kind: Kind, value: object, shown: str
) -> None:
    assert kind.show(value) == shown
