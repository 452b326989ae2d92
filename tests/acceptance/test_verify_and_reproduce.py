"""Proxies are proven to be what was recorded, and to come out again byte for byte."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from proxx_process import Workplace, misbehaving_engine, proxx

import proxx_daemon
from proxx_daemon.engines.engine import EngineTools

_PROFILES = ("proxy_h264_quarter", "proxy_prores_proxy", "proxy_dnxhr_lb")


@frozen
class Job:
    """A job that ran, with copies of its source and its result to change at will."""

    place: Workplace
    source: Path
    result_path: Path
    proxy: Path

    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.result_path.read_text())
        return result

    def edit(self, *path: str | int, to: object) -> None:
        """Change one value of the result."""
        result = self.result()
        inner: Any = result
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = to
        self.result_path.write_text(json.dumps(result))

    @property
    def scratch(self) -> Path:
        path = self.place.root / "scratch"
        path.mkdir(exist_ok=True)
        return path

    def reproduce(self, **environment: str) -> subprocess.CompletedProcess[str]:
        arguments = ("reproduce", "--scratch", self.scratch, self.result_path)
        return proxx(*arguments, environment=environment)

    def verify(self, *more: str | Path) -> subprocess.CompletedProcess[str]:
        return proxx("verify", *more, self.result_path)


def _made(workplace: Workplace, tools: EngineTools, profile: str, **environment: str) -> Job:
    source = workplace.root / "short.mov"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1")
    sound = ("-f", "lavfi", "-i", "sine=d=1", "-c:a", "pcm_s16le", "-c:v", "libx264")
    argv = [tools.ffmpeg, "-v", "error", *picture, *sound, str(source)]
    subprocess.run(argv, check=True)
    spec = workplace.spec(profile, sources=[str(source)], job_id="proof")
    done = proxx("run", workplace.write_spec("job.json", spec), environment=environment)
    assert done.returncode == 0, done.stdout
    path = workplace.root / "job.result.json"
    path.write_text(done.stdout)
    (proxy,) = workplace.published()
    return Job(workplace, source, path, proxy)


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, clips: Path, tools: EngineTools
) -> tuple[Job, list[bytes]]:
    """Run a job that makes one small proxy; gives its files' content too."""
    job = _made(Workplace(tmp_path_factory.mktemp("made"), clips), tools, "proxy_h264_quarter")
    return job, [path.read_bytes() for path in (job.source, job.result_path, job.proxy)]


@pytest.fixture
def job(made: tuple[Job, list[bytes]]) -> Job:
    """Give that job with all its files as they were, and nothing beside them."""
    job, contents = made
    shutil.rmtree(job.scratch)
    for name in ("elsewhere", "engine", "installed"):
        shutil.rmtree(job.place.root / name, ignore_errors=True)
    job.proxy.unlink(missing_ok=True)
    for path, content in zip((job.source, job.result_path, job.proxy), contents, strict=True):
        path.write_bytes(content)
    return job


def _flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("profile", _PROFILES)
def test_a_proxy_is_verified_and_reproduced_and_nothing_is_touched(
    profile: str, workplace: Workplace, tools: EngineTools
) -> None:
    job = _made(workplace, tools, profile)
    before = [os.stat(path) for path in (job.proxy, job.source, job.result_path)]
    for done in (job.verify(), job.reproduce()):
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 of 1 proxies are identical" in done.stdout
    after = [os.stat(path) for path in (job.proxy, job.source, job.result_path)]
    assert [s.st_mtime_ns for s in before] == [s.st_mtime_ns for s in after]
    assert list(job.scratch.iterdir()) == []
    assert os.listdir(workplace.proxies) == [job.proxy.name]


def _cut(job: Job) -> None:
    os.truncate(job.proxy, job.proxy.stat().st_size - 1)


