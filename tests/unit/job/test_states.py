from itertools import pairwise

import pytest

from proxx_daemon.job.states import EDGES, JobState

TERMINAL = {JobState.COMPLETED, JobState.FAILED}


def is_legal(source: JobState, target: JobState) -> bool:
    return any((edge.source, edge.target) == (source, target) for edge in EDGES)


def reachable(start: JobState) -> set[JobState]:
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for edge in EDGES:
            if edge.source is here and edge.target not in found:
                found.add(edge.target)
                todo.append(edge.target)
    return found


def test_every_state_can_be_reached_from_pending() -> None:
    assert reachable(JobState.PENDING) == set(JobState)


def test_nothing_leads_back_to_pending() -> None:
    assert all(edge.target is not JobState.PENDING for edge in EDGES)


def test_terminal_states_have_no_way_out() -> None:
    assert all(edge.source not in TERMINAL for edge in EDGES)


def test_terminal_states_are_entered_from_recording_only() -> None:
    assert {edge.source for edge in EDGES if edge.target in TERMINAL} == {JobState.RECORDING}


AFTER_PENDING = [
    state for state in JobState if state not in TERMINAL | {JobState.PENDING, JobState.RECORDING}
]


@pytest.mark.parametrize("state", AFTER_PENDING)
def test_every_state_after_pending_can_fail_through_recording(state: JobState) -> None:
    assert is_legal(state, JobState.RECORDING)
    assert is_legal(JobState.RECORDING, JobState.FAILED)


def test_the_path_of_a_job_that_completes_is_that_of_the_contract() -> None:
    path = ["PENDING", "CLAIMED", "VALIDATING", "PLANNING", "EXECUTING", "VERIFYING"]
    path += ["RECORDING", "COMPLETED"]
    for source, target in pairwise(path):
        assert is_legal(JobState(source), JobState(target))


def test_a_second_clip_goes_from_verifying_back_to_executing() -> None:
    assert is_legal(JobState.VERIFYING, JobState.EXECUTING)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (JobState.PENDING, JobState.FAILED),
        (JobState.PENDING, JobState.RECORDING),
        (JobState.CLAIMED, JobState.PLANNING),
        (JobState.PLANNING, JobState.COMPLETED),
        (JobState.EXECUTING, JobState.COMPLETED),
        (JobState.COMPLETED, JobState.FAILED),
        (JobState.RECORDING, JobState.EXECUTING),
    ],
)
def test_other_changes_are_illegal(source: JobState, target: JobState) -> None:
    assert not is_legal(source, target)


def test_no_edge_is_named_twice_and_every_edge_is_explained() -> None:
    assert len({(edge.source, edge.target) for edge in EDGES}) == len(EDGES)
    assert all(edge.meaning for edge in EDGES)
