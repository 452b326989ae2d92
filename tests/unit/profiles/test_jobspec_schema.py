"""The schema of a JobSpec and the code that reads one give the same verdict."""

import itertools
import posixpath
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import TOKENS, Codec, Container, JobSpec
from proxx_daemon.plan import naming
from proxx_daemon.profiles import match
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.schemas import jobspec_schema

SCHEMA = jobspec_schema(profiles())
VALIDATOR = Draft202012Validator(SCHEMA)
FIELDS = tuple(field.name for field in attrs.fields(JobSpec))
MOMENT = "2026-01-31T10:00:00+01:00"
RESOLUTIONS = ["same", "half", "quarter", "1920x1080", "01x2", "1x100000", "half\n"]
PRESETS = [each.resolve_preset for each in profiles().values() if each.resolve_preset]
ORIGIN = {"type": "user_profile", "name": "avid", "version": "1.0", "selected_at": MOMENT}


def valid(profile_name: str, **changes: Any) -> dict[str, Any]:
    """Give a valid spec with every field that its profile allows."""
    profile = profiles()[profile_name]
    spec: dict[str, Any] = {
        "jobspec_version": "2.1",
        "job_id": "A-1_b.2",
        "sources": ["/media/A001.mov", "/media/A002.mov"],
        "output_directory": "/proxies",
        "codec": str(profile.codec),
        "container": str(profile.container),
        "resolution": profile.resolution,
        "naming_template": "{source_name}_proxy",
        "proxy_profile": profile_name,
        "fps_mode": "explicit",
        "fps_explicit": 23.976,
        "resolved_tokens": {},
        "created_at": MOMENT,
        "proxy_profile_origin": dict(ORIGIN),
    }
    if profile.resolve_preset is not None:
        spec["resolve_preset"] = profile.resolve_preset
    spec.update(changes)
    return {name: value for name, value in spec.items() if value is not ...}


def code_accepts(document: object) -> bool:
    """Give the verdict of the code, as far as it needs no disk."""
    draft = reading.read(document, generated_id="generated")
    _, mismatches = match.check(draft.fields, profiles())
    template = naming.check_template(draft.fields.get("naming_template", ""))
    return not (draft.problems or mismatches or template)


def schema_accepts(document: object) -> bool:
    """Give the verdict of the schema."""
    return VALIDATOR.is_valid(document)


def agreed(document: object) -> bool:
    """Give the verdict that both share."""
    verdict = code_accepts(document)
    assert schema_accepts(document) is verdict, document
    return verdict


def test_the_schema_is_one_of_its_dialect_and_says_so() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_schema_has_exactly_the_fields_of_the_record() -> None:
    assert set(SCHEMA["properties"]) == set(FIELDS)
    assert all(field.get("description") for field in SCHEMA["properties"].values())


@pytest.mark.parametrize("name", profiles())
def test_both_accept_a_spec_of_every_profile_with_all_or_only_required_fields(name: str) -> None:
    assert agreed(valid(name))
    required = set(SCHEMA["required"])
    assert agreed({key: value for key, value in valid(name).items() if key in required})


@pytest.mark.parametrize("name", ["proxy_h264_low", "proxy_dnxhr_sq_resolve"])
@pytest.mark.parametrize("field", [*FIELDS, "colour"])
@pytest.mark.parametrize("wrong", [None, True, 500, "", "\t{", [], ["x"], {"a": 1}])
def test_both_refuse_a_value_of_another_kind_in_any_field(
    name: str, field: str, wrong: object
) -> None:
    verdict = agreed(valid(name, **{field: wrong}))
    # A field that is new may take one of these, though never null.
    assert not verdict or (field not in (*OF_FIELD, "colour") and wrong is not None)


@pytest.mark.parametrize("name", profiles())
@pytest.mark.parametrize("field", SCHEMA["required"])
def test_both_refuse_a_spec_without_a_required_field(name: str, field: str) -> None:
    assert not agreed(valid(name, **{field: ...}))


@pytest.mark.parametrize("name", profiles())
def test_both_accept_only_the_pair_of_codec_and_container_of_the_profile(name: str) -> None:
    accepted = [
        (codec, container)
        for codec, container in itertools.product(Codec, Container)
        if agreed(valid(name, codec=str(codec), container=str(container)))
    ]
    assert accepted == [(profiles()[name].codec, profiles()[name].container)]


