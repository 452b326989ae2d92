"""Partial files of filed jobs are found by what results say; everything else stays."""

import json
from pathlib import Path

import pytest
from crash_site import PICTURE, CrashSite

from proxx_daemon.spool import leftovers
from proxx_daemon.spool.leftovers import Leftover


def _filed(site: CrashSite, name: str, *clips: tuple[object, object]) -> None:
    """File a failed job whose result names these partial files and proxies."""
    failed = Path(site.folder.root) / "failed"
    rows = [{"partial_path": partial, "resolved_output_path": output} for partial, output in clips]
    (failed / f"{name}.json").write_text("{}")
    (failed / f"{name}.result.json").write_text(json.dumps({"clips": rows}))


def _found(site: CrashSite) -> list[Leftover]:
    return list(leftovers.find(site.folder))


def test_the_partial_file_of_a_filed_job_is_found_and_removed(site: CrashSite) -> None:
    first, second = site.plan()
    site.encode(first)
    site.journal.close()
    site.recover()

    (leftover,) = _found(site)
    assert (leftover.path, leftover.size) == (first.partial_path, len(PICTURE))
    leftovers.remove(leftover)
    assert not Path(first.partial_path).exists()
    assert Path(second.output_path).parent.is_dir()
    assert _found(site) == []
    leftovers.remove(leftover)


def test_the_partial_file_of_a_running_job_is_not_found(site: CrashSite) -> None:
    first, _ = site.plan()
    site.encode(first)
    assert _found(site) == []
    # Not even if the result of another job names it.
    _filed(site, "other", (first.partial_path, first.output_path))
    assert _found(site) == []


def test_a_result_without_its_spec_is_that_of_a_job_that_is_being_filed(site: CrashSite) -> None:
    partial = Path(site.folder.root).parent / ".x.partial.mov"
    partial.write_bytes(b"half")
    _filed(site, "job", (str(partial), str(partial.with_name("x.mov"))))
    assert len(_found(site)) == 1
    (Path(site.folder.root) / "failed" / "job.json").unlink()
    assert _found(site) == []


@pytest.mark.parametrize("fault", ["proxy", "elsewhere", "above", "link", "folder", "no text"])
def test_a_result_of_somebody_else_cannot_name_other_files(
    fault: str, site: CrashSite, tmp_path: Path
) -> None:
    proxies = tmp_path / "proxies"
    (proxies / ".deep").mkdir(parents=True, exist_ok=True)
    mine = tmp_path / ".mine.mov"
    mine.write_bytes(b"mine")
    (proxies / "proxy.mov").write_bytes(b"proxy")
    (proxies / ".link").symlink_to(mine)
    named = {
        "proxy": str(proxies / "proxy.mov"),
        "elsewhere": str(mine),
        "above": f"{proxies}/.deep/../../.mine.mov",
        "link": str(proxies / ".link"),
        "folder": str(proxies / ".deep"),
        "no text": ["/etc/passwd"],
    }
    _filed(site, "job", (named[fault], str(proxies / "x.mov")))
    assert _found(site) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"clips": [1]}', b"[" * 100_000])
def test_a_result_that_cannot_be_read_is_passed_over(content: bytes, site: CrashSite) -> None:
    _filed(site, "job")
    (Path(site.folder.root) / "failed" / "job.result.json").write_bytes(content)
    assert _found(site) == []


def test_the_folder_of_an_attempt_goes_with_its_last_file(site: CrashSite, tmp_path: Path) -> None:
    proxies = tmp_path / "proxies"
    inner = proxies / ".attempt" / "clip"
    inner.mkdir(parents=True)
    for name in ("a.mov", "b.mov"):
        (inner / name).write_bytes(b"half")
    rows = [(str(inner / name), str(proxies / name)) for name in ("a.mov", "b.mov")]
    _filed(site, "job", *rows)
    one, other = _found(site)
    leftovers.remove(one)
    assert inner.is_dir()
    leftovers.remove(other)
    assert list(proxies.iterdir()) == []
