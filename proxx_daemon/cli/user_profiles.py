"""`proxx user-profiles [NAME]`: the user profiles, and what each compiles to and why.

It also finds the folder of user profiles, for `proxx create` too.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from proxx_daemon.cli import output
from proxx_daemon.documents.failure import failure_document
from proxx_daemon.failures.errors import Failure
from proxx_daemon.profiles import user_folder
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.compiler import text
from proxx_daemon.profiles.eligibility import eligibilities, find
from proxx_daemon.profiles.user_profile import CandidateVerdict, Eligibility, LifecycleState

#: where user profiles come from, for --help
RULE: Final = (
    "User profiles come from --profiles-dir; if omitted, from the folder in the environment\n"
    "variable PROXX_USER_PROFILES; otherwise from the examples that ship with Proxx."
)
_EXAMPLE = f"""example:
  proxx user-profiles
  proxx user-profiles HD_Editorial_LT

{RULE}

exit codes: 0, 1 if there is no profile of that name or a shown one is INVALID, 4 if the folder
            cannot be read
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.epilog = _EXAMPLE
    parser.add_argument("name", metavar="NAME", nargs="?", help="explain this profile")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    add_option(parser)


def add_option(parser: argparse.ArgumentParser) -> None:
    """Describe the option that names the folder with the user profiles."""
    parser.add_argument(
        "--profiles-dir", metavar="DIR", help="folder with the user profiles (*.toml, *.json)"
    )


def read(arguments: argparse.Namespace) -> tuple[Eligibility, ...]:
    """Judge every user profile of the folder that the rule names. Raise FatalError."""
    folder = arguments.profiles_dir
    if folder is None:
        folder = os.environ.get("PROXX_USER_PROFILES") or user_folder.shipped_folder()
    return eligibilities(user_folder.load(folder), profiles())


def run(arguments: argparse.Namespace) -> int:
    """Show the user profiles; return the exit code."""
    every = read(arguments)
    if arguments.name is None:
        shown: Sequence[Eligibility] = every
        answer: Any = [_document(each) for each in every]
        lines = iter(_list(every))
    else:
        found = find(every, arguments.name)
        if isinstance(found, Failure):
            return output.refuse(found, as_json=arguments.json)
        shown, answer, lines = [found], _document(found), _full(found)
    if arguments.json:
        output.answer_json(answer)
    else:
        output.answer(*lines)
    return 1 if any(each.state is LifecycleState.INVALID for each in shown) else 0


def _document(eligibility: Eligibility) -> dict[str, Any]:
    """Return all that is known of a user profile, without the constraints that it does not have."""
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
    lines = output.columns(rows)
    for each in invalid:
        if each.refusal is not None:
            lines += ["", *output.failure_lines(each.refusal)]
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
        yield from (f"  {line}" for line in output.failure_lines(eligibility.refusal))
    if eligibility.compilation is None:
        return
    yield "constraints:"
    for name, value in _constraints(eligibility):
        yield f"  {name} = {text(value)}"
    yield f"compiles to: {_canonical(eligibility) or 'nothing'}"
    yield "canonical profiles:"
    rows = [(each.canonical, _why(each)) for each in eligibility.compilation.verdicts]
    yield from (f"  {line}" for line in output.columns(rows))


def _why(verdict: CandidateVerdict) -> str:
    if not verdict.removed_by:
        return "remains"
    reasons = (
        f"{each.constraint} = {each.wanted} (it has {each.found})" for each in verdict.removed_by
    )
    return f"removed by {', '.join(reasons)}"
