"""User profiles are read strictly, and everything that is wrong is said at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.user_profile import (
    CodecFamily,
    Constraints,
    LifecycleState,
    Size,
    UserProfile,
)
from proxx_daemon.profiles.user_reading import read

PATH = "/profiles/a.toml"


def _document(**fields: Any) -> dict[str, Any]:
    return {
        "user_profile_version": "1.0",
        "name": "HD Editorial LT",
        "description": "Editing at full size.",
        "state": "ACTIVE",
        "constraints": {"codec": "prores_lt"},
    } | fields


def test_a_complete_document_becomes_a_record() -> None:
    constraints = {
        "engine": "ffmpeg",
        "codec": "prores_lt",
        "codec_family": "prores",
        "codec_profile": "LT",
        "container": "mov",
        "intra_frame_only": True,
        "resolution": "same",
        "max_resolution": "same",
    }
    reading = read(PATH, _document(constraints=constraints))
    assert reading.problems == ()
    assert reading.profile == UserProfile(
        user_profile_version="1.0",
        name="HD Editorial LT",
        description="Editing at full size.",
        state=LifecycleState.ACTIVE,
        constraints=Constraints(
            engine=EngineKind.FFMPEG,
            codec=Codec.PRORES_LT,
            codec_family=CodecFamily.PRORES,
            codec_profile="LT",
            container=Container.MOV,
            intra_frame_only=True,
            resolution=Size.SAME,
            max_resolution=Size.SAME,
        ),
    )


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"user_profile_version": 1.0}, "user_profile_version", 'the string "1.0"'),
        ({"user_profile_version": "1.1"}, "user_profile_version", 'the string "1.0"'),
        ({"name": ""}, "name", "1 to 64 printable"),
        ({"name": "x" * 65}, "name", "1 to 64 printable"),
        ({"name": "a\nb"}, "name", "1 to 64 printable"),
        ({"name": "\ud800"}, "name", "half a surrogate pair"),
        ({"name": " x"}, "name", "space"),
        ({"name": "--json"}, "name", "must not start with '-'"),
        ({"name": 5}, "name", "must be a string"),
        ({"description": None}, "description", "must be a string"),
        ({"description": "x" * 501}, "description", "1 to 500 printable"),
        ({"state": "active"}, "state", "ACTIVE, DEPRECATED, GRADUATED"),
        ({"state": "INVALID"}, "state", "ACTIVE, DEPRECATED, GRADUATED"),
        ({"state": "GRADUATED"}, "graduated_to", "is required when state is GRADUATED"),
        ({"graduated_to": "proxy_h264_low"}, "graduated_to", "allowed only when state"),
        ({"state": "GRADUATED", "graduated_to": 3}, "graduated_to", "must be a string"),
        ({"constraints": []}, "constraints", "must be a table"),
        ({"constraints": {"engine": "handbrake"}}, "constraints.engine", "ffmpeg, resolve"),
        ({"constraints": {"codec": "prores"}}, "constraints.codec", "prores_proxy"),
        ({"constraints": {"codec": ["h264"]}}, "constraints.codec", "not array"),
        ({"constraints": {"codec_family": "h265"}}, "constraints.codec_family", "hevc"),
        ({"constraints": {"container": "MOV"}}, "constraints.container", "mov, mp4"),
        ({"constraints": {"intra_frame_only": 1}}, "constraints.intra_frame_only", "true or false"),
        (
            {"constraints": {"max_resolution": "1920x1080"}},
            "constraints.max_resolution",
            "same, half, quarter",
        ),
        ({"constraints": {"resolution": "full"}}, "constraints.resolution", "same, half, quarter"),
        ({"constraints": {"codec_profile": 5}}, "constraints.codec_profile", "not number"),
        ({"constraints": {"codec_profile": ""}}, "constraints.codec_profile", "1 to 64 printable"),
        ({"constraints": {"bitrate": 5}}, "constraints.bitrate", "is not a field"),
        ({"codec": "h264"}, "codec", "is not a field"),
    ],
)
def test_one_mistake_is_named_with_its_path(fields: dict[str, Any], path: str, words: str) -> None:
    reading = read(PATH, _document(**fields))
    assert reading.profile is None
    assert [problem.path for problem in reading.problems] == [path]
    assert words in f"{reading.problems[0].message} {reading.problems[0].allowed}"
    assert reading.problems[0].code is Code.USER_PROFILE_INVALID


@pytest.mark.parametrize(
    "field", ["user_profile_version", "name", "description", "state", "constraints"]
)
def test_a_missing_field_is_named(field: str) -> None:
    document = _document()
    del document[field]
    reading = read(PATH, document)
    assert [problem.path for problem in reading.problems] == [field]
    assert "missing." in reading.problems[0].message


def test_every_mistake_is_reported_at_once() -> None:
    reading = read(
        PATH, {"name": "X", "state": "OLD", "colour": 1, "constraints": {"codec": 5, "b": 1}}
    )
    assert {problem.path for problem in reading.problems} == {
        "user_profile_version",
        "description",
        "state",
        "colour",
        "constraints.codec",
        "constraints.b",
    }
    assert reading.name == "X"


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_a_document_that_is_no_table_is_refused(document: object) -> None:
    reading = read(PATH, document)
    assert reading.profile is None
    assert len(reading.problems) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    st.sampled_from([*_document(), "graduated_to", "engine", "constraints.codec"]),
    _JSON,
)
def test_any_value_in_any_field_gives_a_profile_or_problems(field: str, value: object) -> None:
    document = _document()
    if field.startswith("constraints."):
        document["constraints"][field.removeprefix("constraints.")] = value
    else:
        document[field] = value
    reading = read(PATH, document)
    assert (reading.profile is None) == bool(reading.problems)
