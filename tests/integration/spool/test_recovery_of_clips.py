"""The recovery table for clips: what the publish record and the files say of each."""

import os
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from crash_site import PICTURE, CrashSite, clip_plan, completed

from proxx_daemon.plan.naming import partial_folder


def _recovered(site: CrashSite) -> dict[str, Any]:
    site.journal.close()
    site.recover()
    return site.result()


def test_clips_that_were_only_planned_were_not_attempted(site: CrashSite) -> None:
    first, second = site.plan()

    result = _recovered(site)

    assert result["final_status"] == "FAILED"
    assert [clip["status"] for clip in result["clips"]] == ["NOT_ATTEMPTED"] * 2
    assert [clip["resolved_output_path"] for clip in result["clips"]] == [
        first.output_path,
        second.output_path,
    ]
    assert result["clips"][0]["command"] == list(first.argv)
    assert result["clips"][0]["failure"] is None


def test_a_clip_with_a_partial_file_was_interrupted_and_the_file_is_named(site: CrashSite) -> None:
    first, _ = site.plan()
    site.encode(first)

    clips = _recovered(site)["clips"]

    assert (clips[0]["status"], clips[0]["failure"]["code"]) == ("FAILED", "INTERRUPTED")
    assert clips[0]["partial_path"] == first.partial_path
    assert Path(first.partial_path).read_bytes() == PICTURE
    assert clips[1]["status"] == "NOT_ATTEMPTED"


def test_the_folder_of_the_attempt_goes_unless_a_partial_file_was_written(site: CrashSite) -> None:
    journal = site.begin()
    folder = Path(partial_folder(str(site.proxies), journal.attempt_id))
    clips = [
        evolve(clip_plan(index, site.proxies), partial_path=str(folder / f"00{index}.mp4"))
        for index in range(2)
    ]
    journal.planned(clips)
    folder.mkdir()
    # The engine was started and had not written a byte.
    site.encode(clips[0], b"")

    first, second = _recovered(site)["clips"]

    assert (first["status"], first["failure"]["code"]) == ("FAILED", "INTERRUPTED")
    assert (first["partial_path"], second["status"]) == (None, "NOT_ATTEMPTED")
    assert os.listdir(site.proxies) == []


def test_a_crash_between_verification_and_publication_interrupts_the_clip(site: CrashSite) -> None:
    first, _ = site.plan()
    site.encode(first)
    site.journal.publishing(completed(first))

    result = _recovered(site)

    assert result["final_status"] == "FAILED"
    assert result["clips"][0]["status"] == "FAILED"
    assert result["clips"][0]["partial_path"] == first.partial_path
    assert Path(first.partial_path).read_bytes() == PICTURE
    assert not Path(first.output_path).exists()


def test_a_published_clip_is_listed_as_completed_and_the_job_is_partial(site: CrashSite) -> None:
    first, second = site.plan()
    site.publish(first)
    site.encode(second, b"half")

    result = _recovered(site)

    assert (result["final_status"], result["failure"]["code"]) == ("PARTIAL", "INTERRUPTED")
    assert [clip["status"] for clip in result["clips"]] == ["COMPLETED", "FAILED"]
    assert result["clips"][0]["output_size_bytes"] == len(PICTURE)
    assert result["clips"][0]["exit_code"] == 0
    assert result["clips"][0]["partial_path"] is None
    assert Path(first.output_path).read_bytes() == PICTURE


def test_a_publish_record_tells_of_its_clip_when_the_note_of_the_plan_was_lost(
    site: CrashSite,
) -> None:
    first, _ = site.plan()
    site.publish(first)
    # The note is not flushed: a loss of power can take it, and leaves the publish record.
    (notes,) = Path(site.folder.journal).glob("*.notes.jsonl")
    notes.write_bytes(notes.read_bytes().replace(b'{"clips"', b'{"clips'))

    result = _recovered(site)

    assert result["final_status"] == "PARTIAL"
    assert result["clips"][0]["status"] == "COMPLETED"
    assert result["clips"][0]["resolved_output_path"] == first.output_path


@pytest.mark.parametrize("content", [b"MOVING PICTURES", b"moving", b""])
def test_a_final_file_with_other_content_is_not_called_completed(
    site: CrashSite, content: bytes
) -> None:
    first, _ = site.plan()
    site.publish(first)
    Path(first.output_path).write_bytes(content)

    result = _recovered(site)

    assert (result["final_status"], result["clips"][0]["status"]) == ("FAILED", "FAILED")
    assert Path(first.output_path).read_bytes() == content


def test_a_foreign_final_file_leaves_the_clip_interrupted_with_its_partial_file(
    site: CrashSite,
) -> None:
    first, _ = site.plan()
    site.encode(first)
    site.journal.publishing(completed(first))
    Path(first.output_path).write_bytes(b"somebody else's")

    clip = _recovered(site)["clips"][0]

    assert (clip["status"], clip["partial_path"]) == ("FAILED", first.partial_path)
    assert Path(first.output_path).read_bytes() == b"somebody else's"


@pytest.mark.parametrize("kind", ["fifo", "link", "folder", "gone"])
def test_a_final_name_that_is_no_file_neither_blocks_nor_completes(
    site: CrashSite, kind: str
) -> None:
    first, _ = site.plan()
    site.publish(first)
    final = Path(first.output_path)
    copy = site.proxies / "copy"
    final.rename(copy)
    match kind:
        case "fifo":
            os.mkfifo(final)
        case "link":
            final.symlink_to(copy)
        case "folder":
            final.mkdir()

    assert _recovered(site)["clips"][0]["status"] == "FAILED"


def test_a_publication_that_a_crash_cut_in_two_is_completed_with_one_name(
    site: CrashSite,
) -> None:
    first, _ = site.plan()
    site.publish(first)
    os.link(first.output_path, first.partial_path)

    assert _recovered(site)["clips"][0]["status"] == "COMPLETED"
    assert not Path(first.partial_path).exists()


def test_a_publish_record_of_another_version_stops_no_recovery(site: CrashSite) -> None:
    first, _ = site.plan()
    site.publish(first)
    record = Path(site.folder.journal) / f"{site.journal.attempt_id}.publish-000.json"
    record.write_text('{"index": 0, "status": "PERFECT"}')

    assert _recovered(site)["clips"][0]["status"] == "FAILED"
    assert Path(first.output_path).read_bytes() == PICTURE


def test_a_proxy_volume_that_is_gone_stops_no_recovery(site: CrashSite) -> None:
    first, _ = site.plan()
    site.publish(first)
    site.proxies.rename(site.root / "unmounted")

    assert _recovered(site)["clips"][0]["status"] == "FAILED"