def _changed_byte(job: Job) -> None:
    _flip(job.proxy, job.proxy.stat().st_size // 2)


def _removed(job: Job) -> None:
    job.proxy.unlink()


def _pipe_in_its_place(job: Job) -> None:
    job.proxy.unlink()
    os.mkfifo(job.proxy)


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_cut, "OUTPUT_SIZE_DIFFERS"),
        (_changed_byte, "OUTPUT_DIGEST_DIFFERS"),
        (_removed, "OUTPUT_GONE"),
        (_pipe_in_its_place, "OUTPUT_GONE"),
    ],
)
def test_a_tampered_proxy_fails_verification(
    tamper: Callable[[Job], None], code: str, job: Job
) -> None:
    tamper(job)
    done = job.verify()
    assert done.returncode == 2
    assert f"[{code}]" in done.stdout
    assert "do: " in done.stdout
    answer = json.loads(job.verify("--json").stdout)
    assert answer["verdict"] == "different"
    assert [each["code"] for each in answer["clips"][0]["reasons"]] == [code]


def test_proxies_that_were_moved_are_verified_where_they_are(job: Job) -> None:
    elsewhere = job.place.root / "elsewhere"
    elsewhere.mkdir()
    shutil.move(job.proxy, elsewhere)
    assert job.verify().returncode == 2
    assert job.verify("--in", elsewhere).returncode == 0


def test_an_altered_proxy_is_told_from_a_changed_encode_and_the_byte_is_located(
    job: Job,
) -> None:
    content = job.proxy.read_bytes()
    offset = content.index(b"stsz") + 20
    _flip(job.proxy, offset)
    done = job.reproduce()
    assert done.returncode == 2
    assert "[OUTPUT_ALTERED]" in done.stdout
    assert f"first difference at byte {offset}: box moov/trak/mdia/minf/stbl/stsz" in done.stdout
    (kept,) = job.scratch.glob("*/*")
    assert kept.read_bytes() == content
    assert str(kept) in done.stdout


def test_an_engine_that_does_not_repeat_itself_is_found_out(
    workplace: Workplace, tools: EngineTools
) -> None:
    engine = misbehaving_engine(workplace, tools, "never_writes_the_same")
    job = _made(workplace, tools, "proxy_h264_quarter", **engine)
    size = job.proxy.stat().st_size
    done = job.reproduce(**engine)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "[REENCODE_DIFFERS]" in done.stdout
    place = int(done.stdout.partition("first difference at byte ")[2].partition(":")[0])
    assert size - 16 <= place < size
    assert "box free" in done.stdout


def test_a_proxy_that_is_gone_is_reproduced_against_its_record(job: Job) -> None:
    job.proxy.unlink()
    done = job.reproduce()
    assert done.returncode == 0, done.stdout
    assert "its recorded SHA-256 is used instead" in done.stdout
    assert list(job.place.published()) == []


