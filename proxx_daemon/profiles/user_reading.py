"""Reads one user profile out of its parsed TOML or JSON: a record, or every problem at once."""

from attrs import evolve, frozen

from proxx_daemon.documents.record_reading import RecordReader
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.profiles.user_profile import UserProfile


@frozen(kw_only=True)
class Reading:
    """What a document says: the profile, or everything that is wrong with it."""

    #: None exactly when there are problems
    profile: UserProfile | None
    #: the name, where it could be read, of a profile that is otherwise wrong too
    name: str | None
    #: every problem
    problems: tuple[Problem, ...]


def read(document: object) -> Reading:
    """Check a parsed document completely."""
    if not isinstance(document, dict):
        problem = Problem(
            code=Code.USER_PROFILE_INVALID,
            path="",
            message="A user profile is one table (TOML) or object (JSON).",
            found=printable(document),
            allowed="table",
        )
        return Reading(profile=None, name=None, problems=(problem,))
    reader = RecordReader("a user profile", an_object="a table (TOML) or object (JSON)")
    values = reader.record(UserProfile, document)
    problems = tuple(_told(problem) for problem in reader.problems)
    profile = None if problems else UserProfile(**values)
    return Reading(profile=profile, name=values.get("name"), problems=problems)


def _told(problem: Problem) -> Problem:
    """Return a problem as operators are told it: never with the name of a canonical profile."""
    hidden = problem.path == "graduated_to"
    found = None if hidden else problem.found
    return evolve(problem, code=Code.USER_PROFILE_INVALID, found=found)
