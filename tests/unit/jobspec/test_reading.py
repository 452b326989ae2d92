import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from unit.records import document, spec

from proxx_daemon.documents import strict_json
from proxx_daemon.failures.codes import Code
from proxx_daemon.failures.errors import Problem
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import Codec, Container, FpsMode, ProfileOrigin

ORIGIN = {
    "type": "user_profile",
    "name": "avid",
    "version": "1.0",
    "selected_at": "2026-01-31T10:00:00+01:00",
}
CODECS = (
    "prores_proxy, prores_lt, prores_standard, prores_hq, prores_4444, h264, h265, hevc, dnxhd, "
    "dnxhr, vp9, av1"
)


def problems(**changes: Any) -> tuple[Problem, ...]:
    return reading.read(document(**changes), generated_id="generated").problems


def only(**changes: Any) -> Problem:
    found = problems(**changes)
    assert len(found) == 1, found
    return found[0]


def test_a_minimal_spec_is_read_with_a_generated_id_and_the_defaults() -> None:
    draft = reading.read(document(), generated_id="generated")
    assert draft.problems == ()
    assert draft.spec() == spec(job_id="generated")
    assert draft.spec().fps_mode is FpsMode.SAME_AS_SOURCE


def test_a_spec_with_every_field_is_read_whole() -> None:
    draft = reading.read(
        document(
            job_id="A-1_b.2",
            sources=["/b.mov", "/a.mov"],
            fps_mode="explicit",
            fps_explicit=23.976,
            resolve_preset="ProRes Proxy",
            resolved_tokens={},
            created_at="2026-01-31T09:00:00Z",
            proxy_profile_origin=ORIGIN,
        ),
        generated_id="generated",
    )
    assert draft.problems == ()
    read = draft.spec()
    assert read.job_id == "A-1_b.2"
    assert read.sources == ("/b.mov", "/a.mov")
    assert read.fps_explicit == Fraction(24000, 1001)
    assert read.created_at == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert read.proxy_profile_origin == ProfileOrigin(
        type="user_profile",
        name="avid",
        version="1.0",
        selected_at=datetime.fromisoformat("2026-01-31T10:00:00+01:00"),
    )


@pytest.mark.parametrize("value", [[], "x", 1, 1.5, True, None])
def test_what_is_not_an_object_is_no_spec(value: object) -> None:
    draft = reading.read(value, generated_id="generated")
    assert [problem.code for problem in draft.problems] == [Code.FIELD_TYPE]
    assert draft.problems[0].message.startswith("A JobSpec is one JSON object; this is ")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (..., "missing"),
        ("1.0.0", '"1.0.0"'),
        ("2.10", '"2.10"'),
        (" 2.1", '" 2.1"'),
        (2.1, "the number 2.1"),
        (None, "null"),
        (["2.1"], 'the array ["2.1"]'),
    ],
)
def test_every_version_but_2_1_is_refused(version: object, said: str) -> None:
    problem = only(jobspec_version=version)
    assert problem.code is Code.VERSION_UNSUPPORTED
    assert problem.path == "jobspec_version"
    assert problem.message == f'jobspec_version must be the string "2.1"; it is {said}.'


@pytest.mark.parametrize(
    "name", ["sources", "output_directory", "codec", "container", "resolution", "naming_template"]
)
def test_a_missing_required_field_is_refused(name: str) -> None:
    problem = only(**{name: ...})
    assert (problem.code, problem.path) == (Code.FIELD_MISSING, name)
    assert problem.message == f"Required field '{name}' is missing."


@pytest.mark.parametrize("value", [..., ""])
def test_a_missing_or_empty_profile_is_refused_with_the_quoted_message(value: object) -> None:
    problem = only(proxy_profile=value)
    assert (problem.code, problem.path) == (Code.PROFILE_MISSING, "proxy_profile")
    assert problem.message == "V2 jobs must specify proxy_profile"


def test_an_unknown_field_is_refused_and_the_known_ones_are_listed() -> None:
    problem = only(codek="h264")
    assert (problem.code, problem.path) == (Code.FIELD_UNKNOWN, "codek")
    assert problem.found == "h264"
    assert problem.allowed is not None
    assert "codec" in problem.allowed.split(", ")
    assert "did you mean" not in problem.message.lower()


@pytest.mark.parametrize("wrong", [5, 2.5, True, None, [], {}])
@pytest.mark.parametrize(
    "name",
    [
        "job_id",
        "output_directory",
        "codec",
        "container",
        "resolution",
        "naming_template",
        "proxy_profile",
        "fps_mode",
        "resolve_preset",
        "created_at",
    ],
)
def test_a_text_field_of_another_type_is_refused_and_never_converted(
    name: str, wrong: object
) -> None:
    problem = only(**{name: wrong})
    assert (problem.code, problem.path) == (Code.FIELD_TYPE, name)
    assert problem.allowed == "string"


