from typing import Any

import pytest
from unit.records import document

from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec import reading
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles import match
from proxx_daemon.profiles.catalogue import profiles

RESOLVE = {
    "codec": "dnxhr",
    "container": "mxf",
    "resolution": "same",
    "proxy_profile": "proxy_dnxhr_lb_resolve",
}


def found(**changes: Any) -> list[tuple[Code, str, str]]:
    draft = reading.read(document(**changes), generated_id="generated")
    _, problems = match.check(draft.fields, profiles())
    return [(problem.code, problem.path, problem.message) for problem in problems]


@pytest.mark.parametrize("name", list(profiles()))
def test_a_spec_that_repeats_its_profile_is_accepted(name: str) -> None:
    said = profiles()[name]
    draft = reading.read(
        document(
            codec=str(said.codec),
            container=str(said.container),
            resolution=said.resolution,
            proxy_profile=name,
            resolve_preset=said.resolve_preset or ...,
        ),
        generated_id="generated",
    )
    assert match.check(draft.fields, profiles()) == (said, ())


def test_an_unknown_profile_is_refused_with_the_quoted_message_and_the_list() -> None:
    draft = reading.read(document(proxy_profile="my_profile"), generated_id="generated")
    profile, problems = match.check(draft.fields, profiles())
    assert profile is None
    assert [problem.message for problem in problems] == ["Unknown proxy profile 'my_profile'"]
    assert problems[0].code is Code.PROFILE_UNKNOWN
    assert problems[0].allowed == ", ".join(profiles())


@pytest.mark.parametrize("name", ["Proxy_h264_low", "proxy_h264_low ", "proxy_h264"])
def test_a_profile_is_named_exactly(name: str) -> None:
    assert [code for code, _, _ in found(proxy_profile=name)] == [Code.PROFILE_UNKNOWN]


@pytest.mark.parametrize(
    ("field", "value"),
    [("codec", "hevc"), ("container", "mov"), ("resolution", "quarter"), ("resolution", "960x540")],
)
def test_a_field_that_differs_from_the_profile_is_refused(field: str, value: str) -> None:
    ((code, path, message),) = found(**{field: value})
    assert (code, path) == (Code.PROFILE_MISMATCH, field)
    wanted = document()[field]
    assert message == f"{field} is '{value}', but profile 'proxy_h264_low' says '{wanted}'"


def test_every_difference_is_reported() -> None:
    wrong = found(codec="hevc", container="mov", resolution="same", resolve_preset="ProRes LT")
    assert [path for _, path, _ in wrong] == ["codec", "container", "resolution", "resolve_preset"]


def test_a_field_that_was_refused_already_is_not_compared() -> None:
    assert found(codec="xvid", container=...) == []


def test_the_preset_of_a_resolve_job_is_the_profile_s() -> None:
    ((code, path, message),) = found(**RESOLVE, resolve_preset="DNxHR SQ")
    assert (code, path) == (Code.PROFILE_MISMATCH, "resolve_preset")
    assert "'DNxHR SQ'" in message
    assert "DNxHR LB" in message


@pytest.mark.parametrize("preset", ["ProRes Proxy", ""])
def test_an_ffmpeg_job_has_no_preset(preset: str) -> None:
    assert [path for _, path, _ in found(resolve_preset=preset)] == ["resolve_preset"]


@pytest.mark.parametrize("container", [each for each in Container if each is not Container.MXF])
def test_dnxhd_outside_mxf_is_refused_with_the_quoted_text(container: Container) -> None:
    texts = [
        message
        for code, _, message in found(codec="dnxhd", container=str(container))
        if code is Code.DNXHD_CONTAINER
    ]
    assert texts == [
        (
            "DNxHD must be wrapped in MXF. DNxHD-in-MOV is non-standard and unsupported.\n"
            "  Use MXF container for DNxHD output, or switch to DNxHR which supports MOV."
        )
    ]


def test_dnxhd_in_mxf_is_not_blamed_for_its_container() -> None:
    codes = [code for code, _, _ in found(codec="dnxhd", container="mxf")]
    assert Code.DNXHD_CONTAINER not in codes


def test_dnxhd_is_judged_without_a_profile_too() -> None:
    problems = match.check({"codec": Codec.DNXHD, "container": Container.MOV}, profiles())
    assert [problem.code for problem in problems[1]] == [Code.DNXHD_CONTAINER]


@pytest.mark.parametrize("profile", list(profiles().values()), ids=list(profiles()))
@pytest.mark.parametrize("routed", list(EngineKind))
def test_profile_and_route_have_one_engine(profile: Any, routed: EngineKind) -> None:
    problems = match.check_engine(profile, routed)
    if profile.engine is routed:
        assert problems == ()
    else:
        assert [problem.code for problem in problems] == [Code.PROFILE_ENGINE_MISMATCH]
        assert problems[0].message == (
            f"Profile '{profile.name}' requires {profile.engine} engine, but job routes to {routed}"
        )
