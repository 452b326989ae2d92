"""The JSON Schemas of the documents that Proxx reads and writes, by the name of the document."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from proxx_daemon.documents.schema_parts import Schema
from proxx_daemon.jobspec.schema import jobspec_schema
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_schema import user_profile_schema
from proxx_daemon.result.schema import result_schema

#: the documents that have a schema
NAMES: Final = ("jobspec", "result", "user-profile")


def schemas(profiles: Mapping[str, CanonicalProfile]) -> Mapping[str, Schema]:
    """Return every schema by the name of its document."""
    every = (jobspec_schema(profiles), result_schema(), user_profile_schema(profiles))
    return MappingProxyType(dict(zip(NAMES, every, strict=True)))


def to_text(schema: Schema) -> str:
    """Return a schema as JSON for people and programs: ASCII, indented, newline at the end."""
    return json.dumps(schema, indent=2) + "\n"
