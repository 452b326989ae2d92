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


def test_a_folder_with_more_names_than_are_looked_at_at_once_is_counted_whole(
    tmp_path: Path,
) -> None:
    for number in range(3000):
        for ending in (".json", ".result.json", ".log"):
            (tmp_path / f"{number}{ending}").touch()
    (tmp_path / ".hidden.json").touch()
    assert status_file.count_specs(str(tmp_path)) == 3000
