"""`validate`, `run` and `profiles` as a person or a script uses them."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from proxx_process import Workplace, proxx

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.profiles.catalogue import profiles


def test_validate_says_what_would_be_made_and_writes_nothing(workplace: Workplace) -> None:
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    done = proxx("validate", spec)
    assert done.returncode == 0
    assert f"{workplace.proxies}/bikes_proxy.mp4" in done.stdout
    assert "320x136, 250 frames at 25 fps" in done.stdout
    assert list(workplace.proxies.iterdir()) == []


def test_validate_names_all_of_five_mistakes(workplace: Workplace) -> None:
    spec = workplace.spec(
        "proxy_h264_low",
        "absent.mp4",
        codec="h263",
        container="mov",
        naming_template="{sauce}",
        colour="blue",
    )
    done = proxx("validate", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    codes = ("SOURCE_MISSING", "FIELD_VALUE", "PROFILE_MISMATCH", "TOKEN_UNKNOWN", "FIELD_UNKNOWN")
    assert all(code in done.stdout for code in codes)
    assert "5 problem(s)" in done.stdout


def test_validate_answers_as_json_too(workplace: Workplace) -> None:
    done = proxx("validate", workplace.write_spec("job.json", b"{}"), "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["valid"] is False
    paths = {problem["path"] for problem in answer["failure"]["errors"]}
    assert {"jobspec_version", "sources", "proxy_profile"} <= paths


@pytest.mark.parametrize("command", ["validate", "run"])
def test_a_spec_that_does_not_exist_is_a_system_error(command: str, workplace: Workplace) -> None:
    done = proxx(command, workplace.root / "absent.json")
    assert done.returncode == 4
    assert "absent.json: No such file" in done.stderr
    assert done.stdout == ""


#: how root runs a program whose files have to let it read them, as everybody else
_MODES_COUNT = (
    "setpriv",
    *(f"--{caps}=-dac_override,-dac_read_search" for caps in ("bounding-set", "inh-caps")),
)


@pytest.mark.parametrize("command", ["validate", "run"])
def test_an_engine_that_nobody_may_read_is_refused_before_a_job_runs(
    command: str, workplace: Workplace, tools: EngineTools
) -> None:
    """No result could say which engine ran: what `validate` passes, `run` would refuse."""
    ffmpeg, ffprobe = workplace.root / "ffmpeg", workplace.root / "ffprobe"
    shutil.copy(tools.ffmpeg, ffmpeg)
    ffmpeg.chmod(0o311)
    ffprobe.symlink_to(tools.ffprobe)
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    done = subprocess.run(
        [
            *(_MODES_COUNT if os.geteuid() == 0 else ()),
            *(sys.executable, "-m", "proxx_daemon", command, str(spec)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PROXX_FFMPEG": str(ffmpeg)},
    )
    assert done.returncode == 1
    assert "ENGINE_UNUSABLE" in done.stdout
    assert f"{ffmpeg} cannot be used: Permission denied" in done.stdout


def test_run_ends_with_1_when_the_spec_is_invalid(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_h264_low", "bikes.mp4")
    del spec["proxy_profile"]
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failure"]
    assert failure["message"] == "V2 jobs must specify proxy_profile"


def test_run_ends_with_2_when_the_source_is_damaged(workplace: Workplace) -> None:
    damaged = _damaged(workplace)
    spec = workplace.spec("proxy_h264_low", sources=[str(damaged)])
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert result["final_status"] == "FAILED"
    assert result["failure"]["code"] == "ENGINE_FAILED"
    assert result["clips"][0]["engine_log_tail"]
    assert list(workplace.published()) == []


def test_run_ends_with_3_when_a_later_clip_fails(workplace: Workplace) -> None:
    sources = [str(workplace.clips / "bikes.mp4"), str(_damaged(workplace))]
    sources.append(str(workplace.clips / "carphone_pristine.mp4"))
    spec = workplace.spec("proxy_h264_quarter", sources=sources)
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 3
    result = json.loads(done.stdout)
    assert result["final_status"] == "PARTIAL"
    statuses = [clip["status"] for clip in result["clips"]]
    assert statuses == ["COMPLETED", "FAILED", "NOT_ATTEMPTED"]
    assert [path.name for path in workplace.published()] == ["bikes_proxy.mp4"]


def test_two_sources_of_one_name_collide_before_anything_runs(workplace: Workplace) -> None:
    other = workplace.root / "card2"
    other.mkdir()
    twin = other / "bikes.mp4"
    twin.write_bytes((workplace.clips / "bikes.mp4").read_bytes())
    sources = [str(workplace.clips / "bikes.mp4"), str(twin)]
    spec = workplace.spec("proxy_h264_quarter", sources=sources)
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    assert json.loads(done.stdout)["failure"]["code"] == "OUTPUT_COLLISION"
    assert list(workplace.proxies.iterdir()) == []


def test_a_raw_clip_with_an_ffmpeg_profile_fails_with_the_quoted_message(
    workplace: Workplace,
) -> None:
    raw = workplace.root / "A001_C001.ari"
    raw.write_bytes(b"ARRI")
    spec = workplace.spec("proxy_h264_low", sources=[str(raw)])
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failure"]
    assert failure["message"] == (
        "Profile 'proxy_h264_low' requires ffmpeg engine, but job routes to resolve"
    )


def test_a_standard_clip_with_a_resolve_profile_fails_with_the_quoted_message(
    workplace: Workplace,
) -> None:
    spec = workplace.spec("proxy_prores_proxy_resolve", "bikes.mp4")
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failure"]
    assert failure["message"] == (
        "Profile 'proxy_prores_proxy_resolve' requires resolve engine, but job routes to ffmpeg"
    )


def test_raw_and_standard_in_one_job_are_refused_with_both_counts(workplace: Workplace) -> None:
    raw = workplace.root / "A001_C001.R3D"
    raw.write_bytes(b"RED2")
    sources = [str(workplace.clips / "bikes.mp4"), str(raw)]
    spec = workplace.spec("proxy_h264_low", sources=sources)
    done = proxx("run", workplace.write_spec("job.json", spec))
    assert done.returncode == 1
    failure = json.loads(done.stdout)["failure"]
    assert failure["code"] == "SOURCE_MIXED_ENGINES"
    assert "1 source(s) for FFmpeg" in failure["message"]
    assert "1 camera RAW" in failure["message"]


def test_profiles_are_listed_and_shown() -> None:
    listed = proxx("profiles")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == list(profiles())
    shown = proxx("profiles", "proxy_dnxhr_lb", "--json")
    assert json.loads(shown.stdout)["ffmpeg"]["encoder"] == "dnxhd"
    unknown = proxx("profiles", "proxy_h265")
    assert unknown.returncode == 1
    assert "Unknown proxy profile 'proxy_h265'" in unknown.stderr


@pytest.mark.parametrize("command", ["profiles", "user-profiles"])
def test_a_refusal_in_json_is_an_answer_on_stdout(command: str) -> None:
    done = proxx(command, "no_such_profile", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["failure"]["code"] in ("PROFILE_UNKNOWN", "USER_PROFILE_UNKNOWN")


@pytest.mark.parametrize(
    "command", ["validate", "run", "watch", "create", "profiles", "user-profiles", "schema"]
)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    done = proxx(command, "--help")
    assert done.returncode == 0
    assert f"proxx {command}" in done.stdout.split("example:")[1]
    assert "4 for a wrong command line" in done.stdout


def test_a_closed_log_costs_no_job(workplace: Workplace) -> None:
    spec = workplace.write_spec("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "proxx_daemon", "run", str(spec)],
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
            env=dict(os.environ),
        )
    assert done.returncode == 0
    assert json.loads(done.stdout)["final_status"] == "COMPLETED"


@pytest.mark.parametrize("unbuffered", [{}, {"PYTHONUNBUFFERED": "1"}])
def test_an_answer_that_cannot_be_written_is_a_system_error(unbuffered: dict[str, str]) -> None:
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "proxx_daemon", "profiles"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            env=environment | unbuffered,
        )
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        b"proxx profiles: its output cannot be written to stdout: No space left on device."
    ]


_COMMANDS = (
    *("validate", "run", "watch", "create", "profiles", "user-profiles", "status", "pause"),
    *(
        "resume",
        "cancel",
        "drain",
        "resubmit",
        "discard",
        "doctor",
        "schema",
        "fingerprint",
        "verify",
    ),
    "reproduce",
)


@pytest.mark.parametrize(
    "words",
    [(), ("--no-such-option",), ("no-such-command", "validate"), *((n,) for n in _COMMANDS)],
)
def test_a_wrong_command_line_ends_with_4_and_says_what_is_wrong(words: tuple[str, ...]) -> None:
    done = proxx(*words, *(("--no-such-option",) if words else ()))
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("usage: proxx")
    assert "Traceback" not in done.stderr


def test_a_command_that_does_not_exist_is_answered_with_every_one_that_does() -> None:
    done = proxx("no-such-command", "validate")
    assert all(f"'{name}'" in done.stderr for name in _COMMANDS)


@pytest.mark.parametrize(("action", "code"), [("pause", 0), ("drain", 1)])
def test_an_operators_command_answers_as_json_too(
    action: str, code: int, workplace: Workplace
) -> None:
    (workplace.watch / ".proxx" / "requests").mkdir(parents=True)
    (workplace.watch / ".proxx" / "lock").touch()
    done = proxx(action, workplace.watch, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["done"], done.stderr) == (code, code == 0, "")
    assert "No daemon serves" in answer["message"]


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "soon"])
def test_a_wait_without_an_end_is_a_wrong_command_line(seconds: str, workplace: Workplace) -> None:
    done = proxx("pause", workplace.watch, f"--wait-seconds={seconds}")
    assert done.returncode == 4
    assert f"'{seconds}' is not a number of seconds" in done.stderr


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_help_that_cannot_be_written_is_a_system_error(option: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "proxx_daemon", option],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, len(done.stderr.splitlines())) == (4, 1)


@pytest.mark.parametrize(("name", "code"), [("proxy_h264_low", 0), ("proxy_h265", 1)])
def test_a_command_without_any_stderr_ends_with_its_code(name: str, code: int) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "{sys.executable}" -m proxx_daemon profiles {name} 2>&-'],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == code


def test_nothing_is_said_when_nobody_reads_the_answer_any_more() -> None:
    environment = {key: os.environ[key] for key in os.environ if key != "PYTHONUNBUFFERED"}
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "proxx_daemon", "profiles"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        env=environment,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (4, b"")


def _damaged(workplace: Workplace) -> Path:
    """Make a clip whose header is whole and whose picture data is not."""
    content = bytearray((workplace.clips / "bigbuckbunny.mp4").read_bytes())
    # Behind what the checks decode of the sound.
    start = content.find(b"mdat") + 400_000
    chance = random.Random(1)  # noqa: S311 - reproducible damage, not secrets
    for _ in range(300):
        content[chance.randrange(start, start + 500_000)] ^= 0xFF
    path = workplace.root / "damaged.mp4"
    path.write_bytes(content)
    return path
