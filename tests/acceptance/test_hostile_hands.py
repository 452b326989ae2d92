"""What people and programs with access to the watch folder can do to a daemon: nothing."""

import json
from pathlib import Path

from crafted import KINDS
from proxx_process import Daemon, Workplace, proxx, wait_until


def test_an_output_directory_in_the_watch_folder_is_refused_before_anything_runs(
    workplace: Workplace, daemon: Daemon, footage: Path
) -> None:
    (workplace.root / "proxies-link").symlink_to(workplace.watch / ".proxx/tmp")
    spec = workplace.spec(
        "proxy_h264_quarter",
        sources=[str(footage)],
        output_directory=str(workplace.root / "proxies-link"),
    )
    workplace.drop("inside.json", spec)
    state, result = workplace.wait_filed("inside.json")
    failure = result["failure"]
    assert (state, failure["code"]) == ("failed", "OUTPUT_DIRECTORY_IN_WATCH_FOLDER")
    assert failure["class"] == "validation"
    assert str(workplace.watch) in failure["message"]
    assert "outside" in failure["action"]
    path = workplace.write_spec("job.json", spec)
    assert proxx("validate", path).returncode == 1
    ran = proxx("run", path)
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["failure"]["code"] == "OUTPUT_DIRECTORY_IN_WATCH_FOLDER"


def test_a_source_in_the_watch_folder_is_refused(
    workplace: Workplace, daemon: Daemon, footage: Path
) -> None:
    inside = workplace.watch / "completed" / "footage.mp4"
    footage.rename(inside)
    workplace.drop("inside.json", workplace.spec("proxy_h264_quarter", sources=[str(inside)]))
    _, result = workplace.wait_filed("inside.json")
    assert result["failure"]["code"] == "SOURCE_IN_WATCH_FOLDER"


def test_a_start_deletes_nothing_that_proxx_did_not_make(workplace: Workplace) -> None:
    """A folder can get proxies before it becomes a watch folder."""
    made = [workplace.watch / ".proxx" / part / "A001_proxy.mov" for part in ("tmp", "journal")]
    for path in made:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"a proxy")
    workplace.start()
    kept = [path for path in workplace.watch.rglob("A001_proxy.mov") if path.read_bytes()]
    assert len(kept) == len(made)


def test_an_output_folder_that_becomes_a_part_of_a_watch_folder_gets_no_proxy(
    workplace: Workplace, daemon: Daemon
) -> None:
    spec = workplace.spec("proxy_prores_lt", "bigbuckbunny.mp4")
    workplace.drop("job.json", spec)
    wait_until(daemon.engines, "the engine runs")
    for part in (".proxx", "pending"):
        (workplace.proxies / part).mkdir()
    _, result = workplace.wait_filed("job.json")
    assert result["failure"]["code"] == "PUBLISH_REFUSED"
    assert str(workplace.proxies) in result["failure"]["message"]
    assert [path.name for path in workplace.published()] == ["pending"]


def test_crafted_requests_stop_neither_the_daemon_nor_a_start_nor_another_request(
    workplace: Workplace, daemon: Daemon
) -> None:
    state = workplace.watch / ".proxx"
    for make in (KINDS["FIFO"], KINDS["folder"]):
        make(state / "operator.jsonl")
        for number, kind in enumerate(KINDS.values()):
            kind(state / "requests" / f"{number}.request.json")
        assert proxx("pause", workplace.watch).returncode == 0
        wait_until(lambda: not list((state / "requests").iterdir()), "they are set aside")
        assert not daemon.ended()
        (state / "operator.jsonl").unlink()
    daemon.kill()
    for number, kind in enumerate(KINDS.values()):
        kind(state / "requests" / f"{number}.request.json")
    (state / "status.json").unlink()
    KINDS["deep objects"](state / "status.json")
    again = workplace.start()
    assert proxx("resume", workplace.watch).returncode == 0
    assert len(again.events("request_ignored")) == len(KINDS)
    assert len(list((state / "quarantine").iterdir())) == 3 * len(KINDS) + 2
    assert again.stop() == 0
