"""One table, one validator: each source is held to the same bounds, in the same words."""

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.config.reading import Origin, Reading, read
from proxx_daemon.config.settings import SETTINGS, Setting, Settings
from proxx_daemon.engines.engine import EnginePin
from proxx_daemon.engines.resolve.slot import LOCK_PATH
from proxx_daemon.spool.settling import SETTLE_SECONDS

_EXAMPLE = Path(__file__).parents[3] / "docs" / "how-to" / "deployment" / "worker.toml"
_SOURCES = [Origin.FLAG, Origin.FILE, Origin.ENVIRONMENT]
_NEVER = ["nan", "inf", "-inf", "-1", "9" * 400, "9" * 5000]


def _from(origin: Origin, row: Setting, text: str) -> Reading:
    """Read one setting from one source, written as a person would write it there."""
    if origin is Origin.FLAG:
        return read(flags={row.name: text})
    if origin is Origin.ENVIRONMENT:
        return read(environment={str(row.variable): text})
    section, _, name = row.key.rpartition(".")
    return read(document=tomllib.loads(f"{f'[{section}]' if section else ''}\n{name} = {text}"))


def _numbers() -> Iterator[tuple[Setting, Origin]]:
    for row in SETTINGS.values():
        if row.kind.bounds is not None:
            for origin, name in zip(_SOURCES, (row.flag, row.key, row.variable), strict=True):
                if name is not None:
                    yield row, origin


def _called(row: Setting, origin: Origin) -> str:
    return {Origin.FLAG: row.flag, Origin.FILE: row.key}.get(origin, row.variable) or ""


_NUMBERS = pytest.mark.parametrize(
    ("row", "origin"), list(_numbers()), ids=lambda each: getattr(each, "key", str(each))
)


def test_there_are_numbers_from_every_source() -> None:
    assert {origin for _, origin in _numbers()} == set(_SOURCES)


@_NUMBERS
def test_a_number_at_its_bounds_is_taken_from_every_source(row: Setting, origin: Origin) -> None:
    assert row.kind.bounds is not None
    for value in row.kind.bounds:
        reading = _from(origin, row, f"{value:g}")
        assert reading.problems == ()
        assert getattr(reading.settings, row.name) == value
        assert reading.origins[row.name] is origin


@_NUMBERS
def test_a_number_beyond_its_bounds_is_refused_from_every_source(
    row: Setting, origin: Origin
) -> None:
    assert row.kind.bounds is not None
    least, most = row.kind.bounds
    if isinstance(row.default, int):
        beyond = [str(int(least) - 1), str(int(most) + 1), "1.0"]
    else:
        beyond = [repr(math.nextafter(least, 0)), repr(math.nextafter(most, math.inf)), "0", "0.0"]
    in_file = [text for text in _NEVER if len(text) < 4300]
    for text in beyond + (in_file if origin is Origin.FILE else _NEVER):
        reading = _from(origin, row, text)
        (problem,) = reading.problems
        assert (problem.origin, problem.allowed) == (origin, row.kind.allowed)
        assert problem.message == f"{_called(row, origin)} ({origin}) is not valid."
        assert text.startswith(problem.found[:2].lower()) or problem.found in ("NaN", "Infinity")
        assert reading.settings == Settings(environment=reading.settings.environment)


def test_a_number_that_python_cannot_even_print_is_refused() -> None:
    (problem,) = _from(Origin.FILE, SETTINGS["stall_seconds"], "0x" + "f" * 9000).problems
    assert problem.found == "a number that is too long to show"


