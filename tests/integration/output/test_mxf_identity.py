"""The ids are written where they belong, and read back from there."""

import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest
from crash_site import clip_plan
from integration.output.test_mxf_file import layout, make

from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.output import mxf_identity
from proxx_daemon.plan import umid
from proxx_daemon.plan.plan import ClipPlan

TAPE = umid.tape_id("A001", rate=Fraction(25), drop=False, tracks=3)


def planned(path: Path, transformation: str = "a" * 64) -> ClipPlan:
    ids = umid.package_ids(transformation)
    return attrs.evolve(
        clip_plan(0, path.parent),
        partial_path=str(path),
        transformation=transformation,
        package_ids=ids,
    )


def stamped(path: Path, transformation: str = "a" * 64) -> dict[str, Any]:
    clip = planned(path, transformation)
    mxf_identity.stamp(clip)
    checks = mxf_identity.checks(clip)
    assert all(check.passed for check in checks)
    return {check.name: check.found for check in checks}


def _with_the_tape_of(before: bytes, path: Path) -> bytes:
    """Return a file's bytes with the numbers of its tape as they were."""
    content = bytearray(path.read_bytes())
    tape = layout(path).tape
    assert tape is not None
    for number in (tape.start, tape.duration, tape.position):
        for place in number.places:
            content[place : place + 8] = before[place : place + 8]
    return bytes(content)


def test_a_stamped_file_has_its_ids_and_its_tape_and_nothing_else_changed(
    tmp_path: Path,
) -> None:
    path = make(tmp_path / "clip.mxf")
    before = path.read_bytes()
    found = stamped(path)
    ids = umid.package_ids("a" * 64)
    assert found == {
        "mxf_material_umid": umid.text(ids.material),
        "mxf_file_umid": umid.text(ids.file),
        "mxf_tape_umid": umid.text(TAPE),
        "mxf_tape_start": 0,
        "mxf_tape_duration": 120 * 3600 * 25,
        "mxf_tape_position": 10 * 3600 * 25,
    }
    after = _with_the_tape_of(before, path)
    for number, each in enumerate((ids.material, ids.file, TAPE)):
        zeros = bytes.fromhex("060a2b340101010501010d0013") + bytes(18) + bytes([number])
        assert before.count(zeros) == after.count(each) > 0
        after = after.replace(each, zeros)
    assert after == before


def test_stamping_again_gives_the_same_file(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mxf")
    stamped(path)
    once = path.read_bytes()
    stamped(path)
    assert path.read_bytes() == once


def test_clips_of_one_reel_share_its_id_and_no_other(tmp_path: Path) -> None:
    one = stamped(make(tmp_path / "one.mxf"), "1" * 64)
    other = stamped(make(tmp_path / "other.mxf"), "2" * 64)
    third = stamped(make(tmp_path / "third.mxf", "-metadata", "reel_name=A002"), "3" * 64)
    assert one["mxf_tape_umid"] == other["mxf_tape_umid"] != third["mxf_tape_umid"]
    assert len({each["mxf_file_umid"] for each in (one, other, third)}) == 3
    assert len({each["mxf_material_umid"] for each in (one, other, third)}) == 3


def test_a_tape_as_the_engine_wrote_it_does_not_pass(tmp_path: Path) -> None:
    passed = {each.name: each.passed for each in mxf_identity.checks(planned(make(tmp_path / "c")))}
    assert not any(passed.values())
    assert len(passed) == 6


def test_clips_of_one_reel_have_one_tape_wherever_they_begin(tmp_path: Path) -> None:
    tapes = []
    for name, start, frames in (("one", "10:00:00:00", 12), ("other", "11:22:33:04", 20)):
        path = make(tmp_path / name, "-timecode", start, frames=frames)
        stamped(path)
        tapes.append(layout(path).tape)
    one, other = tapes
    assert one is not None
    assert other is not None
    assert attrs.evolve(one, position=other.position) == other
    assert one.position.found == 900_000
    assert other.position.found == 25 * (11 * 3600 + 22 * 60 + 33) + 4


def test_ids_of_another_transformation_do_not_pass(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mxf")
    stamped(path, "1" * 64)
    passed = {each.name: each.passed for each in mxf_identity.checks(planned(path, "2" * 64))}
    # The reel is the same one, and the place on it.
    assert passed == {
        "mxf_material_umid": False,
        "mxf_file_umid": False,
        "mxf_tape_umid": True,
        "mxf_tape_start": True,
        "mxf_tape_duration": True,
        "mxf_tape_position": True,
    }


def test_another_layout_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = make(tmp_path / "clip.mxf")
    content = path.read_bytes()[:-1]
    path.write_bytes(content)
    with pytest.raises(JobFailed) as caught:
        mxf_identity.stamp(planned(path))
    assert caught.value.failure.code is Code.OUTPUT_LAYOUT_UNEXPECTED
    assert path.read_bytes() == content


def test_a_clip_without_ids_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "clip.mov"
    path.write_bytes(b"no MXF at all")
    clip = attrs.evolve(planned(path), package_ids=None)
    mxf_identity.stamp(clip)
    assert mxf_identity.checks(clip) == ()
    assert path.read_bytes() == b"no MXF at all"


def test_a_link_in_place_of_the_partial_file_is_not_followed(tmp_path: Path) -> None:
    target = make(tmp_path / "clip.mxf")
    before = target.read_bytes()
    link = tmp_path / "link.mxf"
    os.symlink(target, link)
    with pytest.raises(JobFailed):
        mxf_identity.stamp(planned(link))
    with pytest.raises(JobFailed):
        mxf_identity.checks(planned(link))
    assert target.read_bytes() == before
