"""Specs read and written by programs."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.records import document
from unit.records import spec as record

from proxx_daemon import api
from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec import frame_rate

NTSC = [Fraction(base * 1000, 1001) for base in (12, 15, 24, 30, 48, 60, 72, 96, 120, 240)]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PATHS = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="%"), max_size=20
).map(lambda text: f"/{text}")
OFFSETS = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)
MOMENTS = st.datetimes(timezones=OFFSETS | st.just(UTC))
ORIGINS = st.builds(
    api.ProfileOrigin,
    type=st.just("user_profile"),
    name=TEXTS,
    version=TEXTS,
    selected_at=MOMENTS,
)
RATES = (
    st.floats(frame_rate.LOWEST, frame_rate.HIGHEST).map(frame_rate.exact)
    | st.integers(frame_rate.LOWEST, frame_rate.HIGHEST).map(Fraction)
    | st.sampled_from(NTSC)
    | st.fractions(frame_rate.LOWEST, frame_rate.HIGHEST, max_denominator=1000).map(
        lambda rate: frame_rate.exact(float(rate))
    )
)
TEMPLATES = st.lists(
    st.sampled_from(["{source_name}", "{index}", "{reel}", "_", "ä", "%", "\U0001f3ac"]),
    min_size=1,
    max_size=4,
).map("".join)


@st.composite
def specs(draw: st.DrawFn) -> api.JobSpec:
    """Give a valid spec of any profile, with any of the fields that may be there."""
    profile = draw(st.sampled_from(list(api.PROXY_PROFILES.values())))
    rate = draw(st.none() | RATES)
    preset = draw(st.sampled_from([None, profile.resolve_preset]))
    return api.JobSpec(
        jobspec_version=api.JOBSPEC_VERSION,
        job_id=draw(st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True)),
        sources=tuple(f"{path}-{index}" for index, path in enumerate(draw(_PATH_LISTS))),
        output_directory=draw(PATHS),
        codec=profile.codec,
        container=profile.container,
        resolution=profile.resolution,
        naming_template=draw(TEMPLATES),
        proxy_profile=profile.name,
        fps_mode=api.FpsMode.SAME_AS_SOURCE if rate is None else api.FpsMode.EXPLICIT,
        fps_explicit=rate,
        resolve_preset=preset,
        created_at=draw(st.none() | MOMENTS),
        proxy_profile_origin=draw(st.none() | ORIGINS),
    )


_PATH_LISTS = st.lists(PATHS.map(lambda path: path.rstrip("/.") + "/x"), min_size=1, max_size=3)


@given(specs())
@settings(max_examples=100, deadline=None)
def test_a_valid_spec_is_read_back_as_it_was_written(spec: api.JobSpec) -> None:
    text = api.to_json(spec)
    assert api.from_json(text) == spec
    assert api.to_json(api.from_json(text)) == text


@given(specs())
@settings(deadline=None)
def test_fields_are_written_in_the_order_of_the_specification(spec: api.JobSpec) -> None:
    order = [field.name for field in attrs.fields(api.JobSpec)]
    written = list(json.loads(api.to_json(spec)))
    assert written == [name for name in order if name in written]


@given(specs())
@settings(deadline=None)
def test_a_valid_spec_is_given_back_as_it_is(spec: api.JobSpec) -> None:
    assert api.validate(spec, check_paths=False) == spec


@pytest.mark.parametrize(
    ("rate", "written"),
    [
        (Fraction(24000, 1001), "23.976"),
        (Fraction(30000, 1001), "29.97"),
        (Fraction(60000, 1001), "59.94"),
        (Fraction(120000, 1001), "119.88"),
        (Fraction(25), "25"),
        (Fraction(25, 2), "12.5"),
        (Fraction(100, 3), "33.333333333333336"),
    ],
)
def test_a_rate_is_written_as_people_write_it_and_read_as_the_exact_one(
    rate: Fraction, written: str
) -> None:
    text = api.to_json(record(fps_mode=api.FpsMode.EXPLICIT, fps_explicit=rate))
    assert f'"fps_explicit": {written}\n' in text.replace(",\n", "\n")
    assert api.from_json(text).fps_explicit == rate


@pytest.mark.parametrize(
    "rate",
    [Fraction(24001, 1001), Fraction(25_000_076, 1_000_003), Fraction(0), Fraction(10**400)],
)
def test_a_rate_that_no_number_names_is_not_written(rate: Fraction) -> None:
    with pytest.raises(ValueError, match="no number of a JobSpec names the rate"):
        api.to_json(record(fps_mode=api.FpsMode.EXPLICIT, fps_explicit=rate))


@pytest.mark.parametrize(
    "changes",
    [
        {"sources": ()},
        {"sources": ("a.mov",)},
        {"resolution": "same"},
        {"fps_explicit": Fraction(25)},
        {"created_at": datetime(2026, 1, 31)},  # noqa: DTZ001 - a time without offset is the case
        {"naming_template": "{sauce}"},
        {"sources": tuple(f"/{index:01000}" for index in range(1100))},
    ],
)
def test_what_could_not_be_read_is_not_written(changes: Mapping[str, Any]) -> None:
    with pytest.raises(api.JobSpecValidationError):
        api.to_json(record(**changes))


def test_a_spec_without_an_id_gets_one_of_its_own_each_time() -> None:
    text = json.dumps(document())
    assert api.from_json(text).job_id != api.from_json(text).job_id


def test_a_document_is_read_as_text_and_as_bytes() -> None:
    text = json.dumps(document(job_id="a", sources=["/ä.mov"]), ensure_ascii=False)
    assert api.from_json(text) == api.from_json(text.encode())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.SPEC_EMPTY),
        ("{", Code.SPEC_NOT_JSON),
        ('{"a": 1, "a": 2}', Code.SPEC_DUPLICATE_KEY),
        ("[" * 40, Code.SPEC_TOO_DEEP),
        ("NaN", Code.SPEC_NOT_JSON),
        ("\ud800", Code.SPEC_NOT_UTF8),
        (b"\xff\xff", Code.SPEC_NOT_UTF8),
        ("[]", Code.FIELD_TYPE),
    ],
)
def test_what_is_no_json_document_of_a_spec_is_refused(text: str | bytes, code: Code) -> None:
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.from_json(text)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert caught.value.failure.code is code


def test_all_problems_are_carried_together() -> None:
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.from_json(json.dumps(document(codec="xvid", naming_template="{sauce}", colour=1)))
    problems = caught.value.problems
    assert {problem.path for problem in problems} == {"codec", "naming_template", "colour"}
    assert all(problem.advice() for problem in problems)


@pytest.mark.parametrize("name", api.PROXY_PROFILES)
def test_metadata_is_plain_json(name: str) -> None:
    metadata = api.get_profile_metadata(name)
    assert json.loads(json.dumps(metadata)) == metadata
    assert all(type(value) in (str, bool, type(None)) for value in metadata.values())


def test_everything_that_is_documented_is_there() -> None:
    assert all(hasattr(api, name) for name in api.__all__)


@pytest.mark.parametrize("base", NTSC)
def test_a_rate_at_the_edge_of_an_ntsc_name_stays_on_its_side(base: Fraction) -> None:
    for edge in (base - Fraction(7, 1000), base + Fraction(7, 1000)):
        value = float(edge)
        below, above = math.nextafter(value, 0), math.nextafter(value, 999)
        for number in (below, value, above, value - 1e-12, value + 1e-12):
            rate = frame_rate.exact(number)
            if rate is not None:
                assert frame_rate.exact(frame_rate.number(rate)) == rate
