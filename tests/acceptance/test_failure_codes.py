"""Failure codes that no other acceptance test provokes, each through the real commands."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from display_matrix import turn
from proxx_process import Workplace, misbehaving_engine, proxx

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.failures.codes import Code


def _failure(workplace: Workplace, spec: object, **environment: str) -> dict[str, Any]:
    """Run a spec and give its failure; its texts must be those of the table."""
    done = proxx("run", workplace.write_spec("job.json", spec), environment=environment)
    result = json.loads(done.stdout)
    failure: dict[str, Any] = result["failure"]
    kind = Code(failure["code"])
    assert failure["class"] == kind.failure_class
    assert failure["message"]
    assert failure["action"]
    assert done.returncode in {"validation": (1,), "execution": (2, 3)}[failure["class"]]
    return failure


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"jobspec_version": "1.0.0"}, Code.VERSION_UNSUPPORTED),
        ({"proxy_profile": "proxy_h265"}, Code.PROFILE_UNKNOWN),
        ({"proxy_profile": ""}, Code.PROFILE_MISSING),
        ({"codec": "dnxhd", "container": "mov"}, Code.VALIDATION_FAILED),
        ({"naming_template": "{reel}"}, Code.TOKEN_UNRESOLVED),
        ({"naming_template": "a/{source_name}"}, Code.NAME_INVALID),
        ({"naming_template": ".."}, Code.NAME_INVALID),
        ({"naming_template": "x" * 252}, Code.NAME_INVALID),
        ({"output_directory": "/nonexistent/proxies"}, Code.OUTPUT_DIRECTORY_MISSING),
        ({"output_directory": "/dev/null"}, Code.OUTPUT_DIRECTORY_NOT_A_DIRECTORY),
        ({"sources": ["/dev/zero"]}, Code.SOURCE_NOT_A_FILE),
        ({"sources": ["/media/" + "x" * 300]}, Code.SOURCE_UNREADABLE),
    ],
)
def test_a_spec_with_one_fault_fails_with_its_code(
    changes: dict[str, Any], code: Code, workplace: Workplace
) -> None:
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4") | changes
    assert _failure(workplace, spec)["code"] == code


def test_dnxhd_in_mov_is_refused_with_the_quoted_text(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_dnxhr_lb", "bikes.mp4", codec="dnxhd", container="mov")
    errors = _failure(workplace, spec)["errors"]
    (problem,) = [error for error in errors if error["code"] == Code.DNXHD_CONTAINER]
    assert problem["message"] == (
        "DNxHD must be wrapped in MXF. DNxHD-in-MOV is non-standard and unsupported.\n"
        "  Use MXF container for DNxHD output, or switch to DNxHR which supports MOV."
    )


def test_an_output_directory_that_cannot_be_looked_at_is_refused(workplace: Workplace) -> None:
    loop = workplace.root / "loop"
    loop.symlink_to(loop)
    spec = workplace.spec("proxy_h264_quarter", "bikes.mp4", output_directory=str(loop))
    assert _failure(workplace, spec)["code"] == Code.OUTPUT_DIRECTORY_NOT_WRITABLE


def test_a_folder_in_place_of_a_spec_is_refused(workplace: Workplace) -> None:
    done = proxx("run", workplace.proxies)
    assert done.returncode == 1
    assert json.loads(done.stdout)["failure"]["code"] == Code.SPEC_NOT_A_FILE


def _ffmpeg(tools: EngineTools, *arguments: str) -> None:
    subprocess.run([tools.ffmpeg, "-v", "error", *arguments], check=True, capture_output=True)


def _lavfi(rate: int, seconds: float) -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r={rate}:d={seconds}")


def _empty(_: EngineTools, path: Path) -> None:
    path.write_bytes(b"")


def _text(_: EngineTools, path: Path) -> None:
    path.write_text("#!/bin/sh\n" * 100)


def _one_frame(tools: EngineTools, path: Path) -> None:
    _ffmpeg(tools, *_lavfi(25, 0.04), "-frames:v", "1", "-f", "matroska", str(path))


def _truncated(tools: EngineTools, path: Path) -> None:
    whole = path.with_suffix(".whole")
    _ffmpeg(tools, *_lavfi(25, 20), "-g", "25", "-f", "matroska", str(whole))
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) // 3])


def _half_copied(tools: EngineTools, path: Path) -> None:
    """Cut a file with its index in front, as a copy that was interrupted leaves it."""
    _ffmpeg(tools, *_lavfi(25, 1), "-movflags", "+faststart", "-f", "mov", str(path))
    os.truncate(path, path.stat().st_size * 9 // 10)


def _without_places(tools: EngineTools, path: Path) -> None:
    """Take from the index where the frames are."""
    _ffmpeg(tools, *_lavfi(25, 1), "-f", "mov", str(path))
    path.write_bytes(path.read_bytes().replace(b"stco", b"free"))


def _encrypted_later(tools: EngineTools, path: Path) -> None:
    """Say only in the last fragment that it is encrypted."""
    fragments = ("-g", "5", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4")
    _ffmpeg(tools, *_lavfi(25, 1), *fragments, str(path))
    content = path.read_bytes()
    place = content.rindex(b"tfdt")
    path.write_bytes(content[:place] + b"senc" + content[place + 4 :])


def _twelve(tools: EngineTools, path: Path) -> None:
    _ffmpeg(tools, *_lavfi(12, 1), "-f", "mov", str(path))


def _timed(tools: EngineTools, path: Path) -> None:
    _ffmpeg(tools, *_lavfi(25, 1), "-timecode", "10:00:00:24", "-f", "mov", str(path))
    # QuickTime's timecode counts the frames since midnight: behind the last one there is none.
    number = (10 * 3600 * 25 + 24).to_bytes(4, "big")
    content = path.read_bytes()
    assert content.count(number) == 1
    path.write_bytes(content.replace(number, (24 * 3600 * 25).to_bytes(4, "big")))


def _turned(tools: EngineTools, path: Path) -> None:
    _ffmpeg(tools, *_lavfi(25, 1), "-f", "mov", str(path))
    turn(path, 45)


def _varying(tools: EngineTools, path: Path) -> None:
    uneven = "setpts='if(lt(N,10),N,10+(N-10)*3)/25/TB'"
    arguments = ("-vf", uneven, "-fps_mode", "vfr", "-c:v", "libx264", "-f", "mov")
    _ffmpeg(tools, *_lavfi(25, 2), *arguments, str(path))


def _two_at_once(tools: EngineTools, path: Path) -> None:
    """Show two frames at one time."""
    times = ("-bsf:v", "setts=pts='PTS-eq(N,9)*DURATION':dts='DTS-3*DURATION'", "-f", "mp4")
    _ffmpeg(tools, *_lavfi(25, 1), "-c:v", "libx264", "-bf", "0", *times, str(path))


def _damaged_beginning(tools: EngineTools, path: Path) -> None:
    """Leave out the first key frame, and damage a frame after the next one."""
    whole = path.with_suffix(".mkv")
    damage = ("-bsf:v", "noise=drop='lt(n,5)',noise=amount='eq(n,20)'", "-f", "matroska")
    _ffmpeg(tools, *_lavfi(25, 2), "-c:v", "libx264", "-bf", "0", "-g", "15", str(whole))
    _ffmpeg(tools, "-i", str(whole), "-c", "copy", *damage, str(path))


def _opus(tools: EngineTools, path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=d=1")
    codecs = ("-c:v", "libx264", "-c:a", "libopus", "-f", "matroska")
    _ffmpeg(tools, *_lavfi(25, 1), *tone, *codecs, str(path))


@pytest.mark.parametrize(
    ("make", "profile", "code"),
    [
        (_empty, "proxy_h264_low", Code.SOURCE_EMPTY),
        (_text, "proxy_h264_low", Code.SOURCE_NOT_MEDIA),
        (_one_frame, "proxy_h264_low", Code.SOURCE_LENGTH_UNKNOWN),
        (_truncated, "proxy_h264_low", Code.SOURCE_TRUNCATED),
        (_half_copied, "proxy_h264_low", Code.SOURCE_TRUNCATED),
        (_without_places, "proxy_h264_low", Code.SOURCE_DAMAGED),
        (_two_at_once, "proxy_h264_low", Code.SOURCE_TIMES_INVALID),
        (_damaged_beginning, "proxy_h264_low", Code.SOURCE_UNDECODABLE),
        (_encrypted_later, "proxy_h264_low", Code.SOURCE_ENCRYPTED),
        (_twelve, "proxy_dnxhr_lb", Code.SOURCE_RATE_UNSUPPORTED),
        (_varying, "proxy_dnxhr_lb", Code.SOURCE_VARIABLE_RATE),
        (_timed, "proxy_h264_low", Code.SOURCE_TIMECODE_INVALID),
        (_turned, "proxy_h264_low", Code.SOURCE_ROTATION_UNSUPPORTED),
        (_opus, "proxy_prores_proxy", Code.AUDIO_UNSUPPORTED),
    ],
)
def test_a_source_that_cannot_become_this_proxy_is_refused_before_anything_runs(
    make: Callable[[EngineTools, Path], None],
    profile: str,
    code: Code,
    workplace: Workplace,
    tools: EngineTools,
) -> None:
    source = workplace.root / "source.bin"
    make(tools, source)
    failure = _failure(workplace, workplace.spec(profile, sources=[str(source)]))
    assert failure["code"] == code, failure["message"]
    assert failure["class"] == "validation"
    assert list(workplace.proxies.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "code", "settings"),
    [
        ("broken", Code.ENGINE_UNUSABLE, {}),
        ("no_encoder", Code.ENGINE_LACKS_ENCODER, {}),
        ("vanishes", Code.ENGINE_NOT_STARTED, {}),
        ("probe_hangs", Code.SOURCE_PROBE_TIMEOUT, {"PROXX_PROBE_SECONDS": "0.5"}),
        ("stays_silent", Code.ENGINE_STALLED, {"PROXX_STALL_SECONDS": "0.5"}),
        ("never_ends", Code.ENGINE_TIMEOUT, {"PROXX_ENGINE_SECONDS": "0.5"}),
        ("writes_nothing", Code.OUTPUT_NOT_WRITTEN, {}),
        ("writes_garbage", Code.OUTPUT_UNREADABLE, {}),
        ("cuts_short", Code.VERIFICATION_FAILED, {}),
        ("takes_the_name", Code.PUBLISH_REFUSED, {}),
        ("replaces_the_folder", Code.OUTPUT_IO_ERROR, {}),
    ],
)
def test_a_misbehaving_engine_fails_the_job_with_its_code(
    fault: str, code: Code, settings: dict[str, str], workplace: Workplace, tools: EngineTools
) -> None:
    spec = workplace.spec("proxy_h264_low", "bikes.mp4")
    failure = _failure(workplace, spec, **misbehaving_engine(workplace, tools, fault), **settings)
    assert failure["code"] == code, failure["message"]
    if fault == "takes_the_name":
        assert (workplace.proxies / "bikes_proxy.mp4").read_text() == "mine"


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("complains", "FFmpeg exited with code 1: Invalid data found when processing input"),
        (
            "drops_the_picture",
            "Output file generated but failed verification: no video streams detected",
        ),
    ],
)
def test_an_execution_failure_has_the_quoted_message(
    fault: str, message: str, workplace: Workplace, tools: EngineTools
) -> None:
    spec = workplace.spec("proxy_h264_low", "bikes.mp4")
    assert (
        _failure(workplace, spec, **misbehaving_engine(workplace, tools, fault))["message"]
        == message
    )


def test_a_missing_source_has_the_quoted_message(workplace: Workplace) -> None:
    spec = workplace.spec("proxy_h264_low", sources=["/path/to/source.mov"])
    message = "Source file '/path/to/source.mov' does not exist."
    assert _failure(workplace, spec)["message"] == message


def test_a_journal_that_cannot_be_written_fails_the_job_and_not_the_daemon(
    workplace: Workplace, tools: EngineTools
) -> None:
    daemon = workplace.start(**misbehaving_engine(workplace, tools, "loses_the_journal"))
    workplace.drop("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    state, result = workplace.wait_filed("job.json")
    assert state == "failed"
    assert result["failure"]["code"] == Code.SPOOL_IO_ERROR
    assert list(workplace.published()) == []
    assert not daemon.ended()


def _on_a_small_volume(workplace: Workplace, kilobytes: int, spec: object) -> dict[str, Any]:
    """Run a spec whose output folder is a volume of that size, in a mount namespace."""
    path = workplace.write_spec("job.json", spec)
    script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && exec "$3" -m proxx_daemon run "$4"'
    arguments = [f"{kilobytes}k", str(workplace.proxies), sys.executable, str(path)]
    done = subprocess.run(
        ["/usr/bin/unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    failure: dict[str, Any] = json.loads(done.stdout)["failure"]
    return failure


def test_a_job_that_is_likely_not_to_fit_is_refused_before_anything_runs(
    workplace: Workplace, tools: EngineTools
) -> None:
    # Two 8K pictures hours apart, made constant at 240 frames per second: many terabytes.
    source = workplace.root / "hours.mov"
    black = ("-f", "lavfi", "-i", "color=black:s=7680x4320:r=1:d=2")
    apart = ("-vf", "setpts=N*10000/TB", "-fps_mode", "vfr", "-c:v", "libx264", "-f", "mov")
    _ffmpeg(tools, *black, *apart, "-preset", "ultrafast", str(source))
    spec = workplace.spec("proxy_prores_lt", fps_mode="explicit", fps_explicit=240)
    failure = _failure(workplace, spec | {"sources": [str(source)]})
    assert failure["code"] == Code.OUTPUT_NO_SPACE
    assert "MB free" in failure["message"]


@pytest.mark.slow  # needs a mount namespace, which containers often forbid
def test_a_volume_that_fills_up_during_the_encode_fails_the_clip(
    workplace: Workplace, tools: EngineTools
) -> None:
    # Noise needs ten times what footage does: the estimate of 6 KB lets it pass.
    noise = workplace.root / "noise.mov"
    source = ("-f", "lavfi", "-i", "nullsrc=s=320x180:r=25:d=1,geq=random(1)*255:128:128")
    _ffmpeg(tools, *source, "-c:v", "libx264", "-crf", "10", "-f", "mov", str(noise))
    spec = workplace.spec("proxy_h264_quarter", sources=[str(noise)])
    failure = _on_a_small_volume(workplace, 16, spec)
    assert failure["code"] == Code.DISK_FULL


def test_a_defect_fails_its_job_with_its_code_and_the_next_job_runs(workplace: Workplace) -> None:
    folder = Path(__file__).parents[1] / "programs" / "defective_python"
    known = os.environ.get("PYTHONPATH")
    search = os.pathsep.join([str(folder), known] if known else [str(folder)])
    daemon = workplace.start(PYTHONPATH=search)
    workplace.drop("a.json", workplace.spec("proxy_h264_low", "bikes.mp4", job_id="DEFECT"))
    workplace.drop("b.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    state, result = workplace.wait_filed("a.json")
    assert state == "failed"
    assert result["failure"]["class"] == "execution"
    assert result["failure"]["code"] == Code.INTERNAL_ERROR
    assert result["failure"]["message"] == "ZeroDivisionError: nobody foresaw this"
    assert result["failure"]["action"] == Code.INTERNAL_ERROR.action
    (defect,) = daemon.events("job_defect")
    assert "sitecustomize.py" in defect["traceback"]
    assert workplace.wait_filed("b.json")[0] == "completed"
