"""Reads one user profile out of its parsed TOML or JSON: a record, or every problem at once."""

from attrs import evolve

from proxx_daemon.documents.record_reading import RecordReader
from proxx_daemon.documents.strict_json import printable
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.profiles.user_profile import UserProfile, UserProfileFile


def read(path: str, document: object) -> UserProfileFile:
    """Check the parsed document of a file completely; `path` is as it is shown."""
    if not isinstance(document, dict):
        problem = Problem(
            code=Code.USER_PROFILE_INVALID,
            path="",
            message="A user profile is one table (TOML) or object (JSON).",
            found=printable(document),
            allowed="table",
        )
        return UserProfileFile(path=path, name=None, profile=None, problems=(problem,))
    reader = RecordReader("a user profile", an_object="a table (TOML) or object (JSON)")
    values = reader.record(UserProfile, document)
    problems = tuple(_told(problem) for problem in reader.problems)
    profile = None if problems else UserProfile(**values)
    name = values.get("name")
    return UserProfileFile(path=path, name=name, profile=profile, problems=problems)


def _told(problem: Problem) -> Problem:
    """Return a problem as operators are told it: never with the name of a canonical profile."""
    hidden = problem.path == "graduated_to"
    found = None if hidden else problem.found
    return evolve(problem, code=Code.USER_PROFILE_INVALID, found=found)