@pytest.mark.parametrize("name", profiles())
def test_both_accept_only_the_resolution_and_the_preset_of_the_profile(name: str) -> None:
    profile = profiles()[name]
    sizes = [size for size in RESOLUTIONS if agreed(valid(name, resolution=size))]
    assert sizes == [profile.resolution]
    presets = [text for text in PRESETS if agreed(valid(name, resolve_preset=text))]
    assert presets == ([] if profile.resolve_preset is None else [profile.resolve_preset])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"jobspec_version": "2.10"}, False),
        ({"jobspec_version": 2.1}, False),
        ({"job_id": "a" * 64}, True),
        ({"job_id": "a" * 65}, False),
        ({"job_id": "a\n"}, False),
        ({"sources": ["/a"]}, True),
        ({"sources": ["/a", "/a"]}, False),
        ({"sources": ["/a", "b"]}, False),
        ({"sources": ["/a\u2028"]}, False),
        ({"sources": ["/a\x85"]}, False),
        ({"sources": ["/a\u202f\U0001f3ac"]}, True),
        ({"sources": ["/a", 5]}, False),
        ({"output_directory": "/a\n"}, False),
        ({"output_directory": "~/a"}, False),
        ({"resolution": "half\n"}, False),
        ({"resolution": "same"}, False),
        ({"naming_template": "{reel}-{index}"}, True),
        ({"naming_template": "{Reel}"}, False),
        ({"naming_template": "a{"}, False),
        ({"naming_template": "{{source_name}}"}, False),
        ({"proxy_profile": "PROXY_H264_LOW"}, False),
        ({"fps_mode": "same-as-source"}, False),
        ({"fps_mode": "same-as-source", "fps_explicit": ...}, True),
        ({"fps_mode": ..., "fps_explicit": ...}, True),
        ({"fps_mode": ...}, False),
        ({"fps_explicit": ...}, False),
        ({"fps_explicit": 1}, True),
        ({"fps_explicit": 240}, True),
        ({"fps_explicit": 0.999}, False),
        ({"fps_explicit": 240.001}, False),
        ({"fps_explicit": 10**399}, False),
        ({"fps_explicit": True}, False),
        ({"resolve_preset": "ProRes Proxy"}, False),
        ({"resolved_tokens": {"index": "000"}}, False),
        ({"created_at": "2026-01-31T10:00Z"}, True),
        ({"created_at": "2026-01-31T10:00:00.5-23:59"}, True),
        ({"created_at": "2026-01-31T10:00:00"}, False),
        ({"created_at": "2026-01-31x10:00:00Z"}, False),
        ({"created_at": "2026-01-31 10:00:00Z"}, False),
        ({"created_at": "20260131T100000Z"}, False),
        ({"created_at": "2026-W05-6T10:00:00Z"}, False),
        ({"created_at": "2026-01-31T24:00:00Z"}, False),
        ({"created_at": "2026-01-31T10:00:00+24:00"}, False),
        ({"created_at": "0000-01-31T10:00:00Z"}, False),
        ({"created_at": MOMENT + "\n"}, False),
        ({"proxy_profile_origin": ORIGIN | {"type": "preset"}}, False),
        ({"proxy_profile_origin": ORIGIN | {"colour": "red"}}, False),
        ({"proxy_profile_origin": ORIGIN | {"name": ""}}, True),
        ({"proxy_profile_origin": {"type": "user_profile"}}, False),
        ({"proxy_profile_origin": ORIGIN | {"selected_at": "2026-01-31"}}, False),
        ({"proxy_profile_origin": ORIGIN | {"selected_at": MOMENT + "\n"}}, False),
        ({"colour": "red"}, False),
    ],
)
def test_both_give_the_same_verdict_at_every_edge(changes: dict[str, Any], verdict: object) -> None:
    assert agreed(valid("proxy_h264_low", **changes)) is verdict


