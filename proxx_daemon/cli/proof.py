"""What `proxx verify` and `proxx reproduce` have in common: reading a result, giving a verdict."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

import attrs

from proxx_daemon.failures.errors import FatalError, JobFailed
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
from proxx_daemon.spool import spec_file

#: for --help
CODES: Final = (
    "exit codes: 0 identical; 2 different; 1 nothing can be proven (the document is no result, or\n"
    "it names other things than there are now); 4 system error"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe what both commands take."""
    parser.add_argument("result", metavar="RESULT.json", help="the result of a job")
    parser.add_argument(
        "--in", dest="folder", metavar="DIR", help="where the proxies are now, if they were moved"
    )
    parser.add_argument("--json", action="store_true", help="answer as one JSON object")


def read(path: str) -> RecordedJob | Proof:
    """Read a result, or give what speaks against it; raises FatalError without such a file."""
    try:
        with (
            spec_file.opened(os.path.realpath(path)) as descriptor,
            open(descriptor, "rb", closefd=False) as file,
        ):
            content = file.read(result_reading.MAX_RESULT_BYTES + 1)
    except OSError as error:
        raise FatalError(
            f"{path}: {os.strerror(error.errno or 0)}. Name the result of a job."
        ) from error
    except JobFailed as error:
        return Proof(reasons=(reason(ProofFinding.RESULT_INVALID, error.failure.message),))
    found = result_reading.read(content)
    if isinstance(found, RecordedJob):
        return found
    return Proof(reasons=tuple(reason(ProofFinding.RESULT_INVALID, each) for each in found))


def say(proof: ClipProof) -> None:
    """Print what was found out about one clip."""
    print("\n".join(_clip(proof)), flush=True)  # noqa: T201


def conclude(proof: Proof, *, as_json: bool) -> int:
    """Print the verdict; returns the exit code. The clips were said already, except in JSON."""
    if as_json:
        print(json.dumps(_document(proof), indent=2))  # noqa: T201
        return EXIT_CODES[proof.verdict]
    lines = list(_reasons(proof.reasons))
    if proof.clips:
        good = sum(clip.verdict is ProofVerdict.IDENTICAL for clip in proof.clips)
        lines.append(f"{good} of {len(proof.clips)} proxies are identical with the record.")
    stream = sys.stdout if proof.clips else sys.stderr
    print("\n".join(lines), file=stream)
    return EXIT_CODES[proof.verdict]


def _clip(proof: ClipProof) -> Iterator[str]:
    yield f"{proof.output_path}: {proof.verdict}"
    if not proof.output_read:
        yield "  the proxy itself cannot be read; the recorded SHA-256 stands for it"
    yield from _reasons(proof.reasons, "  ")
    if proof.difference is not None:
        place = f": {proof.difference.place}" if proof.difference.place else ""
        yield f"  first difference at byte {proof.difference.offset}{place}"
    if proof.kept_path is not None:
        yield f"  the second encode is kept: {proof.kept_path}"


def _reasons(every: Sequence[Reason], indent: str = "") -> Iterator[str]:
    """Give each reason; the same advice for several once, behind the last of them."""
    for each, following in zip_longest(every, every[1:]):
        yield f"{indent}{each.message}  [{each.code}]"
        if following is None or following.action != each.action:
            yield f"{indent}  do: {each.action}"


def _document(proof: Proof) -> dict[str, Any]:
    return {
        "verdict": str(proof.verdict),
        "reasons": [attrs.asdict(each) for each in proof.reasons],
        "clips": [{"verdict": str(clip.verdict), **attrs.asdict(clip)} for clip in proof.clips],
    }
