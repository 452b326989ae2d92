"""Every row by which camera RAW is recognised becomes a verified proxy, by `run` and by dropping.

Resolve is the simulator, found as the real one is. What it renders are stand-ins; what Proxx
sees of a source is what it sees of camera RAW: an extension, a codec's name, a codec's tag, a
folder of frames.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from proxx_process import Workplace, proxx
from resolve_place import SimulatedResolve
from rows import mostly_slow

from proxx_daemon.engines.engine import EngineTools
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.result.schema import result_schema
from proxx_daemon.source.matrix import RAW_CODECS, RAW_EXTENSIONS, RAW_TAGS

_PROGRAM = Path(__file__).parents[1] / "programs" / "ffprobe_that_names_sources.py"
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=0.2")
_SOUND = ("-f", "lavfi", "-i", "sine=r=48000:d=0.2")
_RESOLVE_PROFILES = sorted(
    name for name, profile in profiles().items() if profile.engine is EngineKind.RESOLVE
)
_FRAMES = ("folder of dng frames", "frame of dng frames", "folder of ari frames", "one dng frame")
_ROWS = (
    *(f"extension {each}" for each in sorted(RAW_EXTENSIONS)),
    *(f"codec {each}" for each in sorted(RAW_CODECS)),
    *(f"tag {each}" for each in sorted(RAW_TAGS)),
    "unknown codec",
    *_FRAMES,
)
#: those that stand for the others in the short suite, by `run`
_SOME = ("extension r3d", "codec xocn", "tag aprh", "unknown codec", "frame of dng frames")


class _Camera:
    """Makes the sources of a test."""

    def __init__(self, folder: Path, tools: EngineTools, resolve: SimulatedResolve) -> None:
        self._tools = tools
        self._resolve = resolve
        self._folder = folder
        folder.mkdir()
        self._footage = folder / "footage.mov"
        self._make(*_PICTURE, *_SOUND, "-map", "0", "-map", "1", "-map", "1", "-c:v", "prores_aw")
        self._engine = folder / "engine"
        self._engine.mkdir()
        (self._engine / "ffmpeg").symlink_to(tools.ffmpeg)
        program = self._engine / "ffprobe"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {_PROGRAM} {tools.ffprobe} "$@"\n')
        program.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        return {**self._resolve.environment, "PROXX_FFMPEG": str(self._engine / "ffmpeg")}

    def source(self, row: str) -> tuple[Path, int]:
        """Make the source of a row; gives its path and its frames."""
        kind, _, what = row.partition(" ")
        match kind:
            case "extension":
                # Resolve reads what nobody else can.
                path = self._stand_in(f"A001_C001.{what}")
                path.write_bytes(b"RAW")
            case "codec":
                path = self._stand_in(f"codec@{what}.mov")
                path.write_bytes(self._footage.read_bytes())
            case "tag":
                path = self._stand_in(f"tag-{what}@h264.mov")
                path.write_bytes(self._footage.read_bytes().replace(b"apco", what.encode()))
            case "unknown":
                path = self._stand_in("unknown.mov")
                path.write_bytes(self._footage.read_bytes().replace(b"apco", b"zzzz"))
            case _:
                return self._frames(row)
        return path, 5

    def _frames(self, row: str) -> tuple[Path, int]:
        folder = self._folder / row.replace(" ", "-")
        folder.mkdir()
        extension = "ari" if "ari" in row else "dng"
        count = 1 if "one" in row else 3
        pattern = f"A001_%06d.{extension}"
        arguments = ["-start_number", "86399", "-c:v", "mjpeg", "-f", "image2"]
        command = [self._tools.ffmpeg, "-v", "error", *_PICTURE, "-frames:v", str(count)]
        subprocess.run([*command, *arguments, str(folder / pattern)], check=True)
        (folder / "A001.wav").write_bytes(b"RIFF")
        return (folder if "folder" in row else folder / (pattern % 86399)), count

    def _stand_in(self, name: str) -> Path:
        path = self._folder / name
        self._resolve.stand_in(path, self._footage)
        return path

    def _make(self, *arguments: str) -> None:
        ending = ["-profile:v", "0", "-c:a", "pcm_s24le", "-timecode", "10:00:00:00"]
        command = [self._tools.ffmpeg, "-v", "error", *arguments, *ending, str(self._footage)]
        subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def camera(workplace: Workplace, tools: EngineTools, resolve: SimulatedResolve) -> _Camera:
    return _Camera(workplace.root / "camera", tools, resolve)


def _is_verified(result: dict[str, Any], frames: int) -> None:
    assert result["failure"] is None, result["failure"]
    assert result["_metadata"]["engine_used"] == "resolve"
    (clip,) = result["clips"]
    checks = {check["name"]: check["found"] for check in clip["verification"]}
    assert checks["frame_count"] == frames
    assert checks["timecode"] == ("10:00:00:00" if frames == 5 else "00:00:00:00")
    assert clip["command"] == []
    assert [step["step"] for step in clip["resolve_steps"]][-1] == "close"
    assert clip["exit_code"] == 0
    Draft202012Validator(result_schema()).validate(result)


@pytest.mark.parametrize("row", mostly_slow(_ROWS, _SOME))
def test_a_row_becomes_a_verified_proxy_by_run(
    row: str, workplace: Workplace, camera: _Camera, resolve: SimulatedResolve
) -> None:
    source, frames = camera.source(row)
    fields = {"sources": [str(source)], "naming_template": "proxy_{index}"}
    spec = workplace.spec("proxy_prores_proxy_resolve", **fields)
    done = proxx("run", workplace.write_spec("job.json", spec), environment=camera.environment)
    _is_verified(json.loads(done.stdout), frames)
    assert done.returncode == 0
    (proxy,) = workplace.published()
    assert proxy.stat().st_size > 0
    assert [path.name for path in workplace.proxies.iterdir()] == [proxy.name]
    assert resolve.violations() == []
    assert resolve.ours() == []


@pytest.mark.slow
def test_every_row_becomes_a_verified_proxy_by_dropping(
    workplace: Workplace, camera: _Camera, resolve: SimulatedResolve
) -> None:
    daemon = workplace.start(**camera.environment)
    made = {}
    for number, row in enumerate(_ROWS):
        source, frames = camera.source(row)
        # One after another every profile, so that each is rendered several times.
        profile = _RESOLVE_PROFILES[number % len(_RESOLVE_PROFILES)]
        fields = {"sources": [str(source)], "naming_template": f"proxy_{number:03d}"}
        made[f"{number:03d}.json"] = frames
        workplace.drop(f"{number:03d}.json", workplace.spec(profile, **fields))
    for name, frames in made.items():
        state, result = workplace.wait_filed(name)
        assert state == "completed", (_ROWS[int(name[:3])], result["failure"])
        _is_verified(result, frames)
    assert daemon.stop() == 0
    assert len(list(workplace.published())) == len(_ROWS)
    assert not [path for path in workplace.proxies.iterdir() if path.name.startswith(".")]
    assert resolve.violations() == []
    assert resolve.ours() == []
    # In the order of their names, one at a time.
    begun = [line["spec"] for line in daemon.events("job_finished")]
    assert begun == sorted(made)
