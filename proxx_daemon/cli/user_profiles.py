"""`proxx user-profiles [NAME]`: the user profiles, and what each compiles to and why."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from proxx_daemon.cli import profiles_dir, refusal
from proxx_daemon.cli.table import columns
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.failures.errors import Failure
from proxx_daemon.profiles.compiler import text
from proxx_daemon.profiles.eligibility import find
from proxx_daemon.profiles.user_profile import CandidateVerdict, Eligibility, LifecycleState

_EXAMPLE = f"""example:
  proxx user-profiles
  proxx user-profiles HD_Editorial_LT

{profiles_dir.RULE}

exit codes: 0, or 1 when there is no profile of that name or one that is shown is INVALID;
4 when the folder cannot be read
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command line."""
    parser = commands.add_parser(
        "user-profiles",
        help="list the user profiles, or explain one",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="one profile, with explanation")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    profiles_dir.add_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the user profiles; returns the exit code."""
    every = profiles_dir.read(arguments)
    if arguments.name is None:
        shown: Sequence[Eligibility] = every
        answer: Any = [_document(each) for each in every]
        lines = iter(_list(every))
    else:
        found = find(every, arguments.name)
        if isinstance(found, Failure):
            print("\n".join(refusal.lines(found)), file=sys.stderr)  # noqa: T201
            return 1
        shown, answer, lines = [found], _document(found), _full(found)
    print(json.dumps(answer, indent=2) if arguments.json else "\n".join(lines))  # noqa: T201
    return 1 if any(each.state is LifecycleState.INVALID for each in shown) else 0


def _document(eligibility: Eligibility) -> dict[str, Any]:
    """Give everything that is known of a user profile; absent constraints are left out."""
    profile = eligibility.file.profile
    compilation = eligibility.compilation
    return {
        "name": eligibility.file.name,
        "file": eligibility.file.path,
        "state": str(eligibility.state),
        "declared_state": None if profile is None else str(profile.state),
        "description": None if profile is None else profile.description,
        "graduated_to": None if profile is None else profile.graduated_to,
        "constraints": None if profile is None else dict(_constraints(eligibility)),
        "canonical": _canonical(eligibility),
        "verdicts": [attrs.asdict(each) for each in compilation.verdicts] if compilation else [],
        "refusal": None if eligibility.refusal is None else failure_document(eligibility.refusal),
    }


def _canonical(eligibility: Eligibility) -> str | None:
    canonical = eligibility.compilation.canonical if eligibility.compilation else None
    return None if canonical is None else canonical.name


def _constraints(eligibility: Eligibility) -> Iterator[tuple[str, Any]]:
    profile = eligibility.file.profile
    if profile is not None:
        for name, value in attrs.asdict(profile.constraints).items():
            if value is not None:
                yield name, value


def _list(every: Sequence[Eligibility]) -> list[str]:
    rows = [("PROFILE", "STATE", "FILE", "DESCRIPTION")]
    for each in every:
        profile = each.file.profile
        file_name = each.file.path.rpartition("/")[2]
        description = "-" if profile is None else profile.description
        rows.append((each.file.name or "-", str(each.state), file_name, description))
    invalid = [each for each in every if each.state is LifecycleState.INVALID]
    lines = columns(rows)
    for each in invalid:
        if each.refusal is not None:
            lines += ["", *refusal.lines(each.refusal)]
    return lines


def _full(eligibility: Eligibility) -> Iterator[str]:
    profile = eligibility.file.profile
    yield f"name: {eligibility.file.name}"
    yield f"state: {eligibility.state}"
    if profile is not None:
        if profile.state is not eligibility.state:
            yield f"declared state: {profile.state}"
        if profile.graduated_to is not None:
            yield f"graduated to: {profile.graduated_to}"
        yield f"description: {profile.description}"
    yield f"file: {eligibility.file.path}"
    if eligibility.refusal is not None:
        yield "refused for new jobs:"
        yield from (f"  {line}" for line in refusal.lines(eligibility.refusal))
    if eligibility.compilation is None:
        return
    yield "constraints:"
    for name, value in _constraints(eligibility):
        yield f"  {name} = {text(value)}"
    yield f"compiles to: {_canonical(eligibility) or 'nothing'}"
    yield "canonical profiles:"
    rows = [(each.canonical, _why(each)) for each in eligibility.compilation.verdicts]
    yield from (f"  {line}" for line in columns(rows))


def _why(verdict: CandidateVerdict) -> str:
    if not verdict.removed_by:
        return "remains"
    reasons = (
        f"{each.constraint} = {each.wanted} (it has {each.found})" for each in verdict.removed_by
    )
    return f"removed by {', '.join(reasons)}"
