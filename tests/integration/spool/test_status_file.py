"""The counts of `proxx status`: specs, and nothing that looks like one."""

from pathlib import Path

import pytest

from proxx_daemon.spool import status_file


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ([], 0),
        (["a.json"], 1),
        (["a.json", "a.result.json", "a.log", "b.json", "c.result.json"], 2),
        ([".a.json", ".a.result.json", "a.json"], 1),
        ([".hidden", ".json", "b.jsonl", "json", "c.json.tmp"], 0),
        (["two\nlines.json", "d.json"], 2),
    ],
)
def test_results_logs_and_hidden_files_are_not_counted(
    tmp_path: Path, names: list[str], count: int
) -> None:
    for name in names:
        (tmp_path / name).touch()
    assert status_file.count_specs(str(tmp_path)) == count
