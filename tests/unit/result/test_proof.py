from pathlib import Path

import generate
import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.result.proof import (
    EXIT_CODES,
    ClipProof,
    Proof,
    ProofFinding,
    ProofVerdict,
    reason,
)


def clip(*findings: ProofFinding) -> ClipProof:
    reasons = tuple(reason(each, "m") for each in findings)
    return ClipProof(index=0, output_path="/p", reasons=reasons)


def test_every_finding_is_explained() -> None:
    for finding in ProofFinding:
        assert finding == finding.name
        assert finding.meaning.endswith(".")
        assert finding.action.endswith(".")
        assert finding.verdict is not ProofVerdict.IDENTICAL


def test_no_finding_has_the_name_of_a_failure() -> None:
    assert not set(map(str, ProofFinding)) & set(map(str, Code))


@pytest.mark.parametrize(
    ("clips", "verdict", "code"),
    [
        ([], ProofVerdict.IDENTICAL, 0),
        ([()], ProofVerdict.IDENTICAL, 0),
        ([(), (ProofFinding.SOURCE_DIFFERS,)], ProofVerdict.IMPOSSIBLE, 1),
        ([(ProofFinding.SOURCE_DIFFERS,), (ProofFinding.ENCODE_FAILED,)], ProofVerdict.BROKEN, 4),
        (
            [(ProofFinding.OUTPUT_GONE,), (ProofFinding.ENCODE_FAILED,), ()],
            ProofVerdict.DIFFERENT,
            2,
        ),
    ],
)
def test_the_verdict_that_weighs_most_is_the_job_s(
    clips: list[tuple[ProofFinding, ...]], verdict: ProofVerdict, code: int
) -> None:
    proof = Proof(clips=tuple(clip(*each) for each in clips))
    assert proof.verdict is verdict
    assert EXIT_CODES[proof.verdict] == code


def test_a_reason_of_the_job_counts_as_well() -> None:
    proof = Proof(clips=(clip(),), reasons=(reason(ProofFinding.NOTHING_PUBLISHED, "m"),))
    assert proof.verdict is ProofVerdict.IMPOSSIBLE


@pytest.mark.parametrize("finding", list(ProofFinding))
def test_the_page_says_of_every_finding_what_the_table_says(finding: ProofFinding) -> None:
    page = (Path(generate.FOLDER) / "how-to" / "proving.md").read_text("utf-8")
    row = f"| `{finding}` | {EXIT_CODES[finding.verdict]} | {finding.meaning} | {finding.action} |"
    assert row in page