def _impossible(done: subprocess.CompletedProcess[str], job: Job, code: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"[{code}]" in done.stdout + done.stderr
    assert "encoding again" not in done.stderr
    assert list(job.scratch.iterdir()) == []


def test_another_engine_cannot_reproduce(job: Job, tools: EngineTools) -> None:
    # It says the same version and is another program.
    engine = misbehaving_engine(job.place, tools, "none")
    done = job.reproduce(**engine)
    _impossible(done, job, "ENGINE_DIFFERS")
    assert tools.ffmpeg in done.stderr
    assert engine["PROXX_FFMPEG"] in done.stderr


def test_a_changed_profile_cannot_reproduce(job: Job) -> None:
    package = Path(proxx_daemon.__file__).parent
    copy = job.place.root / "installed"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, copy / "proxx_daemon", ignore=leave)
    shutil.copytree(package.parent / "profiles", copy / "profiles")
    profile = copy / "profiles" / "canonical" / "proxy_h264_quarter.toml"
    text = profile.read_text()
    changed = text.replace('"-crf", "', '"-crf", "1')
    assert changed != text
    profile.write_text(changed)
    argv = [sys.executable, "-m", "proxx_daemon", "reproduce", "--scratch", str(job.scratch)]
    done = subprocess.run(
        [*argv, str(job.result_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
    )
    _impossible(done, job, "PROFILE_DIFFERS")
    assert "proxy_h264_quarter" in done.stderr


def _append(job: Job) -> None:
    with job.source.open("ab") as file:
        file.write(b"\0\0\0\x08free")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_append, "SOURCE_DIFFERS"),
        (lambda job: job.source.unlink(), "SOURCE_MISSING"),
        (lambda job: job.edit("_metadata", "engine_used", to="resolve"), "ENGINE_NOT_REPEATABLE"),
        (lambda job: job.edit("_metadata", "engine_sha256", to=None), "RECORD_INCOMPLETE"),
        (
            lambda job: job.edit("jobspec", "fps_mode", to="explicit"),
            "FIELD_MISSING",
        ),
        (lambda job: job.edit("clips", 0, "command", 2, to="-y"), "COMMAND_DIFFERS"),
        (lambda job: job.edit("jobspec", "sources", to=["/b.mov"]), "RESULT_INVALID"),
    ],
)
def test_what_is_not_as_recorded_cannot_be_reproduced(
    change: Callable[[Job], None], code: str, job: Job
) -> None:
    change(job)
    _impossible(job.reproduce(), job, code)


def test_completed_clips_of_a_partial_job_are_proven(
    workplace: Workplace, tools: EngineTools
) -> None:
    job = _made(workplace, tools, "proxy_h264_quarter")
    broken = bytearray((workplace.clips / "bikes.mp4").read_bytes())
    start = broken.find(b"mdat") + 4 + len(broken) // 4
    broken[start : start + 20_000] = b"\xff" * 20_000
    damaged = workplace.root / "damaged.mp4"
    damaged.write_bytes(broken)
    sources = [str(job.source), str(damaged)]
    spec = workplace.spec("proxy_h264_quarter", sources=sources, naming_template="p_{index}")
    done = proxx("run", workplace.write_spec("partial.json", spec))
    assert done.returncode == 3
    job.result_path.write_text(done.stdout)
    for proof in (job.verify(), job.reproduce()):
        assert proof.returncode == 0, proof.stdout
        assert "1 of 1 proxies" in proof.stdout


def test_a_result_without_a_proxy_proves_nothing(workplace: Workplace) -> None:
    path = workplace.root / "result.json"
    path.write_text(proxx("run", workplace.write_spec("job.json", b"{}")).stdout)
    for command in ("verify", "reproduce"):
        done = proxx(command, path)
        assert done.returncode == 1
        assert "[NOTHING_PUBLISHED]" in done.stderr


def test_what_is_no_result_is_refused_with_every_problem(workplace: Workplace) -> None:
    path = workplace.write_spec("no.json", {"clips": [1], "result_version": "9"})
    for command in ("verify", "reproduce"):
        done = proxx(command, path)
        assert done.returncode == 1
        for problem in ("result_version must be", "'final_status' is missing", "clips[0] must be"):
            assert problem in done.stderr


def test_a_result_that_is_not_there_is_a_system_error(workplace: Workplace) -> None:
    for command in ("verify", "reproduce"):
        done = proxx(command, workplace.root / "none.json")
        assert (done.returncode, done.stdout) == (4, "")
        assert "No such file" in done.stderr


def test_a_scratch_folder_that_is_not_there_is_a_system_error(job: Job) -> None:
    done = proxx("reproduce", "--scratch", job.place.root / "none", job.result_path)
    assert done.returncode == 4
    assert "[SCRATCH_UNUSABLE]" in done.stderr


def test_the_digest_in_the_result_is_that_of_the_file(job: Job) -> None:
    recorded = job.result()["clips"][0]["output_fingerprint"]["value"]
    assert hashlib.sha256(job.proxy.read_bytes()).hexdigest() == recorded
