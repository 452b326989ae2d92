"""`proxx watch --config`: strict, explained, and with an engine that must be the pinned one."""

from pathlib import Path

import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.engines.ffmpeg.inspection import inspect


def _write(workplace: Workplace, text: str) -> Path:
    path = workplace.root / "proxx.toml"
    path.write_text(text)
    return path


def test_every_mistake_of_the_file_is_named_and_nothing_starts(workplace: Workplace) -> None:
    path = _write(workplace, 'folder = "here"\nworkers = 2\n[log]\nlevel = "loud"\n')
    done = proxx("watch", workplace.watch, "--config", path)
    assert done.returncode == 1
    assert "the settings have 3 problem(s)" in done.stderr
    for name in ("folder", "workers", "log.level"):
        assert f"  {name} (configuration file) is not " in done.stderr
    assert "--check-config" in done.stderr
    assert list(workplace.watch.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("x = ", "not valid TOML"), ("max_workers = 1", "no watch folder")],
)
def test_a_file_that_cannot_be_used_says_what_to_do(
    text: str, said: str, workplace: Workplace
) -> None:
    done = proxx("watch", "--config", _write(workplace, text))
    assert done.returncode == 1
    assert said in done.stderr


def test_every_source_is_held_to_the_same_bounds_and_all_is_said_at_once(
    workplace: Workplace,
) -> None:
    path = _write(workplace, "[timeouts]\nstall_seconds = 0.0001\n")
    done = proxx(
        *("watch", workplace.watch, "--config", path, "--max-workers", "65"),
        *("--poll-seconds", "nan", "--check-config"),
        environment={"PROXX_STALL_SECONDS": "0.0001", "PROXX_ENGINE_NICENESS": "20"},
    )
    assert done.returncode == 4
    assert done.stderr.partition("proxx watch: ")[2].splitlines() == [
        "the settings have 5 problem(s).",
        "  --max-workers (command line) is not valid.",
        "    found:   65",
        "    allowed: a whole number from 1 to 64",
        "  --poll-seconds (command line) is not valid.",
        "    found:   nan",
        "    allowed: a number of seconds from 0.05 to 604800",
        "  timeouts.stall_seconds (configuration file) is not valid.",
        "    found:   0.0001",
        "    allowed: a number of seconds from 0.05 to 604800",
        "  PROXX_STALL_SECONDS (environment) is not valid.",
        "    found:   0.0001",
        "    allowed: a number of seconds from 0.05 to 604800",
        "  PROXX_ENGINE_NICENESS (environment) is not valid.",
        "    found:   20",
        "    allowed: a whole number from 0 to 19",
        f"  do: correct them, then try `proxx watch --config {path} --check-config`.",
        "See proxx watch --help.",
    ]
    assert done.stdout == ""


@pytest.mark.long
def test_every_command_that_reads_the_environment_holds_it_to_its_bounds(
    workplace: Workplace,
) -> None:
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    result = workplace.root / "result.json"
    result.write_text(proxx("run", spec).stdout)
    for code, *command in (
        (4, "run", spec),
        (4, "validate", spec),
        (4, "fingerprint", workplace.clips / "bikes.mp4"),
        (4, "reproduce", result),
        (4, "doctor"),
        (1, "watch", workplace.watch, "--once"),
    ):
        done = proxx(*command, environment={"PROXX_STALL_SECONDS": "0.0001"})
        assert (done.returncode, done.stdout) == (code, ""), command
        assert "PROXX_STALL_SECONDS (environment) is not valid.\n" in done.stderr
        assert "do: correct these values and start the command again." in done.stderr
    assert list(workplace.watch.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no watch folder. Give it on the command line"),
        (("",), "FOLDER (command line) is not valid."),
        (("--max-workers", "1.5", "--once"), "--max-workers (command line) is not valid."),
        (("--no-such-option",), "unrecognized arguments"),
    ],
)
def test_a_wrong_command_line_ends_with_4(
    arguments: tuple[str, ...], said: str, workplace: Workplace
) -> None:
    done = proxx("watch", *arguments)
    assert done.returncode == 4
    assert said in done.stderr


def test_a_file_that_is_not_there_ends_with_1(workplace: Workplace) -> None:
    done = proxx("watch", "--config", workplace.root / "absent.toml")
    assert done.returncode == 1
    assert "absent.toml cannot be read: No such file" in done.stderr


def test_check_config_says_what_holds_and_who_said_so(
    workplace: Workplace, tools: EngineTools
) -> None:
    path = _write(
        workplace, f'folder = "{workplace.watch}"\nmax_workers = 3\n[log]\nlevel = "debug"\n'
    )
    done = proxx(
        *("watch", "--config", path, "--max-workers", "4", "--check-config"),
        environment={"PROXX_LOG_LEVEL": "error", "PROXX_STALL_SECONDS": "7"},
    )
    assert done.returncode == 0, done.stderr
    rows = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    assert rows["max_workers"].split()[1:] == ["4", "command", "line"]
    assert rows["log.level"].split()[1:] == ["debug", "configuration", "file"]
    assert rows["timeouts.stall_seconds"].split()[1:] == ["7", "environment"]
    assert rows["grace_seconds"].split()[1:] == ["60", "default"]
    assert f"serves  {workplace.watch}" in done.stdout
    assert f"probes  {tools.ffprobe}" in done.stdout
    assert list(workplace.watch.iterdir()) == []


def test_the_daemon_refuses_an_engine_that_is_not_the_pinned_one(
    workplace: Workplace, tools: EngineTools
) -> None:
    engine = inspect(tools)
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    pins = f'[engine]\nffmpeg_version = "{engine.version}"\n'
    folder = f'folder = "{workplace.watch}"\n'
    wrong = _write(workplace, f'{folder}{pins}ffmpeg_sha256 = "{"0" * 64}"\n')
    done = proxx("watch", "--once", "--config", wrong)
    assert done.returncode == 1
    assert f"its SHA-256 is {engine.sha256}, pinned is 000" in done.stderr
    assert workplace.places("job.json") == ["pending"]

    pins += f'ffprobe_sha256 = "{engine.ffprobe.sha256}"\n'
    right = _write(workplace, f'{folder}{pins}ffmpeg_sha256 = "{engine.sha256}"\n')
    done = proxx("watch", "--once", "--config", right)
    assert done.returncode == 0, done.stderr
    assert workplace.places("job.json") == ["completed"]
