"""A source whose name leads to another file for as long as a program opens it."""

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from proxx_process import Workplace, misbehaving_engine, proxx

from proxx_daemon.engines.engine import EngineTools


def _clip(tools: EngineTools, path: Path, hue: int, timecode: str) -> Path:
    """Make a clip; two of them differ in their pictures and in their timecode alone."""
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d=0.4,hue=h={hue}")
    command = [tools.ffmpeg, "-v", "error", *picture, "-timecode", timecode]
    subprocess.run([*command, "-c:v", "mjpeg", path], check=True)
    return path


def _run(workplace: Workplace, source: Path, **environment: str) -> dict[str, Any]:
    name = f"{len(list(workplace.root.iterdir()))}"
    spec = workplace.spec("proxy_prores_proxy", sources=[str(source)], naming_template=name)
    done = proxx("run", workplace.write_spec("job.json", spec), environment=environment)
    (clip,) = json.loads(done.stdout)["clips"]
    assert clip["status"] == "COMPLETED", clip["failure"] or done.stderr
    return dict(clip)


def test_a_link_that_is_turned_while_programs_open_it_and_back_gives_the_right_proxy(
    workplace: Workplace, tools: EngineTools
) -> None:
    """ffprobe and ffmpeg each start with the link turned to the other clip, and turn it back."""
    right = _clip(tools, workplace.root / "right.mov", 0, "01:00:00:00")
    _clip(tools, workplace.root / "wrong.mov", 90, "02:00:00:00")
    link = workplace.root / "link.mov"
    link.symlink_to(right)
    environment = misbehaving_engine(workplace, tools, "turns_the_link")

    clip = _run(workplace, link, PROXX_HASH_SOURCES="1", **environment)
    straight = _run(workplace, right, PROXX_HASH_SOURCES="1")

    for name in (
        "output_fingerprint",
        "source_fingerprint",
        "source_content_fingerprint",
        "transformation_fingerprint",
    ):
        assert clip[name] == straight[name], name
    made = Path(clip["resolved_output_path"]).read_bytes()
    assert hashlib.sha256(made).hexdigest() == clip["output_fingerprint"]["value"]


def test_the_recorded_command_is_one_that_a_person_can_run(
    workplace: Workplace, tools: EngineTools
) -> None:
    source = _clip(tools, workplace.root / "clip.mov", 0, "01:00:00:00")
    clip = _run(workplace, source)
    assert clip["command"][clip["command"].index("-i") + 1] == f"file:{source}"
    assert "/fd/" not in "\n".join([*clip["command"], *clip["engine_log_tail"]])
    by_hand = workplace.root / "by-hand.mov"
    subprocess.run([*clip["command"][:-1], by_hand], check=True, capture_output=True)
    assert by_hand.read_bytes() == Path(clip["resolved_output_path"]).read_bytes()


def test_a_file_that_is_exchanged_for_a_copy_between_check_and_encode_is_not_encoded(
    workplace: Workplace, tools: EngineTools
) -> None:
    """The second source is exchanged while the first one is encoded."""
    first = _clip(tools, workplace.root / "first.mov", 0, "01:00:00:00")
    right = _clip(tools, workplace.root / "right.mov", 0, "01:00:00:00")
    _clip(tools, workplace.root / "wrong.mov", 90, "02:00:00:00")
    spec = workplace.spec("proxy_prores_proxy", sources=[str(first), str(right)])
    environment = misbehaving_engine(workplace, tools, "exchanges_the_next_source")
    done = proxx("run", workplace.write_spec("job.json", spec), environment=environment)
    result = json.loads(done.stdout)
    assert [clip["status"] for clip in result["clips"]] == ["COMPLETED", "FAILED"]
    assert result["failure"]["code"] == "SOURCE_CHANGED"