@pytest.mark.parametrize("wrong", [5, "/a.mov", True, None, {}])
def test_sources_are_an_array(wrong: object) -> None:
    assert only(sources=wrong).code is Code.FIELD_TYPE


@pytest.mark.parametrize("wrong", [5, "x", True, None, []])
@pytest.mark.parametrize("name", ["resolved_tokens", "proxy_profile_origin"])
def test_object_fields_are_objects(name: str, wrong: object) -> None:
    assert only(**{name: wrong}).code is Code.FIELD_TYPE


def test_sources_must_not_be_empty() -> None:
    problem = only(sources=[])
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "sources")


def test_every_wrong_source_is_reported_with_its_place() -> None:
    found = problems(sources=["/a.mov", "b.mov", "", "/c\n.mov", "/a.mov"])
    assert [(problem.path, problem.code) for problem in found] == [
        ("sources[1]", Code.FIELD_VALUE),
        ("sources[2]", Code.FIELD_VALUE),
        ("sources[3]", Code.FIELD_VALUE),
        ("sources[4]", Code.FIELD_VALUE),
    ]
    assert found[0].message == "sources[1] must be an absolute path."
    assert found[2].message == "sources[3] holds a control character."
    assert found[2].found == "/c\\n.mov"
    assert found[3].message == "sources[4] is the same path as sources[0]."


@pytest.mark.parametrize("path", ["/a/A001_%04d.dng", "/a/%d/x.mov", "/a/100%.mov"])
def test_a_source_that_an_engine_could_take_for_a_pattern_is_refused(path: str) -> None:
    problem = only(sources=["/b.mov", path])
    assert (problem.path, problem.code) == ("sources[1]", Code.FIELD_VALUE)
    assert "holds '%'" in problem.message


def test_every_source_of_another_type_is_reported_with_its_place() -> None:
    found = problems(sources=["/a.mov", 5, None])
    assert [(problem.path, problem.code, problem.message) for problem in found] == [
        ("sources[1]", Code.FIELD_TYPE, "sources[1] must be a string, not number."),
        ("sources[2]", Code.FIELD_TYPE, "sources[2] must be a string, not null."),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/b.mov", "/a/b.mov"),
        ("/a/b.mov", "//a//b.mov"),
        ("/a/b.mov", "///a/b.mov"),
        ("/a/b.mov", "/a/./b.mov"),
        ("/a/b.mov", "/x/../a/b.mov"),
        ("/a/b", "/a/b/"),
        ("/b.mov", "/../b.mov"),
    ],
)
def test_one_path_written_in_two_ways_is_named_twice(one: str, other: str) -> None:
    assert only(sources=[one, other]).path == "sources[1]"
    assert only(sources=[other, one]).path == "sources[1]"


@pytest.mark.parametrize("other", ["/a/B.mov", "/a/b.mov ", "/a/b..mov", "/a/&#98;.mov"])
def test_different_paths_are_different(other: str) -> None:
    assert problems(sources=["/a/b.mov", other]) == ()


def test_half_a_surrogate_pair_is_refused_where_it_stands() -> None:
    raw = json.dumps(document(sources=["/a\ud800.mov"], naming_template="\udfff")).encode()
    draft = reading.read(strict_json.read_document(raw), generated_id="generated")
    assert [problem.path for problem in draft.problems] == ["sources[0]", "naming_template"]
    assert all("surrogate" in problem.message for problem in draft.problems)
    assert draft.problems[0].found == "/a\\ud800.mov"


@pytest.mark.parametrize("value", ["proxies", "", "./x", "~/x", "/a\tb"])
def test_the_output_directory_is_an_absolute_printable_path(value: str) -> None:
    problem = only(output_directory=value)
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "output_directory")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("codec", "H264", CODECS),
        ("codec", "", CODECS),
        ("codec", "h264 ", CODECS),
        ("container", ".mov", "mov, mp4, mkv, webm, mxf"),
        ("fps_mode", "same_as_source", "same-as-source, explicit"),
        ("resolution", "full", "same, half, quarter or WIDTHxHEIGHT"),
        ("resolution", "1920X1080", "same, half, quarter or WIDTHxHEIGHT"),
        ("resolution", "0x1080", "same, half, quarter or WIDTHxHEIGHT"),
        ("resolution", "1920x1080\n", "same, half, quarter or WIDTHxHEIGHT"),
    ],
)
def test_a_value_outside_its_list_is_refused_with_the_list(
    name: str, value: str, allowed: str
) -> None:
    problem = only(**{name: value})
    assert (problem.code, problem.path, problem.allowed) == (Code.FIELD_VALUE, name, allowed)


@pytest.mark.parametrize("codec", list(Codec))
def test_every_codec_of_the_specification_is_known(codec: str) -> None:
    assert problems(codec=codec) == ()


