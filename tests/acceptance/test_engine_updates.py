"""FFmpeg is replaced on disk while a job runs: what a result names made each of its clips."""

import hashlib
from pathlib import Path

import pytest
from proxx_process import Workplace, misbehaving_engine

from proxx_daemon.engines.engine import EngineTools


@pytest.mark.parametrize("program", ["ffmpeg", "ffprobe"])
def test_a_program_that_is_replaced_between_two_clips_does_not_run_for_the_second(
    program: str, workplace: Workplace, tools: EngineTools
) -> None:
    environment = misbehaving_engine(workplace, tools, f"replaces_{program}")
    path = Path(environment["PROXX_FFMPEG"]).with_name(program)
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    workplace.start(**environment)
    spec = workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4", "bikes.mp4")
    workplace.drop("job.json", spec)
    _, result = workplace.wait_filed("job.json")

    # ffprobe is needed once more, to verify the first proxy.
    completed = {"ffmpeg": ["COMPLETED", "FAILED"], "ffprobe": ["FAILED", "NOT_ATTEMPTED"]}
    assert [clip["status"] for clip in result["clips"]] == completed[program]
    assert result["failure"]["code"] == "ENGINE_CHANGED"
    assert str(path) in result["failure"]["message"]
    field = {"ffmpeg": "engine_sha256", "ffprobe": "engine_probe_sha256"}[program]
    assert result["_metadata"][field] == before
    assert hashlib.sha256(path.read_bytes()).hexdigest() != before

    # The next job is checked, and made, with what is there now.
    workplace.drop("next.json", workplace.spec("proxy_h264_low", "carphone_pristine.mp4"))
    _, following = workplace.wait_filed("next.json")
    assert following["_metadata"][field] != before
