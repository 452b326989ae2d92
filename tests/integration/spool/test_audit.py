"""Finished specs without a result are found at a start and set aside."""

from pathlib import Path

import pytest
from crash_site import CrashSite

from proxx_daemon.spool import filing
from proxx_daemon.spool.folders import Filing


def test_specs_without_a_result_are_found_and_set_aside(site: CrashSite) -> None:
    completed = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("done.json", "done.result.json"):
        (completed / name).touch()
    lost = Path(site.folder.filed(Filing.FAILED)) / "lost.json"
    for _ in range(2):
        lost.write_text("spec")
        assert filing.specs_without_result(site.folder) == [str(lost)]
        filing.set_aside(site.folder, str(lost))

    assert filing.specs_without_result(site.folder) == []
    assert site.names(".proxx/quarantine") == ["lost-2.json", "lost.json"]


@pytest.mark.parametrize("others", [(), ("orphan.result.json",), ("lost.result.result.json",)])
def test_the_result_of_another_spec_is_no_result(site: CrashSite, others: tuple[str, ...]) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("lost.json", "kept.json", "kept.result.json", "kept.log", *others):
        (target / name).touch()

    assert filing.specs_without_result(site.folder) == [str(target / "lost.json")]


def test_logs_results_and_hidden_files_need_no_result(site: CrashSite) -> None:
    target = Path(site.folder.filed(Filing.COMPLETED))
    for name in ("a.log", "b.result.json", ".c.json", "notes.txt"):
        (target / name).touch()

    assert filing.specs_without_result(site.folder) == []
