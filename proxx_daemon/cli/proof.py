"""What `proxx verify` and `proxx reproduce` share: reading a result, printing a verdict."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

import attrs

from proxx_daemon.cli import named, output
from proxx_daemon.documents.strict_json import escaped
from proxx_daemon.failures.errors import JobFailed
from proxx_daemon.result import reading as result_reading
from proxx_daemon.result.proof import (
    EXIT_CODES,
    ClipProof,
    Proof,
    ProofFinding,
    ProofVerdict,
    Reason,
    RecordedJob,
    reason,
)

#: for --help
CODES: Final = (
    "exit codes: 0 identical, 2 different, 1 nothing can be proved (the file is not a result, or\n"
    "            what it names has changed), 4 system error"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe what both commands take."""
    parser.add_argument("result", metavar="RESULT.json", help="the result of a job")
    parser.add_argument(
        "--in", dest="folder", metavar="DIR", help="folder of the proxies, if they were moved"
    )
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")


def read(path: str) -> RecordedJob | Proof:
    """Read a result; return a proof if it is not valid. Raise FatalError without such a file."""
    try:
        with (
            named.document(path, "the result of a job") as descriptor,
            open(descriptor, "rb", closefd=False) as file,
        ):
            content = file.read(result_reading.MAX_RESULT_BYTES + 1)
    except JobFailed as error:
        return Proof(reasons=(reason(ProofFinding.RESULT_INVALID, error.failure.message),))
    found = result_reading.read(content)
    if isinstance(found, RecordedJob):
        return found
    return Proof(reasons=tuple(reason(ProofFinding.RESULT_INVALID, each) for each in found))


def show(proof: ClipProof) -> None:
    """Print what was found out about one clip."""
    output.answer(*_clip(proof))


def conclude(proof: Proof, *, as_json: bool) -> int:
    """Print the verdict; return the exit code. The clips are printed already, except in JSON."""
    if as_json:
        output.answer_json(_document(proof))
        return EXIT_CODES[proof.verdict]
    lines = list(_reasons(proof.reasons))
    if proof.clips:
        good = sum(clip.verdict is ProofVerdict.IDENTICAL for clip in proof.clips)
        lines.append(f"{good} of {len(proof.clips)} proxies are identical to the record.")
    (output.answer if proof.clips else output.tell)(*lines)
    return EXIT_CODES[proof.verdict]


def _clip(proof: ClipProof) -> Iterator[str]:
    yield f"{escaped(proof.output_path)}: {proof.verdict}"
    if not proof.output_read:
        yield "  the proxy cannot be read; its recorded SHA-256 is used instead"
    yield from _reasons(proof.reasons, "  ")
    if proof.difference is not None:
        place = f": {proof.difference.place}" if proof.difference.place else ""
        yield f"  first difference at byte {proof.difference.offset}{place}"
    if proof.kept_path is not None:
        yield f"  the second encode is kept: {escaped(proof.kept_path)}"


def _reasons(every: Sequence[Reason], indent: str = "") -> Iterator[str]:
    """Yield each reason; advice that several share comes once, after the last of them."""
    for each, following in zip_longest(every, every[1:]):
        yield f"{indent}{escaped(each.message)}  [{each.code}]"
        if following is None or following.action != each.action:
            yield f"{indent}  do: {escaped(each.action)}"


def _document(proof: Proof) -> dict[str, Any]:
    return {
        "verdict": str(proof.verdict),
        "reasons": [attrs.asdict(each) for each in proof.reasons],
        "clips": [{"verdict": str(clip.verdict), **attrs.asdict(clip)} for clip in proof.clips],
    }
