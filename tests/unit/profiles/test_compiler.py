"""Constraints filter canonical profiles, here the ten specified ones; exactly one must remain."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from specified_profiles import specified

from proxx_daemon.failures.codes import Code
from proxx_daemon.jobspec.jobspec import Codec, Container, EngineKind
from proxx_daemon.profiles.compiler import compile_profile, removals
from proxx_daemon.profiles.profile import CanonicalProfile
from proxx_daemon.profiles.user_profile import (
    FAMILIES,
    CodecFamily,
    Compilation,
    Constraints,
    LifecycleState,
    Size,
    UserProfile,
)

_EVERY: Final = specified()


def _profile(name: str = "X", **constraints: Any) -> UserProfile:
    return UserProfile(
        user_profile_version="1.0",
        name=name,
        description="For tests.",
        state=LifecycleState.ACTIVE,
        constraints=Constraints(**constraints),
    )


def _compile(**constraints: Any) -> Compilation:
    return compile_profile(_profile(**constraints), _EVERY)


def _remaining(**constraints: Any) -> list[str]:
    verdicts = _compile(**constraints).verdicts
    return [verdict.canonical for verdict in verdicts if not verdict.removed_by]


@pytest.mark.parametrize(
    ("constraints", "remaining"),
    [
        ({"engine": EngineKind.RESOLVE, "codec": Codec.PRORES_LT}, ["proxy_prores_lt_resolve"]),
        ({"codec": Codec.PRORES_LT}, ["proxy_prores_lt", "proxy_prores_lt_resolve"]),
        (
            {"codec_family": CodecFamily.DNX},
            ["proxy_dnxhr_lb", "proxy_dnxhr_lb_resolve", "proxy_dnxhr_sq_resolve"],
        ),
        ({"container": Container.MP4}, ["proxy_h264_low", "proxy_h264_quarter"]),
        ({"intra_frame_only": False}, ["proxy_h264_low", "proxy_h264_quarter"]),
        ({"resolution": Size.HALF}, ["proxy_h264_low"]),
        ({"codec_profile": "DNXHR SQ"}, ["proxy_dnxhr_sq_resolve"]),
        ({"max_resolution": Size.HALF}, ["proxy_h264_low", "proxy_h264_quarter"]),
        ({"max_resolution": Size.QUARTER}, ["proxy_h264_quarter"]),
        ({"max_resolution": Size.SAME}, list(_EVERY)),
        ({}, list(_EVERY)),
        ({"codec": Codec.VP9}, []),
    ],
)
def test_each_constraint_keeps_what_meets_it(
    constraints: dict[str, Any], remaining: list[str]
) -> None:
    assert _remaining(**constraints) == remaining


def test_intra_frame_only_true_removes_exactly_the_long_gop_profiles() -> None:
    removed = removals(_compile(intra_frame_only=True).verdicts)
    assert removed == {"intra_frame_only": ("proxy_h264_low", "proxy_h264_quarter")}


def test_one_that_remains_is_the_answer() -> None:
    compilation = _compile(engine=EngineKind.FFMPEG, codec_family=CodecFamily.DNX)
    assert compilation.failure is None
    assert compilation.canonical is _EVERY["proxy_dnxhr_lb"]


def test_none_that_remains_is_unsatisfiable_with_the_quoted_message() -> None:
    large = {name: each for name, each in _EVERY.items() if each.resolution == "same"}
    profile = _profile("HD_Editorial_LT", codec=Codec.PRORES_LT, max_resolution=Size.HALF)
    failure = compile_profile(profile, large).failure
    assert failure is not None
    assert failure.code is Code.USER_PROFILE_UNSATISFIABLE
    assert failure.message == (
        "UserProxyProfile 'HD_Editorial_LT' no longer compiles: max_resolution constraint "
        "incompatible with canonical registry."
    )


def test_constraints_that_only_together_leave_nothing_are_blamed_together() -> None:
    failure = _compile(codec=Codec.PRORES_HQ, engine=EngineKind.FFMPEG).failure
    assert failure is not None
    assert "engine, codec constraints incompatible" in failure.message
    assert [problem.path for problem in failure.errors] == [
        "constraints.engine",
        "constraints.codec",
    ]
    removed = sum(each.engine is EngineKind.RESOLVE for each in _EVERY.values())
    assert failure.errors[0].message == (
        f"engine = ffmpeg removes {removed} of {len(_EVERY)} canonical profiles"
    )


def test_several_that_remain_are_ambiguous_and_counted() -> None:
    failure = _compile(codec_family=CodecFamily.H264).failure
    assert failure is not None
    assert failure.code is Code.USER_PROFILE_AMBIGUOUS
    assert failure.message == ("UserProxyProfile 'X' is ambiguous: 2 canonical profiles match.")


def _facts(canonical: CanonicalProfile) -> dict[str, Any]:
    """Give every constraint that a canonical profile meets, each as narrow as it can be."""
    return {
        "engine": canonical.engine,
        "codec": canonical.codec,
        "codec_family": FAMILIES[canonical.codec],
        "codec_profile": canonical.expected.codec_profile,
        "container": canonical.container,
        "intra_frame_only": canonical.intra_frame_only,
        "resolution": Size(canonical.resolution),
        "max_resolution": Size(canonical.resolution),
    }


def test_there_is_a_fact_for_every_constraint() -> None:
    every = [field.name for field in attrs.fields(Constraints)]
    assert all(list(_facts(each)) == every for each in _EVERY.values())


@pytest.mark.parametrize("name", _EVERY)
def test_every_shipped_canonical_profile_can_be_singled_out(name: str) -> None:
    compilation = _compile(**_facts(_EVERY[name]))
    assert compilation.canonical is _EVERY[name], compilation.verdicts


@pytest.mark.parametrize("name", _EVERY)
def test_no_failure_tells_an_operator_the_name_of_a_canonical_profile(name: str) -> None:
    left_out = {each: _EVERY[each] for each in _EVERY if each != name}
    profile = _profile(**_facts(_EVERY[name]))
    for failure in (compile_profile(profile, left_out).failure, _compile().failure):
        assert failure is not None
        told = " ".join([failure.message, *(f"{each}" for each in failure.errors)])
        assert not [each for each in _EVERY if each in told]


def test_every_codec_has_a_family_and_every_family_a_codec() -> None:
    assert set(FAMILIES) == set(Codec)
    assert set(FAMILIES.values()) == set(CodecFamily)


_CONSTRAINTS = st.builds(
    Constraints,
    engine=st.none() | st.sampled_from(EngineKind),
    codec=st.none() | st.sampled_from(Codec),
    codec_family=st.none() | st.sampled_from(CodecFamily),
    codec_profile=st.none() | st.sampled_from(["DNXHR SQ", "DNXHR LB", "HQ", "x"]),
    container=st.none() | st.sampled_from(Container),
    intra_frame_only=st.none() | st.booleans(),
    resolution=st.none() | st.sampled_from(Size),
    max_resolution=st.none() | st.sampled_from(Size),
)
_REGISTRIES = st.sets(st.sampled_from(sorted(_EVERY))).map(
    lambda names: {name: _EVERY[name] for name in _EVERY if name in names}
)
_SIZES: Final = {"same": 1, "half": 2, "quarter": 4}


def _meets(constraints: Constraints, canonical: CanonicalProfile) -> bool:
    """Say it again in other words, so that the compiler is not compared with itself."""
    codec, limit = canonical.codec.value, constraints.max_resolution
    return (
        constraints.engine in (None, canonical.engine)
        and constraints.codec in (None, codec)
        and constraints.container in (None, canonical.container)
        and constraints.intra_frame_only in (None, canonical.intra_frame_only)
        and (constraints.codec_family is None or codec.startswith(constraints.codec_family.value))
        and constraints.codec_profile in (None, canonical.expected.codec_profile)
        and constraints.resolution in (None, canonical.resolution)
        and (limit is None or canonical.scaling.divisor >= _SIZES[limit.value])
    )


@given(_CONSTRAINTS, _REGISTRIES)
def test_compiling_never_gives_a_profile_that_breaks_a_constraint(
    constraints: Constraints, registry: Mapping[str, CanonicalProfile]
) -> None:
    profile = UserProfile(
        user_profile_version="1.0",
        name="X",
        description="X",
        state=LifecycleState.ACTIVE,
        constraints=constraints,
    )
    compilation = compile_profile(profile, registry)
    meeting = [name for name, each in registry.items() if _meets(constraints, each)]
    assert [v.canonical for v in compilation.verdicts] == list(registry)
    assert [v.canonical for v in compilation.verdicts if not v.removed_by] == meeting
    if len(meeting) == 1:
        assert compilation.canonical is registry[meeting[0]]
        assert compilation.failure is None
    else:
        assert compilation.canonical is None
        assert compilation.failure is not None
        wanted = Code.USER_PROFILE_AMBIGUOUS if meeting else Code.USER_PROFILE_UNSATISFIABLE
        assert compilation.failure.code is wanted


@given(_CONSTRAINTS, st.permutations(sorted(_EVERY)))
def test_compiling_does_not_depend_on_the_order_of_the_profiles(
    constraints: Constraints, order: list[str]
) -> None:
    profile = UserProfile(
        user_profile_version="1.0",
        name="X",
        description="X",
        state=LifecycleState.ACTIVE,
        constraints=constraints,
    )
    shuffled = compile_profile(profile, {name: _EVERY[name] for name in order})
    straight = compile_profile(profile, _EVERY)
    assert shuffled.canonical is straight.canonical
    assert {v.canonical: v for v in shuffled.verdicts} == {
        v.canonical: v for v in straight.verdicts
    }
    assert compile_profile(profile, _EVERY) == straight