def test_every_problem_of_every_source_is_found_at_once_and_the_rest_is_read() -> None:
    reading = read(
        flags={"folder": "here", "max_workers": "two", "poll_seconds": ""},
        document={
            "folder": "/srv/x",
            "max_workers": "2",
            "metrics": 3,
            "colour": {"a": 1},
            "engine": {"ffmpeg": "bin/ffmpeg", "path": 1},
        },
        environment={"PROXX_STALL_SECONDS": "0.0001", "PROXX_FFMPEG": "ffmpeg"},
    )
    found = [(problem.message.partition(" is ")[0], problem.found) for problem in reading.problems]
    assert found == [
        ("metrics (configuration file)", "3"),
        ("colour (configuration file)", '{"a": 1}'),
        ("engine.path (configuration file)", "1"),
        ("FOLDER (command line)", "here"),
        ("--max-workers (command line)", "two"),
        ("max_workers (configuration file)", '"2"'),
        ("--poll-seconds (command line)", '""'),
        ("PROXX_STALL_SECONDS (environment)", "0.0001"),
        ("engine.ffmpeg (configuration file)", '"bin/ffmpeg"'),
        ("PROXX_FFMPEG (environment)", "ffmpeg"),
    ]
    assert reading.settings.folder == "/srv/x"
    metrics, colour, path, *_ = reading.problems
    assert metrics.allowed == "[metrics]"
    assert colour.message == "colour (configuration file) is not a setting."
    assert "max_workers" in colour.allowed
    assert "[notify]" in colour.allowed
    assert path.allowed == (
        "engine.ffmpeg, engine.ffmpeg_version, engine.ffmpeg_sha256, "
        "engine.ffprobe_sha256, engine.niceness"
    )


def test_the_first_source_that_says_something_wins() -> None:
    reading = read(
        flags={"max_workers": "5", "folder": None},
        document={"log": {"level": "debug"}, "max_workers": 3, "hash_sources": False},
        environment={
            "PROXX_LOG_LEVEL": "error",
            "PROXX_FFMPEG": "/env",
            "PROXX_HASH_SOURCES": "1",
            "PROXX_PROBE_SECONDS": "",
        },
    )
    assert reading.problems == ()
    said = {name: (getattr(reading.settings, name), reading.origins[name]) for name in SETTINGS}
    assert said["log_level"] == ("debug", Origin.FILE)
    assert said["ffmpeg"] == ("/env", Origin.ENVIRONMENT)
    assert said["hash_sources"] == (False, Origin.FILE)
    assert said["max_workers"] == (5, Origin.FLAG)
    assert said["folder"] == (None, Origin.DEFAULT)
    assert said["probe_seconds"] == (120.0, Origin.DEFAULT)
    shown = {key: (value, origin) for key, value, origin in reading.rows()}
    assert list(shown) == [row.key for row in SETTINGS.values()]
    assert shown["folder"] == ("-", "default")
    assert shown["hash_sources"] == ("false", "configuration file")


def test_every_row_can_be_set_and_every_default_is_a_value_that_the_kind_takes() -> None:
    for row in SETTINGS.values():
        default: Any = list(row.default) if isinstance(row.default, tuple) else row.default
        assert default is None or row.kind.check(default) == row.default, row.key
        assert (row.flag or "").replace("-", "_").lower().strip("_") in ("", row.name)
        assert row.help.endswith("."), row.key
    for names in ("name", "key", "flag", "variable"):
        said = [getattr(row, names) for row in SETTINGS.values() if getattr(row, names)]
        assert len(said) == len(set(said))


def test_the_table_names_the_defaults_that_the_code_uses() -> None:
    assert Settings().settle_seconds == SETTLE_SECONDS
    assert Settings().resolve_lock == LOCK_PATH


def test_what_follows_from_several_settings() -> None:
    assert (Settings().pin, Settings().scan_seconds) == (None, 10.0)
    assert Settings(ffmpeg_version="7").pin == EnginePin(version="7")
    assert Settings(ffprobe_sha256="a" * 64).pin == EnginePin(probe_sha256="a" * 64)
    assert Settings(poll_seconds=3.0).scan_seconds == 3.0


def test_the_example_of_the_documentation_is_right_with_every_line_switched_on() -> None:
    text = _EXAMPLE.read_text("utf-8")
    assert read(document=tomllib.loads(text)).problems == ()
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    settings = [line for line in lines if line.startswith("[") or " = " in line]
    whole = "\n".join(settings).replace("9eac5b2b…", "9" * 64).replace("…", "x")
    reading = read(document=tomllib.loads(whole))
    assert reading.problems == ()
    assert set(reading.origins.values()) == {Origin.FILE}