@pytest.mark.parametrize("value", [None, True, 5, "x", [], {}])
def test_both_refuse_what_is_no_spec_at_all(value: object) -> None:
    assert not agreed(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": ["/a/b", "/a//b"]},
        {"created_at": "2026-02-31T10:00:00Z"},
        {"naming_template": "\ud800"},
    ],
)
def test_what_the_comment_leaves_to_the_code_is_refused_there(changes: dict[str, Any]) -> None:
    spec = valid("proxy_h264_low", **changes)
    assert schema_accepts(spec)
    assert not code_accepts(spec)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("/{}%\n \x00\x7f\u2028aZ0"),
    max_size=12,
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TEMPLATES = st.lists(
    st.sampled_from([*(f"{{{token}}}" for token in TOKENS), "{x}", "{", "}", "_", "\n", "ä"]),
    max_size=5,
).map("".join)
MOMENTS = st.builds(
    "{}-{:02}-{:02}{}{:02}:{:02}{}{}".format,
    st.sampled_from(["0000", "0001", "2026", "9999", "26"]),
    st.integers(0, 13),
    st.sampled_from([0, 1, 28, 32]),
    st.sampled_from(["T", "T", " ", "t", ""]),
    st.integers(22, 25),
    st.integers(58, 61),
    st.sampled_from(["", ":00", ":59", ":60", ":00.1", ":00,123456", ":00.", ":00.1234567"]),
    st.sampled_from(["Z", "z", "", "+00:00", "-23:59", "+24:00", "+0100", "+01", "Z\n"]),
)
PATHS = st.builds("{}{}".format, st.sampled_from(["/", "/a/", "", "~/"]), TEXTS)
OF_FIELD: Mapping[str, st.SearchStrategy[Any]] = {
    "jobspec_version": st.sampled_from(["2.1", "2.0", "1.0.0", 2.1]),
    "job_id": st.from_regex(r"[A-Za-z0-9._-]{1,66}", fullmatch=True),
    "sources": st.lists(PATHS | st.just("/a"), max_size=2),
    "output_directory": PATHS,
    "codec": st.sampled_from(Codec).map(str),
    "container": st.sampled_from(Container).map(str),
    "resolution": st.sampled_from(RESOLUTIONS),
    "naming_template": TEMPLATES,
    "proxy_profile": st.sampled_from([*profiles(), "proxy_h265", ""]),
    "fps_mode": st.sampled_from(["same-as-source", "explicit", "fixed"]),
    "fps_explicit": st.sampled_from([0, 1, 240, 241, 0.9999999999999999, 240.00000000000003])
    | st.floats(0, 250),
    "resolve_preset": st.sampled_from(PRESETS),
    "resolved_tokens": st.sampled_from([{}, {"index": "000"}]),
    "created_at": MOMENTS,
    "proxy_profile_origin": st.builds(
        lambda name, value: {**ORIGIN, name: value},
        st.sampled_from([*ORIGIN, "colour"]),
        TEXTS | MOMENTS | JSON,
    ),
}


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """Give a valid spec with some fields removed, added, retyped or moved to an edge."""
    spec = valid(draw(st.sampled_from(list(profiles()))))
    # Mostly one field: a second fault hides whether the two agree about the first.
    count = draw(st.sampled_from([1, 1, 1, 1, 3]))
    for name in draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=count, unique=True)):
        how = draw(st.sampled_from(["remove", "edge", "edge", "near", "any"]))
        if how == "remove":
            spec.pop(name, None)
        elif how == "edge":
            spec[name] = draw(OF_FIELD.get(name, JSON))
        elif how == "near" and isinstance(spec.get(name), str):
            spec[name] = draw(st.sampled_from(["", " "])) + spec[name] + draw(TEXTS)
        else:
            spec[name] = draw(JSON)
    if draw(st.integers(0, 19)) == 0:
        spec[draw(TEXTS)] = draw(JSON)
    return spec


def said_by_a_schema(spec: Mapping[str, Any]) -> bool:
    """Whether no two sources are one path written differently: only the code sees that."""
    sources = spec.get("sources")
    if not isinstance(sources, list) or not all(isinstance(path, str) for path in sources):
        return True
    normal = {"/" + posixpath.normpath(path).lstrip("/") for path in sources}
    return len(normal) == len(set(sources))


@given(mutated())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_schema_and_code_agree_about_every_mutation_of_a_valid_spec(spec: dict[str, Any]) -> None:
    assume(said_by_a_schema(spec))
    agreed(spec)


@given(JSON)
def test_schema_and_code_agree_about_any_json_value(value: object) -> None:
    agreed(value)
