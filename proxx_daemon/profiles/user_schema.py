"""The JSON Schema of a user profile, built from the enums that its reader checks with."""

from collections.abc import Mapping
from typing import Final

from proxx_daemon.documents.schema_parts import CONTROL, Schema, choice, record, text, top, when
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import (
    DECLARABLE,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    USER_PROFILE_VERSION,
    CodecFamily,
    LifecycleState,
    SizeLimit,
)

#: what the code checks beyond this schema, for its readers
_BEYOND: Final = (
    "A schema cannot say everything that is checked: exactly one canonical profile meets the "
    "constraints of an ACTIVE user profile; no two files of a folder have the same name; every "
    "character of name and description is printable in the sense of Unicode. A TOML file is held "
    "to the same rules."
)


def user_profile_schema(profiles: Mapping[str, CanonicalProfile]) -> Schema:
    """Give the schema of a user profile; it graduates to one of `profiles`."""
    graduated = when("state", LifecycleState.GRADUATED, {"required": ["graduated_to"]})
    body = record(
        {
            "user_profile_version": {
                "description": "The version of this form.",
                "const": USER_PROFILE_VERSION,
            },
            "name": text(
                "How operators call it.",
                minLength=1,
                maxLength=MAX_NAME_LENGTH,
                **{"not": {"pattern": f"^[ -]| $|{CONTROL}"}},
            ),
            "description": text(
                "What it is for.",
                minLength=1,
                maxLength=MAX_DESCRIPTION_LENGTH,
                **{"not": {"pattern": f"^ | $|{CONTROL}"}},
            ),
            "state": choice("Whether new jobs may be made from it.", DECLARABLE),
            "graduated_to": choice("The canonical profile that took its place.", profiles),
            "constraints": _constraints(),
        },
        required=("user_profile_version", "name", "description", "state", "constraints"),
        **graduated,
        **{"else": {"properties": {"graduated_to": False}}},
    )
    return top(
        "user-profile",
        USER_PROFILE_VERSION,
        f"Proxx user profile {USER_PROFILE_VERSION}",
        "An intention that operators pick by name; its constraints leave one canonical profile.",
        {"$comment": _BEYOND, **body},
    )


def _constraints() -> Schema:
    return record(
        {
            "engine": choice("It runs on this engine.", EngineKind),
            "codec": choice("It writes exactly this codec.", Codec),
            "codec_family": choice("It writes a codec of this family.", CodecFamily),
            "container": choice("It writes this container.", Container),
            "intra_frame_only": {
                "type": "boolean",
                "description": "Whether every frame stands alone; false means long GOP.",
            },
            "max_resolution": choice(
                "Its proxies are at most this large: half admits half and quarter.", SizeLimit
            ),
        },
        required=(),
        description="What the canonical profile must be; a constraint that is absent asks for "
        "nothing.",
    )
