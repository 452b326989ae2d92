"""One rule for links, wherever a path of a job leads through one, and who may read what."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from proxx_process import Workplace, proxx, wait_until


def _quick(workplace: Workplace, **fields: Any) -> dict[str, Any]:
    return workplace.spec("proxy_h264_quarter", "carphone_pristine.mp4", **fields)


def test_a_source_that_is_a_link_is_followed_and_named_as_the_spec_names_it(
    workplace: Workplace,
) -> None:
    link = workplace.root / "link.mp4"
    link.symlink_to(workplace.clips / "carphone_pristine.mp4")
    workplace.start()
    workplace.drop("job.json", _quick(workplace, sources=[str(link)]))
    state, result = workplace.wait_filed("job.json")
    assert state == "completed"
    (clip,) = result["clips"]
    assert clip["source_path"] == str(link)
    assert Path(clip["resolved_output_path"]).name == "link_proxy.mp4"
    assert link.is_symlink()


@pytest.mark.slow  # a long encode
def test_a_link_that_is_turned_to_another_source_during_the_encode_fails_the_clip(
    workplace: Workplace,
) -> None:
    link = workplace.root / "link.mp4"
    link.symlink_to(workplace.clips / "bigbuckbunny.mp4")
    daemon = workplace.start()
    spec = workplace.spec("proxy_prores_lt", sources=[str(link)])
    workplace.drop("job.json", spec)
    wait_until(daemon.engines, "an engine runs")
    other = workplace.root / "other"
    other.symlink_to(workplace.clips / "bikes.mp4")
    other.replace(link)
    _, result = workplace.wait_filed("job.json")
    assert result["failure"]["code"] == "SOURCE_CHANGED"
    assert list(workplace.published()) == []


@pytest.mark.parametrize("target", ["nowhere", "folder", "fifo", "loop"])
def test_a_source_link_that_leads_to_no_file_is_refused(target: str, workplace: Workplace) -> None:
    link = workplace.root / "link.mp4"
    (workplace.root / "folder").mkdir()
    os.mkfifo(workplace.root / "fifo")
    link.symlink_to(link if target == "loop" else workplace.root / target)
    spec = workplace.write_spec("job.json", _quick(workplace, sources=[str(link)]))
    done = proxx("validate", spec)
    assert done.returncode == 1
    code = {"nowhere": "SOURCE_MISSING", "loop": "SOURCE_UNREADABLE"}.get(
        target, "SOURCE_NOT_A_FILE"
    )
    assert code in done.stdout + done.stderr


def test_an_output_directory_that_is_a_link_is_followed(workplace: Workplace) -> None:
    link = workplace.root / "link"
    link.symlink_to(workplace.proxies)
    workplace.start()
    workplace.drop("job.json", _quick(workplace, output_directory=str(link)))
    state, result = workplace.wait_filed("job.json")
    assert state == "completed"
    made = Path(result["clips"][0]["resolved_output_path"])
    assert made.parent == link
    assert [path.name for path in workplace.proxies.iterdir()] == [made.name]


@pytest.mark.parametrize("leads", [True, False])
def test_a_link_under_an_outputs_name_counts_as_a_file_and_is_not_followed(
    leads: bool,  # noqa: FBT001
    workplace: Workplace,
) -> None:
    mine = workplace.root / "mine.mp4"
    if leads:
        mine.write_text("mine")
    (workplace.proxies / "carphone_pristine_proxy.mp4").symlink_to(mine)
    workplace.start()
    workplace.drop("job.json", _quick(workplace))
    _, result = workplace.wait_filed("job.json")
    assert result["failure"]["code"] == "OUTPUT_EXISTS"
    assert mine.exists() == leads
    assert not leads or mine.read_text() == "mine"


def test_a_watch_folder_may_be_reached_through_a_link_but_its_parts_may_not(
    workplace: Workplace,
) -> None:
    real = workplace.root / "real"
    workplace.watch.rename(real)
    workplace.watch.symlink_to(real)
    daemon = workplace.start()
    workplace.drop("job.json", b"{}")
    workplace.wait_filed("job.json")
    assert daemon.stop() == 0
    (real / "failed").rename(workplace.root / "failed")
    (real / "failed").symlink_to(workplace.root / "failed")
    refused = workplace.launch()
    assert refused.wait_exit() == 1
    assert "exists and is not a folder" in refused.log_text()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("umask", ["022", "077", "000"])
def test_what_others_may_read_does_not_depend_on_the_umask(
    umask: str, workplace: Workplace
) -> None:
    workplace.wrap = ("/bin/sh", "-c", f'umask {umask} && exec "$@"', "sh")
    for state in ("pending", "running", "completed", "failed"):
        (workplace.watch / state).mkdir()
    daemon = workplace.start()
    spec = workplace.write_spec("job.json", _quick(workplace))
    spec.chmod(0o640)
    spec.rename(workplace.watch / "pending" / "job.json")
    workplace.wait_filed("job.json")
    filed = workplace.watch / "completed"
    assert _mode(filed / "job.result.json") == 0o644
    assert _mode(filed / "job.log") == 0o644
    # The spec is its submitter's.
    assert _mode(filed / "job.json") == 0o640
    state_folder = workplace.watch / ".proxx"
    for name in ("journal", "tmp", "requests"):
        assert _mode(state_folder / name) == 0o700
    assert _mode(state_folder / "status.json") == 0o644
    # A proxy is like any file that a program of this user makes.
    (proxy,) = workplace.published()
    assert _mode(proxy) == 0o666 & ~int(umask, 8)
    for path in (*filed.iterdir(), proxy):
        assert path.lstat().st_uid == os.getuid()
    assert daemon.stop() == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give a file away")
def test_a_spec_that_belongs_to_somebody_else_stays_theirs(workplace: Workplace) -> None:
    workplace.start()
    spec = workplace.write_spec("job.json", b"{}")
    os.chown(spec, 65534, 65534)
    spec.rename(workplace.watch / "pending" / "job.json")
    workplace.wait_filed("job.json")
    assert (workplace.watch / "failed" / "job.json").stat().st_uid == 65534
    assert (workplace.watch / "failed" / "job.result.json").stat().st_uid == os.getuid()
