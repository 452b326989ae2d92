"""Every example of the specifications of profiles and JobSpecs, with its quoted message.

Where a later specification overrules an example, the later one is tested and named.
"""

import json
import re
from typing import Any

import pytest
import specified_profiles
from unit.records import document, media, source
from unit.records import spec as record

from proxx_daemon import api
from proxx_daemon.failures.codes import Code
from proxx_daemon.plan import naming
from proxx_daemon.profiles.profile import AudioPolicy

#: the profile tables: name, engine, codec, container, resolution, audio
TABLE = [
    ("proxy_h264_low", "ffmpeg", "h264", "mp4", "half", "aac"),
    ("proxy_h264_quarter", "ffmpeg", "h264", "mp4", "quarter", "aac"),
    ("proxy_prores_proxy", "ffmpeg", "prores_proxy", "mov", "same", "copy"),
    ("proxy_prores_lt", "ffmpeg", "prores_lt", "mov", "same", "copy"),
    ("proxy_dnxhr_lb", "ffmpeg", "dnxhr", "mxf", "same", "pcm"),
    ("proxy_prores_proxy_resolve", "resolve", "prores_proxy", "mov", "same", "copy"),
    ("proxy_prores_lt_resolve", "resolve", "prores_lt", "mov", "same", "copy"),
    ("proxy_prores_hq_resolve", "resolve", "prores_hq", "mov", "same", "copy"),
    ("proxy_dnxhr_lb_resolve", "resolve", "dnxhr", "mxf", "same", "pcm"),
    ("proxy_dnxhr_sq_resolve", "resolve", "dnxhr", "mxf", "same", "pcm"),
]
#: what each usage example says beyond directory and template
USAGE: list[dict[str, Any]] = [
    {
        "sources": ["/footage/A001_C001.mov"],
        "codec": "h264",
        "container": "mp4",
        "resolution": "half",
        "proxy_profile": "proxy_h264_low",
    },
    {
        "sources": ["/footage/A001_C001.mov"],
        "codec": "prores_proxy",
        "container": "mov",
        "resolution": "same",
        "proxy_profile": "proxy_prores_proxy",
    },
    {
        "sources": ["/footage/A001_C001.ari"],
        "codec": "prores_proxy",
        "container": "mov",
        "resolution": "same",
        "proxy_profile": "proxy_prores_proxy_resolve",
        "resolve_preset": "ProRes Proxy",
    },
    {
        "sources": ["/footage/A001_C001.mov"],
        "codec": "dnxhr",
        "container": "mxf",
        "resolution": "same",
        "proxy_profile": "proxy_dnxhr_lb",
    },
]
#: the presets of the contract
PRESETS = {
    "proxy_prores_proxy_resolve": "ProRes Proxy",
    "proxy_prores_lt_resolve": "ProRes LT",
    "proxy_prores_hq_resolve": "ProRes HQ",
    "proxy_dnxhr_lb_resolve": "DNxHR LB",
    "proxy_dnxhr_sq_resolve": "DNxHR SQ",
}


def refused(**changes: Any) -> api.JobSpecValidationError:
    """Give the error of a spec that differs from a valid one by these changes."""
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.validate(json.dumps(document(**changes)), check_paths=False)
    return caught.value


def codes(error: api.JobSpecValidationError) -> list[Code]:
    """Give the codes of an error's problems."""
    return [problem.code for problem in error.problems]


# Canonical profiles


@pytest.mark.parametrize("row", TABLE)
def test_the_profile_is_the_row_of_the_table(row: tuple[str, ...]) -> None:
    name, engine, codec, container, resolution, audio = row
    profile = api.get_profile(name)
    assert (profile.engine.value, profile.codec, profile.container) == (engine, codec, container)
    assert (profile.resolution, profile.audio.policy) == (resolution, AudioPolicy(audio))


def test_the_table_has_the_ten_profiles() -> None:
    assert {row[0] for row in TABLE} == set(specified_profiles.NAMES)


def test_list_all_profiles() -> None:
    lines = [
        f"{name}: {profile.codec} in {profile.container} via {profile.engine.value}"
        for name, profile in api.PROXY_PROFILES.items()
    ]
    assert "proxy_h264_low: h264 in mp4 via ffmpeg" in lines
    assert "proxy_dnxhr_sq_resolve: dnxhr in mxf via resolve" in lines


