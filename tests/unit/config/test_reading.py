import tomllib
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.cli.settings import PROBE_SECONDS
from proxx_daemon.config import reading as config_document
from proxx_daemon.config.options import GRACE_SECONDS
from proxx_daemon.config.reading import address, check, merge, read
from proxx_daemon.config.settings import SETTINGS, SettingKind, SettingSource
from proxx_daemon.spool.settling import SETTLE_SECONDS

_EXAMPLE = Path(__file__).parents[3] / "docs" / "how-to" / "deployment" / "worker.toml"

GOOD: dict[SettingKind, list[Any]] = {
    SettingKind.PATH: ["/srv/a b"],
    SettingKind.COUNT: [1, 64],
    SettingKind.SECONDS: [0.05, 1, 604800],
    SettingKind.NICENESS: [0, 19],
    SettingKind.VERSION: ["n8.1.2"],
    SettingKind.SHA256: ["0" * 64],
    SettingKind.LOG_LEVEL: ["debug"],
    SettingKind.LOG_FORMAT: ["text"],
    SettingKind.ADDRESS: ["127.0.0.1:9464", "[::1]:1", "localhost:65535", "127.9.9.9:80"],
    SettingKind.COMMAND: [["/bin/true"], ["/bin/echo", "-n"]],
    SettingKind.WEBHOOK: ["http://a", "https://a.example:8443/x?y=z"],
    SettingKind.STATUSES: [["FAILED"], ["COMPLETED", "PARTIAL"]],
}
BAD: dict[SettingKind, list[Any]] = {
    SettingKind.PATH: ["", "srv", 1, "/a\nb"],
    SettingKind.COUNT: [0, 65, 1.0, True, "1"],
    SettingKind.SECONDS: [0, 604801, True, "1", float("nan"), float("inf")],
    SettingKind.NICENESS: [-1, 20, 1.0, True, "1"],
    SettingKind.VERSION: ["", 8.1],
    SettingKind.SHA256: ["0" * 63, "A" * 64, 0],
    SettingKind.LOG_LEVEL: ["INFO", "trace", 1, []],
    SettingKind.LOG_FORMAT: ["xml"],
    SettingKind.ADDRESS: [
        *("0.0.0.0:80", "10.0.0.1:80", "::1:80", "127.0.0.1", "127.0.0.1:0", "localhost:x"),
        *("127.0.0.1:65536", "[127.0.0.1]:80", "localhost:" + "9" * 5000, 80),
    ],
    SettingKind.COMMAND: [[], "x", ["true"], ["/bin/true", 1]],
    SettingKind.WEBHOOK: ["ftp://a", "http://", "a", "http://a b", "http://a:99999", 1],
    SettingKind.STATUSES: [[], ["DONE"], ["FAILED", "FAILED"], "FAILED", [[]]],
}


@pytest.mark.parametrize("kind", list(SettingKind))
def test_good_values_pass_and_bad_ones_do_not(kind: SettingKind) -> None:
    assert all(check(kind, value) is not None for value in GOOD[kind])
    assert [value for value in BAD[kind] if check(kind, value) is not None] == []


def test_every_default_is_a_value_that_the_file_could_name() -> None:
    for setting in SETTINGS.values():
        given = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        assert given is None or check(setting.kind, given) == setting.default


def test_the_table_names_the_defaults_that_the_code_uses() -> None:
    assert SETTINGS["settle_seconds"].default == SETTLE_SECONDS
    assert SETTINGS["grace_seconds"].default == GRACE_SECONDS
    assert SETTINGS["timeouts.probe_seconds"].default == PROBE_SECONDS


def test_every_problem_is_found_at_once_and_the_rest_is_read() -> None:
    reading = read(
        {
            "folder": "/srv/x",
            "max_workers": "2",
            "metrics": 3,
            "colour": {"a": 1},
            "engine": {"ffmpeg": "bin/ffmpeg", "path": 1},
        }
    )
    assert reading.values == {"folder": "/srv/x"}
    paths = [problem.path for problem in reading.problems]
    assert paths == ["max_workers", "metrics", "colour", "engine.ffmpeg", "engine.path"]
    allowed = reading.problems[-1].allowed
    assert allowed == (
        "engine.ffmpeg, engine.ffmpeg_version, engine.ffmpeg_sha256, engine.niceness"
    )
    assert "max_workers must be a whole number from 1 to 64." in reading.problems[0].message


def test_the_first_source_that_says_something_wins() -> None:
    merged = merge(
        {
            SettingSource.ENVIRONMENT: {"log.level": "error", "engine.ffmpeg": "/env"},
            SettingSource.FILE: {"log.level": "debug", "max_workers": 3},
            SettingSource.FLAG: {"max_workers": 5, "folder": None},
        }
    )
    said = {key: (each.value, each.source) for key, each in merged.items()}
    assert said["log.level"] == ("debug", SettingSource.FILE)
    assert said["engine.ffmpeg"] == ("/env", SettingSource.ENVIRONMENT)
    assert said["max_workers"] == (5, SettingSource.FLAG)
    assert said["folder"] == (None, SettingSource.DEFAULT)
    assert list(said) == list(SETTINGS)


def test_an_address_is_split() -> None:
    assert address("localhost:9464") == ("127.0.0.1", 9464)
    assert address("[::1]:80") == ("::1", 80)


def test_the_example_of_the_documentation_is_right_with_every_line_switched_on() -> None:
    text = _EXAMPLE.read_text("utf-8")
    assert config_document.read(tomllib.loads(text)).problems == ()
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    settings = [line for line in lines if line.startswith("[") or " = " in line]
    whole = "\n".join(settings).replace("9eac5b2b…", "9" * 64).replace("…", "x")
    reading = config_document.read(tomllib.loads(whole))
    assert reading.problems == ()
    assert set(reading.values) == set(SETTINGS)
