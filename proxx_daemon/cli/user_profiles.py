"""`proxx user-profiles [NAME]`: the user profiles, and what each compiles to and why."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from proxx_daemon.cli import profiles_dir, refusal
from proxx_daemon.cli.table import columns
from proxx_daemon.failures.document import failure_document
from proxx_daemon.failures.errors import Failure
from proxx_daemon.profiles.compiler import text
from proxx_daemon.profiles.eligibility import find
from proxx_daemon.profiles.user_profile import LifecycleState, Standing, Verdict

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
        shown: Sequence[Standing] = every
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


def _document(standing: Standing) -> dict[str, Any]:
    """Give everything that is known of a user profile; absent constraints are left out."""
    profile = standing.file.profile
    compilation = standing.compilation
    return {
        "name": standing.file.name,
        "file": standing.file.path,
        "state": str(standing.state),
        "declared_state": None if profile is None else str(profile.state),
        "description": None if profile is None else profile.description,
        "graduated_to": None if profile is None else profile.graduated_to,
        "constraints": None if profile is None else dict(_constraints(standing)),
        "canonical": _canonical(standing),
        "verdicts": [attrs.asdict(each) for each in compilation.verdicts] if compilation else [],
        "refusal": None if standing.refusal is None else failure_document(standing.refusal),
    }


def _canonical(standing: Standing) -> str | None:
    canonical = standing.compilation.canonical if standing.compilation else None
    return None if canonical is None else canonical.name


def _constraints(standing: Standing) -> Iterator[tuple[str, Any]]:
    profile = standing.file.profile
    if profile is not None:
        for name, value in attrs.asdict(profile.constraints).items():
            if value is not None:
                yield name, value


def _list(every: Sequence[Standing]) -> list[str]:
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


def _full(standing: Standing) -> Iterator[str]:
    profile = standing.file.profile
    yield f"name: {standing.file.name}"
    yield f"state: {standing.state}"
    if profile is not None:
        if profile.state is not standing.state:
            yield f"declared state: {profile.state}"
        if profile.graduated_to is not None:
            yield f"graduated to: {profile.graduated_to}"
        yield f"description: {profile.description}"
    yield f"file: {standing.file.path}"
    if standing.refusal is not None:
        yield "refused for new jobs:"
        yield from (f"  {line}" for line in refusal.lines(standing.refusal))
    if standing.compilation is None:
        return
    yield "constraints:"
    for name, value in _constraints(standing):
        yield f"  {name} = {text(value)}"
    yield f"compiles to: {_canonical(standing) or 'nothing'}"
    yield "canonical profiles:"
    rows = [(each.canonical, _why(each)) for each in standing.compilation.verdicts]
    yield from (f"  {line}" for line in columns(rows))


def _why(verdict: Verdict) -> str:
    if not verdict.removed_by:
        return "remains"
    reasons = (
        f"{each.constraint} = {each.wanted} (it has {each.found})" for each in verdict.removed_by
    )
    return f"removed by {', '.join(reasons)}"