@pytest.mark.parametrize("container", list(Container))
def test_every_container_of_the_specification_is_known(container: str) -> None:
    assert problems(container=container) == ()


@pytest.mark.parametrize("resolution", ["same", "half", "quarter", "1920x1080", "2x2"])
def test_every_form_of_resolution_is_known(resolution: str) -> None:
    assert problems(resolution=resolution) == ()


@pytest.mark.parametrize("job_id", ["", "a" * 65, "a b", "a/b", "ä", "a\n", "a:b"])
def test_a_job_id_outside_its_alphabet_is_refused(job_id: str) -> None:
    problem = only(job_id=job_id)
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "job_id")


@pytest.mark.parametrize("job_id", ["a", "a" * 64, "A-1_b.2"])
def test_a_job_id_within_its_alphabet_is_kept(job_id: str) -> None:
    assert reading.read(document(job_id=job_id), generated_id="x").spec().job_id == job_id


def test_an_empty_naming_template_is_refused() -> None:
    assert only(naming_template="").code is Code.FIELD_VALUE


@pytest.mark.parametrize("value", ["24", True, None, [24]])
def test_an_explicit_rate_of_another_type_is_refused(value: object) -> None:
    problem = only(fps_mode="explicit", fps_explicit=value)
    assert (problem.code, problem.path) == (Code.FIELD_TYPE, "fps_explicit")


@pytest.mark.parametrize("value", [0, -0.0, -25, 1e-9, 241, 10**399])
def test_an_unusable_explicit_rate_is_refused_with_the_range(value: float) -> None:
    problem = only(fps_mode="explicit", fps_explicit=value)
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "fps_explicit")
    assert problem.allowed == "1 to 240"


def test_explicit_mode_needs_its_rate() -> None:
    problem = only(fps_mode="explicit")
    assert (problem.code, problem.path) == (Code.FIELD_MISSING, "fps_explicit")


@pytest.mark.parametrize("mode", [..., "same-as-source"])
def test_a_rate_without_explicit_mode_is_refused(mode: object) -> None:
    problem = only(fps_mode=mode, fps_explicit=25)
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "fps_explicit")


def test_a_wrong_mode_does_not_blame_the_rate() -> None:
    assert only(fps_mode="fixed", fps_explicit=25).path == "fps_mode"


def test_resolved_tokens_are_empty_on_submission() -> None:
    problem = only(resolved_tokens={"index": "000"})
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "resolved_tokens")


@pytest.mark.parametrize(
    "value",
    ["yesterday", "2026-01-31", "2026-01-31T10:00:00", "2026-13-01T00:00:00Z", "", "1769850000"],
)
def test_a_creation_time_without_offset_or_form_is_refused(value: str) -> None:
    problem = only(created_at=value)
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "created_at")


def test_everything_that_is_wrong_with_an_origin_is_reported_with_its_place() -> None:
    found = problems(proxy_profile_origin={"type": "user_profile", "name": 5, "colour": "red"})
    assert {(problem.path, problem.code, problem.found) for problem in found} == {
        ("proxy_profile_origin.name", Code.FIELD_TYPE, "5"),
        ("proxy_profile_origin.version", Code.FIELD_MISSING, None),
        ("proxy_profile_origin.selected_at", Code.FIELD_MISSING, None),
        ("proxy_profile_origin.colour", Code.FIELD_UNKNOWN, "red"),
    }


def test_an_origin_is_a_user_profile() -> None:
    problem = only(proxy_profile_origin=ORIGIN | {"type": "preset"})
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "proxy_profile_origin.type")


def test_an_origin_names_its_time_with_offset() -> None:
    problem = only(proxy_profile_origin=ORIGIN | {"selected_at": "2026-01-31T10:00:00"})
    assert (problem.code, problem.path) == (Code.FIELD_VALUE, "proxy_profile_origin.selected_at")


def test_all_problems_of_a_spec_are_reported_together() -> None:
    found = problems(
        jobspec_version="1.0.0",
        sources=["/a.mov", "b.mov"],
        output_directory=...,
        codec="xvid",
        resolution=5,
        proxy_profile=...,
        fps_explicit=25,
        extra=1,
    )
    assert {problem.path for problem in found} == {
        "jobspec_version",
        "sources[1]",
        "output_directory",
        "codec",
        "resolution",
        "proxy_profile",
        "fps_explicit",
        "extra",
    }
    assert all(problem.message for problem in found)


def test_good_fields_are_kept_beside_bad_ones() -> None:
    draft = reading.read(document(codec="xvid", job_id="mine"), generated_id="generated")
    assert "codec" not in draft.fields
    assert draft.fields["job_id"] == "mine"
    assert draft.fields["container"] is Container.MP4


def test_a_bad_job_id_leaves_the_generated_one() -> None:
    draft = reading.read(document(job_id="a b"), generated_id="generated")
    assert draft.fields["job_id"] == "generated"
