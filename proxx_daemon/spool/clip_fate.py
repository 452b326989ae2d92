"""What is said of the clips of a job that an earlier daemon left in running/.

A clip counts as completed only when its publish record is durable and the published bytes are
the recorded ones. Nothing is ever resumed or run again.
"""

from enum import StrEnum

from attrs import frozen


class ClipFate(StrEnum):
    """What recovery says of one clip."""

    #: published, and the published bytes are the recorded ones
    COMPLETED = "completed"
    #: started or about to be published when the daemon died
    INTERRUPTED = "interrupted"
    #: never reached
    NOT_ATTEMPTED = "not_attempted"


@frozen(kw_only=True)
class ClipEvidence:
    """What the disk says about one planned clip."""

    #: a publish record was made durable
    recorded: bool
    #: the final file exists and has the recorded size and digest
    final_matches: bool
    #: the partial file exists
    partial_exists: bool


def fate(evidence: ClipEvidence) -> ClipFate:
    """Choose what is said of a clip of an interrupted job."""
    if evidence.recorded and evidence.final_matches:
        return ClipFate.COMPLETED
    if evidence.recorded or evidence.partial_exists:
        return ClipFate.INTERRUPTED
    return ClipFate.NOT_ATTEMPTED
