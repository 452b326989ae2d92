from itertools import product

import pytest

from proxx_daemon.spool.clip_fate import ClipEvidence, ClipFate, fate

FATES = {
    # recorded, final_matches, partial_exists
    (True, True, True): ClipFate.COMPLETED,
    (True, True, False): ClipFate.COMPLETED,
    (True, False, True): ClipFate.INTERRUPTED,
    (True, False, False): ClipFate.INTERRUPTED,
    (False, True, True): ClipFate.INTERRUPTED,
    (False, False, True): ClipFate.INTERRUPTED,
    (False, True, False): ClipFate.NOT_ATTEMPTED,
    (False, False, False): ClipFate.NOT_ATTEMPTED,
}


@pytest.mark.parametrize("evidence", list(product([True, False], repeat=3)))
def test_every_combination_of_evidence_has_its_fate(evidence: tuple[bool, bool, bool]) -> None:
    recorded, final_matches, partial_exists = evidence
    assert (
        fate(
            ClipEvidence(
                recorded=recorded, final_matches=final_matches, partial_exists=partial_exists
            )
        )
        is FATES[evidence]
    )


def test_no_clip_counts_as_completed_without_a_durable_record() -> None:
    for evidence, said in FATES.items():
        assert said is not ClipFate.COMPLETED or evidence[0]
