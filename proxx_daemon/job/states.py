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


@frozen
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
    Edge(JobState.PENDING, JobState.CLAIMED, "the spec was renamed into running/"),
    Edge(JobState.CLAIMED, JobState.VALIDATING, "a worker took the job and reads its spec"),
    Edge(JobState.VALIDATING, JobState.PLANNING, "spec, profile, sources and engine agree"),
    Edge(
        JobState.PLANNING,
        JobState.EXECUTING,
        "every clip has a name and a command; the first one starts",
    ),
    Edge(JobState.EXECUTING, JobState.VERIFYING, "the engine succeeded; its output is measured"),
    Edge(JobState.VERIFYING, JobState.EXECUTING, "the clip is published; the next one starts"),
    Edge(
        JobState.VERIFYING,
        JobState.RECORDING,
        "the last clip is published, or the output is not what was planned",
    ),
    Edge(JobState.CLAIMED, JobState.RECORDING, _FAILS),
    Edge(JobState.VALIDATING, JobState.RECORDING, _FAILS),
    Edge(JobState.PLANNING, JobState.RECORDING, _FAILS),
    Edge(JobState.EXECUTING, JobState.RECORDING, _FAILS),
    Edge(JobState.RECORDING, JobState.COMPLETED, "result durable, spec in completed/"),
    Edge(
        JobState.RECORDING,
        JobState.FAILED,
        "result durable, spec in failed/ (PARTIAL results included)",
    ),
)
