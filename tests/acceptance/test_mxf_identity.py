"""Every MXF proxy is told apart from every other, in the same way on every run."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from media_facts import facts
from proxx_process import Workplace, misbehaving_engine, proxx

from proxx_daemon.engines.engine import EngineTools

_PROFILE = "proxy_dnxhr_lb"


def _run(workplace: Workplace, *names: str, **fields: Any) -> dict[str, Any]:
    spec = workplace.write_spec("job.json", workplace.spec(_PROFILE, *names, **fields))
    done = proxx("run", spec)
    assert done.returncode == 0, done.stdout
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _ids(clip: dict[str, Any]) -> dict[str, str]:
    checks = (each for each in clip["verification"] if each["name"].startswith("mxf_"))
    return {each["name"]: each["found"] for each in checks if each["passed"]}


def _clip(tools: EngineTools, path: Path, hertz: int, *more: str) -> Path:
    picture = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1")
    sound = ("-f", "lavfi", "-i", f"sine=d=1:f={hertz}", "-c:a", "pcm_s16le")
    coding = ("-c:v", "libx264", "-timecode", "10:00:00:00")
    argv = [tools.ffmpeg, "-v", "error", *picture, *sound, *coding, *more, str(path)]
    subprocess.run(argv, check=True)
    return path


@pytest.fixture
def short(workplace: Workplace, tools: EngineTools) -> Path:
    """Make a short clip with sound for the tests that read whole files."""
    return _clip(tools, workplace.root / "short.mov", 440)


def test_a_second_run_gives_the_same_ids_and_bytes_under_another_name(
    workplace: Workplace, short: Path
) -> None:
    clips = [
        _run(workplace, sources=[str(short)], naming_template=name, job_id=name)["clips"][0]
        for name in ("one", "two")
    ]
    assert len(_ids(clips[0])) == 2
    assert _ids(clips[0]) == _ids(clips[1])
    assert clips[0]["output_fingerprint"] == clips[1]["output_fingerprint"]
    assert clips[0]["transformation_fingerprint"] == clips[1]["transformation_fingerprint"]


def test_two_sources_of_one_job_have_ids_of_their_own(
    workplace: Workplace, tools: EngineTools, short: Path
) -> None:
    # Of the same length, with the same picture and the same header.
    other = _clip(tools, workplace.root / "other.mov", 880)
    assert other.stat().st_size == short.stat().st_size
    clips = _run(workplace, sources=[str(short), str(other)])["clips"]
    ids = [value for clip in clips for value in _ids(clip).values()]
    assert len(set(ids)) == 4


def test_clips_of_one_reel_share_its_id(workplace: Workplace, tools: EngineTools) -> None:
    sources = []
    for number, reel in enumerate(("A001", "A001", "A002")):
        path = workplace.root / f"{number}.mov"
        _clip(tools, path, 440 + number, "-metadata:s:v:0", f"reel_name={reel}")
        sources.append(str(path))
    clips = _run(workplace, sources=sources)["clips"]
    tapes = [_ids(clip)["mxf_tape_umid"] for clip in clips]
    assert tapes[0] == tapes[1] != tapes[2]
    read = [
        facts(tools.ffprobe, Path(clip["resolved_output_path"])).video["tags"]["reel_umid"]
        for clip in clips
    ]
    assert read == tapes


def test_ffprobe_reads_the_ids_that_the_result_records(
    workplace: Workplace, tools: EngineTools, short: Path
) -> None:
    ids = _ids(_run(workplace, sources=[str(short)])["clips"][0])
    (made,) = workplace.published()
    found = facts(tools.ffprobe, made)
    assert found.header["tags"]["material_package_umid"] == ids["mxf_material_umid"]
    for stream in (found.video, *found.audio):
        assert stream["tags"]["file_package_umid"] == ids["mxf_file_umid"]
    assert not re.search(r"0{20}$", ids["mxf_material_umid"] + ids["mxf_file_umid"])


def _decoded(ffmpeg: str, path: Path) -> str:
    """Decode picture and sound and give the hash of every frame."""
    argv = [ffmpeg, "-v", "error", "-i", str(path), "-map", "0", "-f", "framemd5", "-"]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    # Versions differ in what they say about the streams; frames are what counts.
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith("#"))


def test_the_frames_are_those_that_the_engine_wrote(
    workplace: Workplace, tools: EngineTools, short: Path
) -> None:
    clip = _run(workplace, sources=[str(short)])["clips"][0]
    (made,) = workplace.published()
    raw = workplace.root / "raw.mxf"
    subprocess.run([*clip["command"][:-1], f"file:{raw}"], check=True, capture_output=True)
    assert raw.stat().st_size == made.stat().st_size
    assert raw.read_bytes() != made.read_bytes()
    assert _decoded(tools.ffmpeg, made) == _decoded(tools.ffmpeg, raw)


def test_a_second_version_of_ffmpeg_decodes_the_same_frames(
    workplace: Workplace, tools: EngineTools, short: Path
) -> None:
    second = os.environ.get("PROXX_TEST_SECOND_FFMPEG")
    if not second:
        pytest.skip("PROXX_TEST_SECOND_FFMPEG does not name an ffmpeg of another version")
    _run(workplace, sources=[str(short)])
    (made,) = workplace.published()
    assert _decoded(second, made) == _decoded(tools.ffmpeg, made)


def test_a_layout_that_is_not_known_fails_the_clip_and_publishes_nothing(
    workplace: Workplace, tools: EngineTools, short: Path
) -> None:
    spec = workplace.write_spec("job.json", workplace.spec(_PROFILE, sources=[str(short)]))
    engine = misbehaving_engine(workplace, tools, "writes_another_layout")
    done = proxx("run", spec, environment=engine)
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert result["failure"]["code"] == "OUTPUT_LAYOUT_UNEXPECTED"
    assert "24 content packages" in result["failure"]["message"]
    assert list(workplace.published()) == []
    assert Path(result["clips"][0]["partial_path"]).exists()