def test_get_profile_details() -> None:
    assert api.get_profile("proxy_h264_low").notes.startswith("Low-bandwidth proxy for remote")
    metadata = api.get_profile_metadata("proxy_prores_proxy")
    assert (metadata["name"], metadata["engine"]) == ("proxy_prores_proxy", "ffmpeg")


def test_list_profiles_by_engine() -> None:
    for engine in api.EngineType:
        listed = api.list_profiles_for_engine(engine)
        assert {row[0] for row in TABLE if row[1] == engine} <= set(listed)
        assert all(api.get_profile(name).engine is engine for name in listed)


@pytest.mark.parametrize(("name", "preset"), PRESETS.items())
def test_every_resolve_profile_has_its_own_preset(name: str, preset: str) -> None:
    assert api.get_profile(name).resolve_preset == preset


@pytest.mark.parametrize("row", TABLE)
def test_a_profile_is_for_its_engine_and_refuses_the_other_with_the_quoted_message(
    row: tuple[str, ...],
) -> None:
    name, engine = row[0], api.EngineType(row[1])
    api.validate_profile_for_engine(name, engine)
    (other,) = set(api.EngineType) - {engine}
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.validate_profile_for_engine(name, other)
    assert str(caught.value) == (
        f"Profile '{name}' requires {engine} engine, but job routes to {other}"
    )


def test_a_profile_cannot_be_changed_or_added_at_run_time() -> None:
    with pytest.raises(AttributeError):
        api.get_profile("proxy_h264_low").resolution = "same"  # type: ignore[misc]
    with pytest.raises(TypeError):
        api.PROXY_PROFILES["mine"] = api.get_profile("proxy_h264_low")  # type: ignore[index]


# Valid specs


@pytest.mark.parametrize("example", USAGE)
def test_every_usage_example_is_valid(example: dict[str, Any]) -> None:
    spec = api.validate(json.dumps(document(**example)), check_paths=False)
    assert spec.proxy_profile == example["proxy_profile"]
    assert spec.resolve_preset == example.get("resolve_preset")
    assert api.from_json(api.to_json(spec)) == spec


@pytest.mark.parametrize(
    ("profile", "container"),
    [
        ("proxy_h264_low", "mp4"),
        ("proxy_prores_proxy", "mov"),
        ("proxy_prores_proxy_resolve", "mov"),
        ("proxy_dnxhr_lb", "mxf"),
    ],
)
def test_every_usage_example_is_named_as_it_says(profile: str, container: str) -> None:
    clip = source(media(path="/footage/A001_C001.mov"))
    tokens = naming.token_values(record(), api.get_profile(profile), clip, 0)
    name = naming.resolve("{source_name}_proxy", tokens, container, 0)
    assert isinstance(name, naming.Name)
    assert name.file_name == f"A001_C001_proxy.{container}"


def test_the_template_with_the_sources_extension_gets_the_containers_where_it_differs() -> None:
    clip = source(media(path="/media/project/clip_001.mov"))
    tokens = naming.token_values(record(), api.get_profile("proxy_h264_low"), clip, 0)
    named = [
        naming.resolve("{source_name}_proxy.{source_ext}", tokens, container, 0)
        for container in ("mov", "mp4")
    ]
    assert [each.file_name for each in named if isinstance(each, naming.Name)] == [
        "clip_001_proxy.mov",
        "clip_001_proxy.mov.mp4",
    ]


# Invalid specs: the profile


@pytest.mark.parametrize("value", [..., ""])
def test_a_missing_or_empty_profile(value: object) -> None:
    error = refused(proxy_profile=value)
    assert str(error) == "V2 jobs must specify proxy_profile"
    assert codes(error) == [Code.PROFILE_MISSING]


@pytest.mark.parametrize("name", ["nonexistent_profile", "my_custom_profile"])
def test_an_unknown_profile(name: str) -> None:
    error = refused(proxy_profile=name)
    assert str(error) == f"Unknown proxy profile '{name}'"
    with pytest.raises(api.JobSpecValidationError, match=re.escape(str(error))):
        api.get_profile(name)
    with pytest.raises(api.JobSpecValidationError, match=re.escape(str(error))):
        api.validate_profile_for_engine(name, api.EngineType.FFMPEG)


