"""The states of a job and the legal changes from one to the next: one table.

The table is the only place where an edge is named. `pipeline.lifecycle` drives it, the
documentation draws it, and a test fails when the drawing is stale.
"""

from enum import StrEnum
from typing import Final

from attrs import frozen


class JobState(StrEnum):
    """What a job is doing."""

    PENDING = "PENDING"
    CLAIMED = "CLAIMED"
    VALIDATING = "VALIDATING"
    PLANNING = "PLANNING"
    EXECUTING = "EXECUTING"
    VERIFYING = "VERIFYING"
    RECORDING = "RECORDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@frozen(kw_only=True)
class Edge:
    """One legal change of state."""

    #: the state that is left
    source: JobState
    #: the state that is entered
    target: JobState
    #: what has happened when the edge is taken
    meaning: str


_FAILS: Final = "the job failed; only its result is left to record"

EDGES: Final[tuple[Edge, ...]] = (
    Edge(
        source=JobState.PENDING,
        target=JobState.CLAIMED,
        meaning="the spec was renamed into running/",
    ),
    Edge(
        source=JobState.CLAIMED,
        target=JobState.VALIDATING,
        meaning="a worker took the job and reads its spec",
    ),
    Edge(
        source=JobState.VALIDATING,
        target=JobState.PLANNING,
        meaning="spec, profile, sources and engine agree",
    ),
    Edge(
        source=JobState.PLANNING,
        target=JobState.EXECUTING,
        meaning="every clip has a name and a command; the first one starts",
    ),
    Edge(
        source=JobState.EXECUTING,
        target=JobState.VERIFYING,
        meaning="the engine succeeded; its output is measured",
    ),
    Edge(
        source=JobState.VERIFYING,
        target=JobState.EXECUTING,
        meaning="the clip is published; the next one starts",
    ),
    Edge(
        source=JobState.VERIFYING,
        target=JobState.RECORDING,
        meaning="the last clip is published, or the output is not what was planned",
    ),
    Edge(source=JobState.CLAIMED, target=JobState.RECORDING, meaning=_FAILS),
    Edge(source=JobState.VALIDATING, target=JobState.RECORDING, meaning=_FAILS),
    Edge(source=JobState.PLANNING, target=JobState.RECORDING, meaning=_FAILS),
    Edge(source=JobState.EXECUTING, target=JobState.RECORDING, meaning=_FAILS),
    Edge(
        source=JobState.RECORDING,
        target=JobState.COMPLETED,
        meaning="result durable, spec in completed/",
    ),
    Edge(
        source=JobState.RECORDING,
        target=JobState.FAILED,
        meaning="result durable, spec in failed/ (PARTIAL results included)",
    ),
)

#: States that a job never leaves.
TERMINAL: Final = frozenset({JobState.COMPLETED, JobState.FAILED})


def is_legal(source: JobState, target: JobState) -> bool:
    """Whether the table has an edge from `source` to `target`."""
    return any(edge.source is source and edge.target is target for edge in EDGES)
