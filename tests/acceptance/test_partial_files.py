"""Partial files: in a folder of the attempt's own, never through a name of somebody else."""

import os
import stat
from pathlib import Path

import pytest
from proxx_process import Workplace, misbehaving_engine, wait_until

from proxx_daemon.engines.engine import EngineTools


def test_engines_write_in_a_closed_folder_of_their_attempt_that_goes_with_it(
    workplace: Workplace, tools: EngineTools
) -> None:
    """The engine never ends, so that there is time for a look; the end of the daemon ends it."""
    engine = misbehaving_engine(workplace, tools, "never_ends")
    daemon = workplace.start("--grace-seconds", "0.1", **engine)
    workplace.drop("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    (partial,) = wait_until(lambda: list(workplace.proxies.glob(".*/*")), "the engine writes")
    assert partial.name == "000.mp4"
    assert stat.S_IMODE(partial.parent.stat().st_mode) == 0o700
    daemon.stop()
    _, result = workplace.wait_filed("job.json")
    # Nothing was written: there is nothing to look at.
    assert result["clips"][0]["partial_path"] is None
    assert list(workplace.proxies.iterdir()) == []


def test_a_failed_clip_keeps_its_partial_file_and_a_completed_one_leaves_none(
    workplace: Workplace, tools: EngineTools
) -> None:
    workplace.start(**misbehaving_engine(workplace, tools, "writes_garbage"))
    workplace.drop("job.json", workplace.spec("proxy_h264_low", "bikes.mp4"))
    _, result = workplace.wait_filed("job.json")
    kept = Path(result["clips"][0]["partial_path"])
    assert kept.read_bytes().startswith(b"this is no video")
    assert [kept.parent] == list(workplace.proxies.iterdir())


@pytest.mark.parametrize("kind", ["link", "link_to_nothing"])
def test_a_link_under_the_name_of_the_next_partial_file_is_not_followed(
    kind: str, workplace: Workplace, tools: EngineTools
) -> None:
    """The engine of the first clip plants it, with the next name as anybody can guess it."""
    elsewhere = workplace.root / "elsewhere"
    if kind == "link":
        elsewhere.write_text("mine")
    workplace.start(**misbehaving_engine(workplace, tools, "plants_a_link"))
    spec = workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4", "bikes.mp4")
    workplace.drop("job.json", spec)
    _, result = workplace.wait_filed("job.json")
    first, second = result["clips"]
    assert os.path.lexists(elsewhere) == (kind == "link")
    assert kind != "link" or elsewhere.read_text() == "mine"
    assert (first["status"], second["status"]) == ("COMPLETED", "FAILED")
    assert second["failure"]["code"] == "PARTIAL_NAME_TAKEN"
    assert second["partial_path"] is None
