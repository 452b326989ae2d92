from pathlib import Path

import generate
import pytest

from proxx_daemon.failures.codes import Code
from proxx_daemon.result.proof import (
    EXIT_CODES,
    FINDINGS,
    ClipProof,
    Finding,
    Proof,
    Verdict,
    reason,
)


def clip(*findings: Finding) -> ClipProof:
    reasons = tuple(reason(each, "m") for each in findings)
    return ClipProof(index=0, output_path="/p", reasons=reasons)


def test_the_table_explains_every_finding_once() -> None:
    assert list(FINDINGS) == list(Finding)
    for finding, kind in FINDINGS.items():
        assert finding == finding.name
        assert kind.meaning.endswith(".")
        assert kind.action.endswith(".")
        assert kind.verdict is not Verdict.IDENTICAL


def test_no_finding_has_the_name_of_a_failure() -> None:
    assert not set(map(str, Finding)) & set(map(str, Code))


@pytest.mark.parametrize(
    ("clips", "verdict", "code"),
    [
        ([], Verdict.IDENTICAL, 0),
        ([()], Verdict.IDENTICAL, 0),
        ([(), (Finding.SOURCE_DIFFERS,)], Verdict.IMPOSSIBLE, 1),
        ([(Finding.SOURCE_DIFFERS,), (Finding.ENCODE_FAILED,)], Verdict.BROKEN, 4),
        ([(Finding.OUTPUT_GONE,), (Finding.ENCODE_FAILED,), ()], Verdict.DIFFERENT, 2),
    ],
)
def test_the_verdict_that_weighs_most_is_the_job_s(
    clips: list[tuple[Finding, ...]], verdict: Verdict, code: int
) -> None:
    proof = Proof(clips=tuple(clip(*each) for each in clips))
    assert proof.verdict is verdict
    assert EXIT_CODES[proof.verdict] == code


def test_a_reason_of_the_job_counts_as_well() -> None:
    proof = Proof(clips=(clip(),), reasons=(reason(Finding.NOTHING_PUBLISHED, "m"),))
    assert proof.verdict is Verdict.IMPOSSIBLE


@pytest.mark.parametrize("finding", list(Finding))
def test_the_page_says_of_every_finding_what_the_table_says(finding: Finding) -> None:
    page = (Path(generate.FOLDER) / "proving.md").read_text("utf-8")
    kind = FINDINGS[finding]
    row = f"| `{finding}` | {EXIT_CODES[kind.verdict]} | {kind.meaning} | {kind.action} |"
    assert row in page
