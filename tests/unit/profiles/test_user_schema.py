"""The schema of a user profile and the code that reads one give the same verdict."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from proxx_daemon.documents.strict_json import holds_control
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles import user_folder, user_reading
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.schemas import user_profile_schema
from proxx_daemon.profiles.user_profile import (
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    CodecFamily,
    Constraints,
    LifecycleState,
    Size,
    UserProfile,
)

SCHEMA = user_profile_schema(profiles())
VALIDATOR = Draft202012Validator(SCHEMA)
FIELDS = tuple(field.name for field in attrs.fields(UserProfile))
CONSTRAINTS: Mapping[str, list[Any]] = {
    "engine": list(map(str, EngineKind)),
    "codec": list(map(str, Codec)),
    "codec_family": list(map(str, CodecFamily)),
    "container": list(map(str, Container)),
    "codec_profile": ["DNXHR SQ", "x"],
    "intra_frame_only": [True, False],
    "resolution": list(map(str, Size)),
    "max_resolution": list(map(str, Size)),
}


def valid(**changes: Any) -> dict[str, Any]:
    """Give a valid user profile; a change to `...` takes the field away."""
    plain: dict[str, Any] = {
        "user_profile_version": "1.0",
        "name": "HD Editorial LT",
        "description": "Editing proxies for colour-sensitive work.",
        "state": "ACTIVE",
        "constraints": {"engine": "ffmpeg", "codec": "prores_lt"},
    }
    plain.update(changes)
    return {name: value for name, value in plain.items() if value is not ...}


def code_accepts(document: object) -> bool:
    """Give the verdict of the code about one file on its own."""
    reading = user_reading.read("a.toml", document)
    if reading.profile is None:
        return False
    successor = reading.profile.graduated_to
    return successor is None or successor in profiles()


def agreed(document: object) -> bool:
    """Give the verdict that both share."""
    verdict = code_accepts(document)
    assert VALIDATOR.is_valid(document) is verdict, document
    return verdict


def test_the_schema_is_one_of_its_dialect() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_has_exactly_the_fields_of_the_records() -> None:
    assert set(SCHEMA["properties"]) == set(FIELDS)
    constraints = SCHEMA["properties"]["constraints"]["properties"]
    assert set(constraints) == {field.name for field in attrs.fields(Constraints)}


def test_both_accept_every_example_that_ships_with_proxx() -> None:
    folder = Path(user_folder.shipped_folder())
    examples = [tomllib.loads(path.read_text()) for path in folder.glob("*.toml")]
    examples += [json.loads(path.read_text()) for path in folder.glob("*.json")]
    assert len(examples) >= 4
    assert all(agreed(example) for example in examples)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name in CONSTRAINTS for value in CONSTRAINTS[name]]
)
def test_both_accept_every_value_of_every_constraint(name: str, value: object) -> None:
    assert agreed(valid(constraints={name: value}))


@pytest.mark.parametrize("name", [*sorted(CONSTRAINTS.keys() - {"codec_profile"}), "bitrate"])
@pytest.mark.parametrize("wrong", [None, 1, 0, "", "H264", "true", [], {}])
def test_both_refuse_any_other_value_of_a_constraint(name: str, wrong: object) -> None:
    assert not agreed(valid(constraints={name: wrong}))


@pytest.mark.parametrize("wrong", [None, 1, True, "", " x", "x\n", "x" * 65, [], {}])
def test_both_refuse_a_profile_of_a_codec_that_is_no_line_of_text(wrong: object) -> None:
    assert not agreed(valid(constraints={"codec_profile": wrong}))


@pytest.mark.parametrize("field", [*FIELDS, "colour"])
@pytest.mark.parametrize("wrong", [None, True, 5, 2.5, "", "\n", [], ["x"], {"a": 1}])
def test_both_refuse_a_value_of_another_kind_in_any_field(field: str, wrong: object) -> None:
    assert not agreed(valid(**{field: wrong}))


@pytest.mark.parametrize("field", SCHEMA["required"])
def test_both_refuse_a_user_profile_without_a_required_field(field: str) -> None:
    assert not agreed(valid(**{field: ...}))


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"user_profile_version": "1"}, False),
        ({"user_profile_version": 1.0}, False),
        ({"name": "x" * MAX_NAME_LENGTH}, True),
        ({"name": "\U0001f3ac" * MAX_NAME_LENGTH}, True),
        ({"name": "x" * (MAX_NAME_LENGTH + 1)}, False),
        ({"name": "-x"}, False),
        ({"name": "x-"}, True),
        ({"name": " x"}, False),
        ({"name": "x "}, False),
        ({"name": "x\n"}, False),
        ({"name": "x \n"}, False),
        ({"name": "x\x85"}, False),
        ({"description": "-x"}, True),
        ({"description": "x "}, False),
        ({"description": " x"}, False),
        ({"description": "a\nb"}, False),
        ({"description": "x" * MAX_DESCRIPTION_LENGTH}, True),
        ({"description": "x" * (MAX_DESCRIPTION_LENGTH + 1)}, False),
        ({"state": "DEPRECATED"}, True),
        ({"state": "INVALID"}, False),
        ({"state": "active"}, False),
        ({"state": "GRADUATED"}, False),
        ({"state": "GRADUATED", "graduated_to": "proxy_prores_lt"}, True),
        ({"state": "GRADUATED", "graduated_to": "proxy_h265"}, False),
        ({"graduated_to": "proxy_prores_lt"}, False),
        ({"constraints": {}}, True),
        ({"colour": "red"}, False),
    ],
)
def test_both_give_the_same_verdict_at_every_edge(changes: dict[str, Any], verdict: object) -> None:
    assert agreed(valid(**changes)) is verdict


@pytest.mark.parametrize("value", [None, True, 5, "x", [], {}])
def test_both_refuse_what_is_no_user_profile_at_all(value: object) -> None:
    assert not agreed(value)


def test_a_character_that_only_unicode_calls_unprintable_is_left_to_the_code() -> None:
    profile = valid(name="a\u00a0b")
    assert VALIDATOR.is_valid(profile)
    assert not code_accepts(profile)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(" -\n\x7faZ0"), max_size=12
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OF_FIELD: Mapping[str, st.SearchStrategy[Any]] = {
    "user_profile_version": st.sampled_from(["1.0", "1.1", 1.0]),
    "name": TEXTS,
    "description": TEXTS,
    "state": st.sampled_from(LifecycleState).map(str),
    "graduated_to": st.sampled_from([*profiles(), "proxy_h265"]),
    "constraints": st.fixed_dictionaries(
        {},
        optional={name: st.sampled_from([*found, "x"]) for name, found in CONSTRAINTS.items()},
    ),
}


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Give a valid user profile with some fields removed, added, retyped or at an edge."""
    profile = valid()
    count = draw(st.sampled_from([1, 1, 2]))
    for name in draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=count, unique=True)):
        how = draw(st.sampled_from(["remove", "edge", "edge", "any"]))
        if how == "remove":
            profile.pop(name, None)
        else:
            profile[name] = draw(OF_FIELD[name] if how == "edge" else JSON)
    return profile


def sayable(text: str) -> bool:
    """Whether each character is either printable or one that the schema can name."""
    return all(each.isprintable() or holds_control(each) for each in text)


@given(mutated())
@settings(max_examples=200, deadline=None)
def test_schema_and_code_agree_about_every_mutation_of_a_valid_user_profile(
    profile: dict[str, Any],
) -> None:
    words = [profile.get("name"), profile.get("description")]
    # What Unicode calls unprintable beyond the control characters is beyond a schema.
    assume(all(not isinstance(text, str) or sayable(text) for text in words))
    agreed(profile)


@given(JSON)
def test_schema_and_code_agree_about_any_json_value(value: object) -> None:
    agreed(value)
