from typing import Any

import attrs
import pytest

from proxx_daemon.spool.settling import (
    SETTLE_SECONDS,
    Sighting,
    Watch,
    WriterEvidence,
    is_complete,
    next_look,
    observe,
)

SEEN = Sighting(size=100, modified_ns=1, changed_ns=1, writer=WriterEvidence.UNKNOWN)


def look(**changes: Any) -> Sighting:
    return attrs.evolve(SEEN, **changes)


def test_the_settle_time_is_two_seconds() -> None:
    assert SETTLE_SECONDS == 2.0


def test_the_first_look_starts_the_clock() -> None:
    assert observe(None, SEEN, 50.0) == Watch(sighting=SEEN, unchanged_since=50.0)


def test_a_file_that_stays_the_same_keeps_its_clock() -> None:
    watch = observe(observe(None, SEEN, 50.0), SEEN, 51.5)
    assert watch.unchanged_since == 50.0


@pytest.mark.parametrize("change", [{"size": 101}, {"modified_ns": 2}, {"changed_ns": 2}])
def test_a_file_that_changed_starts_its_clock_again(change: dict[str, int]) -> None:
    watch = observe(observe(None, SEEN, 50.0), look(**change), 51.5)
    assert watch.unchanged_since == 51.5


def test_other_evidence_about_the_writer_is_taken_over_and_does_not_reset_the_clock() -> None:
    watch = observe(observe(None, SEEN, 50.0), look(writer=WriterEvidence.SOMEBODY), 51.0)
    assert watch.unchanged_since == 50.0
    assert watch.sighting.writer is WriterEvidence.SOMEBODY


@pytest.mark.parametrize(
    ("writer", "size", "age", "announced", "complete"),
    [
        (WriterEvidence.UNKNOWN, 100, 0.0, False, False),
        (WriterEvidence.UNKNOWN, 100, 1.99, False, False),
        (WriterEvidence.UNKNOWN, 100, 2.0, False, True),
        (WriterEvidence.UNKNOWN, 100, 0.0, True, True),
        (WriterEvidence.NOBODY, 100, 0.0, False, True),
        (WriterEvidence.SOMEBODY, 100, 0.0, True, False),
        (WriterEvidence.SOMEBODY, 100, 3600.0, False, False),
        (WriterEvidence.NOBODY, 0, 0.0, False, False),
        (WriterEvidence.UNKNOWN, 0, 0.0, True, False),
        (WriterEvidence.NOBODY, 0, 2.0, False, True),
    ],
)
def test_a_spec_is_taken_when_it_is_complete_and_not_before(
    writer: WriterEvidence,
    size: int,
    age: float,
    announced: bool,  # noqa: FBT001
    complete: bool,  # noqa: FBT001
) -> None:
    watch = Watch(sighting=look(writer=writer, size=size), unchanged_since=100.0)
    assert is_complete(watch, 100.0 + age, announced=announced) is complete


def test_the_next_look_is_due_when_the_file_can_have_settled() -> None:
    watch = Watch(sighting=SEEN, unchanged_since=100.0)
    assert next_look(watch, 100.5) == 1.5
    assert next_look(watch, 101.99) == pytest.approx(0.05)
    assert next_look(watch, 200.0) == 0.05
