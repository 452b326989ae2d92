"""A folder of footage becomes one job for each clip, all of them or none."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from spool_place import prepared

from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.jobspec.jobspec import EngineKind
from proxx_daemon.operators import batch, shoot
from proxx_daemon.operators.batch import BatchRequest, Layout
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.user_profile import Constraints, LifecycleState, UserProfile
from proxx_daemon.source import footage_tree
from proxx_daemon.spool import batches
from proxx_daemon.spool.folders import Filing, WatchFolder

_CANONICAL = profiles()["proxy_h264_low"]
_USER = UserProfile(
    user_profile_version="1.0",
    name="Half",
    description="For tests.",
    state=LifecycleState.ACTIVE,
    constraints=Constraints(),
)


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    root = tmp_path / "footage"
    for name in ("B/C0001.MP4", "A/CLIP/C0001.MP4", "A/CLIP/C0001M01.XML", "A.mov", ".x/y.mov"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


@pytest.fixture
def folder(tmp_path: Path) -> WatchFolder:
    (tmp_path / "out").mkdir()
    return prepared(tmp_path / "watch")


def _submit(footage: Path, folder: WatchFolder, **fields: Any) -> tuple[batch.BatchJob, ...]:
    out = str(footage.parent / "out")
    request = {
        "name": "A001",
        "clips": shoot.look([str(footage)], _CANONICAL, out).clips,
        "output_directory": out,
        "layout": Layout.MIRROR,
        "naming_template": "{source_name}_proxy",
        "fps_explicit": None,
        "at": datetime(2026, 1, 31, tzinfo=UTC),
    }
    asked = BatchRequest(**{**request, **fields})
    return shoot.submit(asked, _USER, _CANONICAL, profiles(), folder)


def test_clips_come_in_the_order_of_their_names_and_the_rest_is_accounted_for(
    footage: Path,
) -> None:
    for name in ("A/old.wmv", "readme", "raw/f_0001.dng", "raw/f_0002.dng"):
        (footage / name).parent.mkdir(exist_ok=True)
        (footage / name).touch()
    (footage / "link.mov").symlink_to(footage / "A.mov")
    (footage / "proxies").mkdir()
    (footage / "proxies" / "A_proxy.mov").touch()
    found = footage_tree.walk(str(footage), EngineKind.FFMPEG, str(footage / "proxies"))
    names = [os.path.relpath(clip.path, footage) for clip in found.clips]
    assert names == ["A/CLIP/C0001.MP4", "A.mov", "B/C0001.MP4"]
    left = {os.path.relpath(each.path, footage) for each in found.left_out}
    assert left == {"A/old.wmv", "link.mov", "raw", "proxies"}
    assert (found.hidden, found.sidecars, found.others) == (1, {"xml": 1}, {"": 1})
    (raw,) = footage_tree.walk(str(footage), EngineKind.RESOLVE, "/out").clips
    assert (raw.path, raw.subfolder, raw.is_folder) == (str(footage / "raw"), "", True)


def test_each_clip_becomes_a_job_with_a_numbered_id_in_a_mirrored_folder(
    footage: Path, folder: WatchFolder
) -> None:
    jobs = _submit(footage, folder)
    assert [job.job_id for job in jobs] == ["A001-0001", "A001-0002", "A001-0003"]
    assert sorted(os.listdir(folder.pending)) == [f"{job.job_id}.json" for job in jobs]
    for job in jobs:
        spec = json.loads((Path(folder.pending) / f"{job.job_id}.json").read_bytes())
        assert spec["sources"] == [job.clip.path]
        assert os.path.isdir(spec["output_directory"])
    assert jobs[0].output_directory == str(footage.parent / "out" / "A" / "CLIP")


def test_everything_wrong_is_refused_at_once_and_nothing_is_left(
    footage: Path, folder: WatchFolder
) -> None:
    (footage / "100%.mov").touch()
    (footage.parent / "out" / "A_proxy.mp4").touch()
    with pytest.raises(JobFailed) as refused:
        _submit(footage, folder, layout=Layout.FLAT)
    reason = refused.value.failure
    codes = {str(problem.code) for problem in reason.errors}
    assert codes == {"OUTPUT_COLLISION", "OUTPUT_EXISTS", "NAME_INVALID", "FIELD_VALUE"}
    assert "--layout mirror" in reason.action
    assert os.listdir(folder.pending) == []
    assert os.listdir(footage.parent / "out") == ["A_proxy.mp4"]


def test_the_name_of_a_batch_is_used_once(footage: Path, folder: WatchFolder) -> None:
    _submit(footage, folder)
    first = Path(folder.pending, "A001-0001.json")
    first.rename(Path(folder.filed(Filing.COMPLETED), first.name))
    for each in os.listdir(folder.pending):
        os.unlink(os.path.join(folder.pending, each))
    with pytest.raises(JobFailed, match="was submitted already"):
        _submit(footage, folder)
    assert os.listdir(folder.pending) == []


def test_a_name_that_somebody_prepares_is_refused_and_one_that_a_crash_left_is_not(
    footage: Path, folder: WatchFolder
) -> None:
    with (
        batches.preparing(folder.pending, "A001"),
        pytest.raises(JobFailed, match="is just making"),
    ):
        _submit(footage, folder)
    left = Path(folder.pending, ".proxx-new-A001")
    left.mkdir()
    (left / ".lock").touch()
    (left / "A001-0001.json").write_text("half")
    assert len(_submit(footage, folder)) == 3
    assert len(os.listdir(folder.pending)) == 3


def test_a_published_batch_is_finished_by_whoever_sees_it_and_overwrites_nothing(
    folder: WatchFolder,
) -> None:
    batch_folder = Path(folder.pending, ".proxx-batch-A001")
    batch_folder.mkdir()
    for number in (1, 2):
        (batch_folder / f"A001-000{number}.json").write_text("new")
    Path(folder.pending, "A001-0002.json").write_text("old")
    assert sorted(batches.waiting(folder.pending)) == ["A001-0001.json", "A001-0002.json"]
    batches.finish(folder.pending)
    found = {name: Path(folder.pending, name).read_text() for name in os.listdir(folder.pending)}
    assert found == {"A001-0001.json": "new", "A001-0002.json": "old", "A001-0002-2.json": "new"}


@pytest.mark.parametrize(
    ("job_id", "belongs"),
    [
        ("A001-0001", True),
        ("A001-10000", True),
        ("A001-0001.r2", True),
        ("A001-001", False),
        ("A001-B-0001", False),
        ("A0010001", False),
    ],
)
def test_an_id_says_which_batch_it_belongs_to(job_id: str, *, belongs: bool) -> None:
    assert batch.is_of_batch(job_id, "A001") is belongs


def test_a_batch_without_a_name_is_called_after_its_folder() -> None:
    name = batch.name_for("/footage/Day 1 é/", datetime(2026, 1, 31, 9, 5, 7, tzinfo=UTC))
    assert name == "Day_1_-20260131-090507"
    assert batch.name_problem(name) is None
    assert batch.name_problem(batch.name_for("/" + "x" * 200, datetime.now(UTC))) is None
