"""The JSON Schema of a user profile."""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.documents.fields import Schema
from proxx_daemon.documents.schema import one_of, record_schema, top
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import USER_PROFILE_VERSION, UserProfile

#: what the code checks beyond this schema, for its readers
_BEYOND: Final = (
    "A schema cannot say everything that is checked: exactly one canonical profile meets the "
    "constraints of an ACTIVE user profile; no two files of a folder have the same name; every "
    "character of name and description is printable in the sense of Unicode. A TOML file is held "
    "to the same rules."
)


def user_profile_schema(profiles: Mapping[str, CanonicalProfile]) -> Schema:
    """Return the schema of a user profile; it graduates to one of `profiles`."""
    body = record_schema(UserProfile)
    body["properties"]["graduated_to"] |= one_of(profiles)
    return top(
        "user-profile",
        USER_PROFILE_VERSION,
        f"Proxx user profile {USER_PROFILE_VERSION}",
        "An intention that operators pick by name; its constraints leave one canonical profile.",
        {"$comment": _BEYOND, **body},
    )
