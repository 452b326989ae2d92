"""The JobSpec of a new job, and what is refused before one exists."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxx_daemon.documents import strict_json
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Failure
from proxx_daemon.jobspec import reading
from proxx_daemon.operators.creation import JobRequest, check, document, encode
from proxx_daemon.profiles.catalogue import profiles
from proxx_daemon.profiles.user_profile import Constraints, LifecycleState, UserProfile

_AT: Final = datetime(2026, 1, 31, 10, 15, tzinfo=UTC)
_USER: Final = UserProfile(
    user_profile_version="1.0",
    name="HD Editorial LT",
    description="For tests.",
    state=LifecycleState.ACTIVE,
    constraints=Constraints(),
)


def _spec(canonical: str = "proxy_prores_lt", **fields: Any) -> dict[str, Any]:
    request = JobRequest(
        **{
            "sources": ("/footage/a.mov",),
            "output_directory": "/proxies",
            "naming_template": "{source_name}_proxy",
            "fps_explicit": None,
            "job_id": "job-1",
            "at": _AT,
        }
        | fields
    )
    return document(request, _USER, profiles()[canonical])


def _refusal(file_name: str | None = None, **fields: Any) -> Failure | None:
    return check(encode(_spec(**fields)), profiles(), file_name)


@pytest.mark.parametrize("canonical", list(profiles()))
def test_a_spec_of_every_canonical_profile_passes_the_checks(canonical: str) -> None:
    assert check(encode(_spec(canonical)), profiles(), "job-1.json") is None


def test_a_spec_says_where_it_comes_from() -> None:
    spec = _spec()
    assert spec["created_at"] == "2026-01-31T10:15:00+00:00"
    assert spec["proxy_profile_origin"] == {
        "type": "user_profile",
        "name": "HD Editorial LT",
        "version": "1.0",
        "selected_at": "2026-01-31T10:15:00+00:00",
    }


def test_a_spec_for_resolve_names_the_preset() -> None:
    assert _spec("proxy_prores_hq_resolve")["resolve_preset"] == "ProRes HQ"
    assert "resolve_preset" not in _spec("proxy_prores_lt")


@pytest.mark.parametrize(
    ("typed", "rate"),
    [("25", Fraction(25)), ("23.976", Fraction(24000, 1001)), ("2.5e1", Fraction(25))],
)
def test_a_typed_rate_is_the_number_it_names(typed: str, rate: Fraction) -> None:
    content = encode(_spec(fps_explicit=typed))
    assert check(content, profiles(), None) is None
    draft = reading.read(strict_json.read_document(content), generated_id="x")
    assert draft.spec().fps_explicit == rate


@pytest.mark.parametrize("typed", ["", "24/1", "0", "-25", "NaN", "1e999", "025", " 25", "9" * 99])
def test_a_typed_rate_that_is_none_is_refused(typed: str) -> None:
    failure = _refusal(fps_explicit=typed)
    assert failure is not None
    assert failure.code is Code.JOB_REQUEST_INVALID


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"sources": ("a.mov",)}, "sources[0]"),
        ({"sources": ("/a.mov", "/a.mov")}, "sources[1]"),
        ({"sources": ("/a\n.mov",)}, "sources[0]"),
        ({"sources": ("/a\udcff.mov",)}, "sources[0]"),
        ({"sources": ()}, "sources"),
        ({"output_directory": "proxies"}, "output_directory"),
        ({"naming_template": ""}, "naming_template"),
        ({"naming_template": "{sauce}"}, "naming_template"),
        ({"job_id": "a b"}, "job_id"),
        ({"job_id": ""}, "job_id"),
    ],
)
def test_what_makes_no_valid_spec_is_refused_with_its_place(
    fields: dict[str, Any], path: str
) -> None:
    failure = _refusal(**fields)
    assert failure is not None
    assert [problem.path for problem in failure.errors] == [path]


def test_all_mistakes_are_reported_at_once() -> None:
    failure = _refusal(sources=("a",), output_directory="b", job_id="/", fps_explicit="x")
    assert failure is not None
    paths = {problem.path for problem in failure.errors}
    assert paths == {"sources[0]", "output_directory", "job_id", "fps_explicit"}


@pytest.mark.parametrize("job_id", [".hidden", "-option", "job.result"])
def test_an_id_that_makes_a_name_no_daemon_takes_is_refused_for_a_folder(job_id: str) -> None:
    assert _refusal(job_id=job_id) is None
    failure = _refusal(f"{job_id}.json", job_id=job_id)
    assert failure is not None
    assert failure.errors[0].path == "job_id"


def test_a_spec_beyond_the_size_limit_is_refused() -> None:
    sources = tuple(f"/footage/{index:06}/{'x' * 200}.mov" for index in range(5000))
    failure = _refusal(sources=sources)
    assert failure is not None
    assert failure.errors[0].code is Code.SPEC_TOO_LARGE


def test_keys_stand_in_the_order_of_the_specification() -> None:
    keys = list(json.loads(encode(_spec(fps_explicit="25"))))
    assert keys == [
        "jobspec_version",
        "job_id",
        "sources",
        "output_directory",
        "codec",
        "container",
        "resolution",
        "naming_template",
        "proxy_profile",
        "fps_mode",
        "fps_explicit",
        "created_at",
        "proxy_profile_origin",
    ]


@given(
    sources=st.lists(st.text(max_size=12), max_size=3).map(tuple),
    output_directory=st.text(max_size=12),
    naming_template=st.text(max_size=12),
    fps_explicit=st.none() | st.text(max_size=8),
    job_id=st.text(max_size=12),
)
def test_any_request_is_refused_or_makes_a_spec_that_the_reader_takes(**fields: Any) -> None:
    content = encode(_spec(**fields))
    failure = check(content, profiles(), f"{fields['job_id']}.json")
    if failure is None:
        draft = reading.read(strict_json.read_document(content), generated_id="")
        assert draft.spec().sources == fields["sources"]
        assert draft.spec().job_id == fields["job_id"]
    else:
        assert failure.errors
