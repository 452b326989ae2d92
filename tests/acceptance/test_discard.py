"""`proxx discard`: the partial files of failed jobs are counted, and removed on request only."""

import json
from typing import Any

from proxx_process import Workplace, misbehaving_engine, proxx, wait_until

from proxx_daemon.engines.engine import EngineTools


def _counted(workplace: Workplace) -> dict[str, Any]:
    checks = json.loads(proxx("doctor", workplace.watch, "--json").stdout)["checks"]
    (found,) = (check for check in checks if check["check"] == "partial files")
    return dict(found)


def test_partial_files_are_counted_and_removed_beside_a_running_daemon(
    workplace: Workplace, tools: EngineTools
) -> None:
    workplace.start(**misbehaving_engine(workplace, tools, "cuts_short"))
    workplace.drop("job.json", workplace.spec("proxy_h264_quarter", "bikes.mp4"))
    state, result = workplace.wait_filed("job.json")
    partial = result["clips"][0]["partial_path"]
    assert (state, bool(partial)) == ("failed", True)

    counted = _counted(workplace)
    assert counted["verdict"] == "note"
    assert counted["found"].startswith("1 of failed jobs, ")
    assert f"proxx discard {workplace.watch}" in counted["action"]

    done = proxx("discard", workplace.watch)
    assert (done.returncode, done.stderr) == (0, "")
    assert partial in done.stdout
    assert "1 partial file(s) removed" in done.stdout
    assert list(workplace.proxies.iterdir()) == []
    assert (workplace.watch / "failed" / "job.result.json").exists()
    again = proxx("discard", workplace.watch, "--json")
    assert json.loads(again.stdout) == {"removed": [], "bytes": 0, "kept": []}
    assert _counted(workplace)["verdict"] == "ok"

    record = workplace.watch / ".proxx" / "operator.jsonl"
    wait_until(lambda: record.exists() and "discarded" in record.read_text(), "it is recorded")
    noted = json.loads(record.read_text().splitlines()[-1])
    assert (noted["action"], noted["job"], noted["done"]) == ("discarded", "job", True)