def test_a_spec_of_the_time_before_profiles() -> None:
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.from_json('{"codec": "h264", "container": "mp4", "resolution": "half"}')
    messages = [problem.message for problem in caught.value.problems]
    assert "V2 jobs must specify proxy_profile" in messages
    assert str(caught.value).startswith(f"{len(messages)} problems: ")


def test_settings_of_ones_own_beside_a_profile() -> None:
    assert codes(refused(codec="h265")) == [Code.PROFILE_MISMATCH]
    assert codes(refused(container="mov")) == [Code.PROFILE_MISMATCH]
    assert codes(refused(resolution="1280x720")) == [Code.PROFILE_MISMATCH]


# Invalid specs: the contract rules


def test_a_missing_version() -> None:
    error = refused(jobspec_version=...)
    assert str(error) == 'jobspec_version must be the string "2.1"; it is missing.'


@pytest.mark.parametrize("version", ["2.0", "2.2", "1.0.0", "1.0", ""])
def test_another_version(version: str) -> None:
    error = refused(jobspec_version=version)
    assert codes(error) == [Code.VERSION_UNSUPPORTED]
    assert f'it is "{version}"' in str(error)


def test_unknown_fields_are_listed() -> None:
    error = refused(output_dir="/out", bitrate=5)
    assert codes(error) == [Code.FIELD_UNKNOWN, Code.FIELD_UNKNOWN]
    assert {problem.path for problem in error.problems} == {"output_dir", "bitrate"}


@pytest.mark.parametrize(
    ("field", "allowed"),
    [
        (
            "codec",
            (
                "prores_proxy, prores_lt, prores_standard, prores_hq, prores_4444, h264, h265, "
                "hevc, dnxhd, dnxhr, vp9, av1"
            ),
        ),
        ("container", "mov, mp4, mkv, webm, mxf"),
        ("fps_mode", "same-as-source, explicit"),
        ("resolution", "same, half, quarter or WIDTHxHEIGHT"),
    ],
)
def test_an_invalid_enum_value_lists_what_is_allowed(field: str, allowed: str) -> None:
    (problem,) = refused(**{field: "other"}).problems
    assert (problem.code, problem.path, problem.allowed) == (Code.FIELD_VALUE, field, allowed)


def test_missing_required_fields_are_listed() -> None:
    missing = ["sources", "output_directory", "codec", "container", "resolution"]
    error = refused(**dict.fromkeys([*missing, "naming_template"], ...))
    assert codes(error) == [Code.FIELD_MISSING] * 6
    assert [problem.path for problem in error.problems] == [*missing, "naming_template"]


def test_dnxhd_in_mov() -> None:
    error = refused(codec="dnxhd", container="mov", resolution="same", proxy_profile=...)
    messages = [problem.message for problem in error.problems]
    assert (
        "DNxHD must be wrapped in MXF. DNxHD-in-MOV is non-standard and unsupported.\n"
        "  Use MXF container for DNxHD output, or switch to DNxHR which supports MOV."
    ) in messages


@pytest.mark.parametrize("container", ["mov", "mxf"])
def test_dnxhr_in_mov_or_mxf_breaks_no_pairing_rule(container: str) -> None:
    error = refused(codec="dnxhr", container=container)
    assert Code.DNXHD_CONTAINER not in codes(error)


def test_the_older_usage_example_misses_what_came_later() -> None:
    error = refused(
        sources=["/media/project/clip_001.mov", "/media/project/clip_002.mov"],
        output_directory="/media/project/proxies",
        codec="prores_proxy",
        container="mov",
        resolution="1280x720",
        fps_mode="same-as-source",
        naming_template="{source_name}_proxy.{source_ext}",
        proxy_profile=...,
    )
    assert str(error) == "V2 jobs must specify proxy_profile"


def test_a_comment_in_the_json_of_an_example_is_no_json() -> None:
    with pytest.raises(api.JobSpecValidationError) as caught:
        api.from_json('{"proxy_profile": "proxy_h264_low"  // REQUIRED\n}')
    assert codes(caught.value) == [Code.SPEC_NOT_JSON]
