"""`make footage` as a facility runs it: a folder of files, the real daemon, two tables."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from proxx_daemon.engines.engine import EngineTools

_ROOT = Path(__file__).parents[2]
_PICTURE = "s=320x180:r=25:d=0.4"


@pytest.fixture
def footage(tools: EngineTools, tmp_path: Path) -> Path:
    """Three files: one that works, one with a codec of no row, one that is no media file."""
    folder = tmp_path / "footage"
    (folder / "day <1>").mkdir(parents=True)
    for name, picture, codec in (
        ("day <1>/A001.mov", f"testsrc2={_PICTURE}", "libx264"),
        ("old.avi", f"testsrc2={_PICTURE}", "mpeg4"),
    ):
        command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", picture]
        command += ["-pix_fmt", "yuv420p", "-c:v", codec, str(folder / name)]
        subprocess.run(command, check=True)
    (folder / "notes.mov").write_text("shot on Tuesday")
    (folder / "notes.txt").write_text("no media by its name")
    return folder


def _run(
    footage: Path, environment: Mapping[str, str] | None = None
) -> tuple[subprocess.CompletedProcess[str], dict[str, dict[str, Any]]]:
    out = footage.parent / "out"
    command = [sys.executable, "-m", "corpus.footage", str(footage), "--out", str(out)]
    done = subprocess.run(
        [*command, "--profile", "proxy_h264_low"],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": f"{_ROOT}:{_ROOT / 'tests'}",
            **(environment or {}),
        },
    )
    rows = json.loads((out / "footage.json").read_text())["rows"]
    return done, {row["file"]: row for row in rows}


def test_every_file_of_the_folder_has_its_line(footage: Path) -> None:
    done, rows = _run(footage)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(rows) == {"day <1>/A001.mov", "old.avi", "notes.mov"}
    good = rows["day <1>/A001.mov"]
    assert (good["outcome"], good["frames"], good["deviations"]) == ("true", 10, [])
    assert (rows["old.avi"]["outcome"], rows["old.avi"]["code"]) == (
        "refused",
        "SOURCE_UNSUPPORTED",
    )
    assert rows["notes.mov"]["code"] == "SOURCE_NOT_MEDIA"
    page = (footage.parent / "out" / "footage.html").read_text()
    assert "day &lt;1&gt;/A001.mov" in page
    assert "SOURCE_UNSUPPORTED" in page


def test_a_proxy_of_another_picture_is_told_and_the_command_fails(
    footage: Path, tools: EngineTools, tmp_path: Path
) -> None:
    """The engine reads another file of the same shape: nothing but the picture can tell."""
    other = tmp_path / "other.mov"
    command = [tools.ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"smptebars={_PICTURE}"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(other)], check=True)
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "ffprobe").symlink_to(tools.ffprobe)
    engine = folder / "ffmpeg"
    engine.write_text(
        "#!/bin/bash\n"
        "# Stands for an FFmpeg that encodes what was not asked for.\n"
        "words=()\n"
        f'for word; do [[ $before == -i ]] && word="file:{other}"\n'
        'words+=("$word"); before=$word; done\n'
        '[[ "$*" == *libx264* ]] && set -- "${words[@]}"\n'
        f'exec "{tools.ffmpeg}" "$@"\n'
    )
    engine.chmod(0o755)
    done, rows = _run(footage, {"PROXX_FFMPEG": str(engine)})
    assert done.returncode == 1
    assert rows["day <1>/A001.mov"]["outcome"] == "deviates"
    assert [each["what"] for each in rows["day <1>/A001.mov"]["deviations"]] == ["picture"]
    assert "day <1>/A001.mov" in done.stdout
